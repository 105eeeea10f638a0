"""`nncli plot`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nncli.cli.options import COMMON, OUTPUT, RUNS, WHERE, OneSeed, Run, RunsDir


def plot(
    run: Run,
    kind: Annotated[
        list[str] | None,
        typer.Option(
            "--kind",
            metavar="KIND",
            help="Draw this kind of picture; may be repeated. Default: all that fit the run.",
            rich_help_panel=COMMON,
        ),
    ] = None,
    seed: OneSeed = None,
    form: Annotated[
        str,
        typer.Option("--format", metavar="FORMAT", help="png, svg or pdf.", show_default=True, rich_help_panel=OUTPUT),
    ] = "png",
    folder: Annotated[
        Path | None,
        typer.Option("--out", metavar="FOLDER", help="Write there; default: the run.", rich_help_panel=WHERE),
    ] = None,
    runs_dir: RunsDir = RUNS,
) -> None:
    """Draw pictures of a run: its curves, its decision boundary, what it gets wrong.

    Example: nncli plot xor --kind boundary
    """
    from nncli.cli.console import fitted, out
    from nncli.cli.run_argument import named_run
    from nncli.pictures.kind import draw
    from nncli.pictures.run_kinds import KINDS
    from nncli.pictures.subject import subject_of
    from nncli.registry import unknown
    from nncli.report.plots.style import FORMATS, picture
    from nncli.storage.files import make_folder, write_atomically

    known = next((own for own in FORMATS if own == form), None)
    if known is None:
        raise unknown("format", form, FORMATS, "--format")
    found = named_run(runs_dir, run)
    target = folder or found.path
    for name, figure in draw(subject_of(found, seed), KINDS, kind or []):
        path = target / f"{name}.{known}"
        make_folder(target)
        write_atomically(path, picture(figure, known))
        out(fitted(str(path)))
