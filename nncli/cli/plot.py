"""`nncli plot`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nncli.cli.options import COMMON, OUTPUT, WHERE, OneSeed, Run, RunsDir, one_form
from nncli.storage.names import RUNS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.figure import Figure


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
    in_terminal: Annotated[
        bool,
        typer.Option(
            "--terminal", help="Draw curves, survival, boundary and fit in the terminal.", rich_help_panel=OUTPUT
        ),
    ] = False,
    film: Annotated[
        bool,
        typer.Option(
            "--film",
            help="Draw films of the training as animated GIFs, if the run recorded its weights.",
            rich_help_panel=OUTPUT,
        ),
    ] = False,
    form: Annotated[
        str | None,
        typer.Option("--format", metavar="FORMAT", help="png, svg or pdf; default: png.", rich_help_panel=OUTPUT),
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option("--out", metavar="FOLDER", help="Write there; default: the run.", rich_help_panel=WHERE),
    ] = None,
    shown: Annotated[
        bool, typer.Option("--show", help="Also open them with the system's viewer.", rich_help_panel=OUTPUT)
    ] = False,
    runs_dir: RunsDir = RUNS,
) -> None:
    """Draw pictures of a run or study: curves, decision boundary, errors; variants beside each other.

    Example: nncli plot xor --kind boundary
    """
    from nncli.cli.console import fitted, note, out
    from nncli.cli.plot_in_terminal import draw_on_stdout
    from nncli.cli.viewer import show
    from nncli.pictures.files import write_pictures
    from nncli.registry import unknown

    one_form(terminal=in_terminal, film=film, format=form is not None)
    one_form(terminal=in_terminal, out=folder is not None)
    one_form(terminal=in_terminal, show=shown)
    one_form(film=film, show=shown)
    if in_terminal:
        draw_on_stdout(runs_dir, run, seed, kind or [])
        return
    if film:
        films = _films(runs_dir, run, seed, kind or [], folder)
        while (film_path := _next(films)) is not None:
            out(fitted(str(film_path)))
        return
    from nncli.report.plots.style import FORMATS

    known = next((own for own in FORMATS if own == (form or "png")), None)
    if known is None:
        raise unknown("format", form or "", FORMATS, "--format")
    path, pictures = _pictures(runs_dir, run, seed, kind or [])
    written = []
    for written_path in write_pictures(pictures, folder or path, known):
        written.append(written_path)
        out(fitted(str(written_path)))
    if shown and not show(written):
        note("note: there is no viewer for pictures here: open the files yourself")


def _pictures(
    runs_dir: Path, text: str, seed: int | None, kinds: list[str]
) -> tuple[Path, Iterator[tuple[str, Figure]]]:
    """The folder of the run or study that is meant, and its pictures."""
    from nncli.cli.picture import not_drawn
    from nncli.cli.run_argument import run_or_study
    from nncli.pictures.kind import draw
    from nncli.pictures.run_kinds import KINDS
    from nncli.pictures.study_kinds import STUDY_KINDS
    from nncli.pictures.subject import Subject

    found = run_or_study(runs_dir, text, seed)
    if isinstance(found, Subject):
        return found.run.path, draw(found, KINDS, kinds, skipped=not_drawn)
    return found.path, draw(found, STUDY_KINDS, kinds, skipped=not_drawn)


def _next(films: Iterator[Path]) -> Path | None:
    """Make the next film, which takes seconds; None after the last one."""
    from nncli.cli.progress import saying

    with saying("filming"):
        return next(films, None)


def _films(runs_dir: Path, text: str, seed: int | None, kinds: list[str], folder: Path | None) -> Iterator[Path]:
    """Write films of a run, and yield the path of each."""
    from nncli.cli.run_argument import run_or_study
    from nncli.errors import UserError
    from nncli.pictures.files import write_files
    from nncli.pictures.film import films
    from nncli.pictures.run_kinds import KINDS
    from nncli.pictures.subject import Subject

    found = run_or_study(runs_dir, text, seed)
    if not isinstance(found, Subject):
        raise UserError("a study cannot be filmed", where="--film", hint="Name one of its runs")
    contents = ((f"{name}-film.gif", content) for name, content in films(found, KINDS, kinds))
    return write_files(contents, folder or found.run.path)
