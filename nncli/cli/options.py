"""Arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

COMMON, OUTPUT, WHERE = "What to do", "What to print", "Where and how"
"""The groups of options in a command's help, the common ones first."""

Config = Annotated[Path, typer.Argument(metavar="CONFIG", help="A config file, such as configs/xor.yaml.")]
Overrides = Annotated[
    list[str] | None,
    typer.Argument(metavar="KEY=VALUE", help="Changes to the config, such as training.learning_rate=0.1."),
]
RunsDir = Annotated[
    Path, typer.Option("--runs-dir", help="The folder of all runs.", show_default=True, rich_help_panel=WHERE)
]
Seeds = Annotated[
    str | None,
    typer.Option("--seeds", metavar="N", help="How many seeds, or a list such as [0,7].", rich_help_panel=COMMON),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.", rich_help_panel=OUTPUT)]
Csv = Annotated[
    bool, typer.Option("--csv", help="Print comma-separated values instead of a table.", rich_help_panel=OUTPUT)
]
Jobs = Annotated[
    int | None,
    typer.Option(
        "--jobs", "-j", min=1, metavar="N", help="At most so many processes; default: one per processor.", rich_help_panel=WHERE
    ),
]
Cluster = Annotated[
    str | None,
    typer.Option("--cluster", metavar="ADDRESS", help="Train on a Dask cluster instead.", rich_help_panel=WHERE),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress line.", rich_help_panel=OUTPUT)]

RUNS = Path("runs")
