"""`nncli construct`."""

from __future__ import annotations

import math
from typing import Annotated

import typer

from nncli.cli.options import COMMON, WHERE, Json, RunsDir
from nncli.errors import UserError
from nncli.storage.names import RUNS


def _tolerance(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise typer.BadParameter(f"'{text}' is not a number above 0")
    return value


def construct(
    task: Annotated[
        str, typer.Argument(metavar="TASK", help="A function, as in a config: sine, or {function: {expression: x**2}}.")
    ],
    tolerance: Annotated[
        float,
        typer.Option(
            "--tolerance", parser=_tolerance, metavar="E", help="The largest error allowed.", rich_help_panel=COMMON
        ),
    ] = 0.01,
    json: Json = False,
    name: Annotated[
        str | None, typer.Option("--name", help="Name of the run; default: the task's name.", rich_help_panel=WHERE)
    ] = None,
    runs_dir: RunsDir = RUNS,
) -> None:
    """Construct, without training, a network of one hidden layer that is close to a function everywhere.

    Example: nncli construct sine --tolerance 0.01
    """
    from nncli.cli.console import fitted, json_text, note, out
    from nncli.diagnosis.construction_text import construction_lines
    from nncli.errors import command
    from nncli.experiments.constructed_run import construct_run
    from nncli.experiments.construction import BOUND
    from nncli.storage.names import check_name

    if name is not None:
        try:
            check_name(name)
        except UserError as error:
            raise error.replaced(where="--name") from error
    found, finished = construct_run(task, tolerance, name=name, runs_dir=runs_dir)
    if json:
        plain = {
            "run": str(finished.path),
            "formula": found.formula,
            "domain": list(found.domain),
            "units": found.units.count,
            "tolerance": found.tolerance,
            "bound": found.bound,
            "excluded": [list(ends) for ends in found.excluded],
            "method": found.method,
            "bound_by": BOUND,
        }
        out(json_text(plain))
        return
    for line in construction_lines(found):
        out(fitted(line))
    out(fitted(f"known by   {BOUND}"))
    out(str(finished.path))
    note(f"to train it further: {command('train', finished.path / 'config.yaml', 'training.epochs=500')}")
