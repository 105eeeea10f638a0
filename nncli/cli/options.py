"""Arguments and options shared by several commands."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from nncli.errors import Place, UserError

COMMON, OUTPUT, WHERE = "What to do", "What to print", "Where and how"
"""The option groups in a command's help, most common first."""


def whole_number(least: int) -> Callable[[str], int]:
    """A parser for an option that is a whole number, at least `least`."""

    def parse(text: str) -> int:
        if not re.fullmatch("[+-]?[0-9]{1,19}", text) or int(text) < least:
            raise typer.BadParameter(f"'{text}' is not a whole number ≥ {least}")
        return int(text)

    return parse


def text_option(name: str, metavar: str, help: str, panel: str = COMMON) -> Any:
    """An option with a text as its value."""
    return typer.Option(name, metavar=metavar, help=help, rich_help_panel=panel)


def number_option(*names: str, least: int, metavar: str, help: str, panel: str = COMMON) -> Any:
    """An option with a whole number, at least `least`, as its value."""
    return typer.Option(*names, parser=whole_number(least), metavar=metavar, help=help, rich_help_panel=panel)


Config = Annotated[
    Path, typer.Argument(metavar="CONFIG", readable=False, help="A config file, such as configs/xor.yaml.")
]
Run = Annotated[str, typer.Argument(metavar="RUN", help="Folder or name of a run, or latest.")]
Overrides = Annotated[
    list[str] | None,
    typer.Argument(metavar="KEY=VALUE", help="Config overrides, such as training.learning_rate=0.1."),
]
RunsDir = Annotated[
    Path,
    typer.Option(
        "--runs-dir", help="Folder that holds all runs.", readable=False, show_default=True, rich_help_panel=WHERE
    ),
]
Seeds = Annotated[
    str | None,
    text_option("--seeds", "N", "Number of seeds, or which ones: 1000-1049, [0,7]."),
]
OneSeed = Annotated[
    int | None,
    number_option("--seed", least=0, metavar="S", help="Use only this seed; default: all seeds."),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.", rich_help_panel=OUTPUT)]
Csv = Annotated[
    bool, typer.Option("--csv", help="Print comma-separated values instead of a table.", rich_help_panel=OUTPUT)
]
Jobs = Annotated[
    int | None,
    number_option(
        "--jobs",
        "-j",
        least=1,
        metavar="N",
        help="Maximum number of processes; default: one per processor.",
        panel=WHERE,
    ),
]
Cluster = Annotated[
    str | None,
    text_option("--cluster", "ADDRESS", "Train on a Dask cluster.", WHERE),
]
Markdown = Annotated[bool, typer.Option("--markdown", help="Print a Markdown table.", rich_help_panel=OUTPUT)]
QuietRun = Annotated[
    bool, typer.Option("--quiet", "-q", help="Hide progress; print only the run's path.", rich_help_panel=OUTPUT)
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Hide the progress line.", rich_help_panel=OUTPUT)]


def seeds_override(text: str | None) -> list[str]:
    """The override for `--seeds`: a count, a list, or a range that includes both ends."""
    if text is None:
        return []
    _check_seeds(text)
    return [f"seeds={text}"]


def _check_seeds(text: str) -> None:
    """Reject what the config would reject, under the name of the option."""
    from pydantic_core import PydanticCustomError

    from nncli.config.parts import error_of
    from nncli.config.schema import check_seeds
    from nncli.config.yaml_reader import read_value

    try:
        check_seeds(read_value(text, Place("--seeds")))
    except PydanticCustomError as error:
        raise error_of(error.context or {}, "--seeds") from error


def one_form(**forms: bool) -> None:
    """Reject two output formats at once."""
    wanted = [f"--{name}" for name, given in forms.items() if given]
    if len(wanted) > 1:
        raise UserError(f"{' and '.join(wanted)} cannot be combined", hint="Choose one")
