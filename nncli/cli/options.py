"""Arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Config = Annotated[Path, typer.Argument(metavar="CONFIG", help="A config file, such as configs/xor.yaml.")]
Overrides = Annotated[
    list[str] | None,
    typer.Argument(metavar="KEY=VALUE", help="Changes to the config, such as training.learning_rate=0.1."),
]
RunsDir = Annotated[Path, typer.Option("--runs-dir", help="The folder of all runs.", show_default=True)]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]
Csv = Annotated[bool, typer.Option("--csv", help="Print comma-separated values instead of a table.")]

RUNS = Path("runs")
