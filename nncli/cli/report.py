"""`nncli report`."""

from __future__ import annotations

from typing import Annotated

import typer

from nncli.cli.options import COMMON, RUNS, RunsDir


def report(
    runs: Annotated[list[str], typer.Argument(metavar="RUN|STUDY", help="Folders or names, or latest.")],
    show: Annotated[bool, typer.Option("--open", help="Open the page in a browser.", rich_help_panel=COMMON)] = False,
    runs_dir: RunsDir = RUNS,
) -> None:
    """Write a page about a run or a study: what was asked, what came out, pictures, seeds, config, how to get it again.

    Example: nncli report xor --open
    """
    import webbrowser

    from nncli.cli.console import fitted, out
    from nncli.cli.run_argument import named_run, named_study
    from nncli.pictures.story import story_of_run, story_of_study
    from nncli.report.page.run_page import run_page
    from nncli.report.page.study_page import study_page
    from nncli.storage.files import write_atomically

    for text in runs:
        study = named_study(runs_dir, text)
        if study is not None:
            path, html = study / PAGE, study_page(story_of_study(study))
        else:
            run = named_run(runs_dir, text)
            path, html = run.path / PAGE, run_page(story_of_run(run))
        write_atomically(path, html)
        out(fitted(str(path)))
        if show:
            webbrowser.open(path.resolve().as_uri())


PAGE = "report.html"
