"""`nncli report`."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nncli.cli.options import COMMON, WHERE, RunsDir
from nncli.errors import ExitCode, UserError
from nncli.storage.names import RUNS

if TYPE_CHECKING:
    from nncli.report.page.index_page import Entry

PAGE = "report.html"
INDEX = "index.html"


def report(
    runs: Annotated[list[str], typer.Argument(metavar="RUN|STUDY", help="Folders or names, or latest.")],
    file: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FILE",
            help="Write there; default: report.html in the folder, index.html for a list of all.",
            rich_help_panel=WHERE,
        ),
    ] = None,
    show: Annotated[bool, typer.Option("--open", help="Open the page in a browser.", rich_help_panel=COMMON)] = False,
    runs_dir: RunsDir = RUNS,
) -> None:
    """Write a page about a run or a study: what was asked, what came out, pictures, seeds, config, how to get it again.
    Of all runs and studies in a folder, as in runs/*, it writes a list instead, runs/index.html.

    Example: nncli report xor --open
    """
    import webbrowser

    from nncli.cli.console import fitted, out
    from nncli.cli.progress import saying
    from nncli.storage.files import write_atomically

    if len(runs) == 1:
        with saying("drawing"):
            path, html = _page(runs[0], runs_dir)
    else:
        path, html = _index(runs, runs_dir, file)
    path = file or path
    write_atomically(path, html)
    out(fitted(str(path)))
    if show:
        webbrowser.open(path.resolve().as_uri())


def _page(text: str, runs_dir: Path) -> tuple[Path, str]:
    """Where the page of a run or study is, and its text."""
    from nncli.cli.run_argument import named_run, named_study
    from nncli.pictures.story import story_of_run, story_of_study
    from nncli.report.page.run_page import run_page
    from nncli.report.page.study_page import study_page

    study = named_study(runs_dir, text)
    if study is not None:
        return study / PAGE, study_page(story_of_study(study))
    run = named_run(runs_dir, text)
    return run.path / PAGE, run_page(story_of_run(run))


def _index(texts: Sequence[str], runs_dir: Path, file: Path | None) -> tuple[Path, str]:
    """Where the page that lists runs is, and its text: in the folder that holds them all, if it is of all there."""
    from nncli.cli.console import fitted, note
    from nncli.report.page.index_page import index_page

    folders = {os.path.realpath(folder): folder for text in texts for folder in _named(text, runs_dir)}
    nothing = UserError("none of these is a run or a study", where=" ".join(texts), code=ExitCode.FILES)
    if not folders:
        raise nothing
    above = {os.path.dirname(os.path.abspath(folder)) for folder in folders.values()}
    root = runs_dir if above == {os.path.abspath(runs_dir)} else Path(os.path.relpath(os.path.commonpath(above)))
    if file is None and (missing := len(_all(root) - {*folders})):
        given = f"{root / INDEX} lists all runs and studies in {root}, and {missing} of them are not named"
        raise UserError(given, hint=f"Name {root}/*, or give the list of these a file: --out list.html")
    path = file or root / INDEX
    entries = [entry for folder in folders.values() if (entry := _entry(folder, path.parent)) is not None]
    if not entries:  # they have just been removed
        raise nothing
    entries.sort(key=lambda entry: (entry.row.started or "", entry.row.run), reverse=True)
    if missing := sum(not entry.page for entry in entries):
        note(fitted(f"note: {missing} of {len(entries)} have no page of their own; nncli report RUN writes one"))
    return path, index_page(entries)


def _all(root: Path) -> set[str]:
    """The runs, studies and claims in a folder, and what is broken there."""
    from nncli.claims.claims_folder import list_claims
    from nncli.runs.listing import list_runs
    from nncli.studies.study_directory import list_broken, list_studies

    found = [*(run.path for run in list_runs(root)), *list_studies(root), *list_broken(root), *list_claims(root)]
    return {os.path.realpath(path) for path in found}


def _named(text: str, runs_dir: Path) -> Iterator[Path]:
    """The folder that a text names; none, with a note, if it is something else. Raises: `UserError`."""
    from nncli.cli.console import fitted, note
    from nncli.cli.run_argument import named_folder
    from nncli.runs.directory import is_run
    from nncli.studies.study_directory import is_broken

    path = Path(text)
    if is_run(path) or is_broken(path):
        yield path
        return
    try:
        yield named_folder(runs_dir, text)
    except UserError:
        if not os.path.lexists(path):
            raise
        if path.suffix != ".html":
            note(fitted(f"note: {text} is not a run or a study; skipped"))


def _entry(folder: Path, root: Path) -> Entry | None:
    """The entry of a run or study; None if it has just been deleted."""
    from nncli.cli.labels_text import labels_of
    from nncli.experiments.describe_run import describe_run, unknown
    from nncli.report.page.index_page import STUDY, Entry
    from nncli.runs.directory import RunDirectory, is_run
    from nncli.runs.run_row import CORRUPT
    from nncli.studies.describe_study import describe_study
    from nncli.studies.study_directory import is_broken

    run = RunDirectory(folder)
    varied = ""
    if is_run(folder):
        row = describe_run(run)
    elif is_broken(folder):
        row = unknown(run, CORRUPT)
    else:
        row, varied = describe_study(folder, STUDY)
    if row is None:
        return None
    page = folder / PAGE
    return Entry(row, labels_of(folder), os.path.relpath(page, root) if page.is_file() else "", varied)
