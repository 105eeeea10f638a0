"""`nncli verify`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nncli.cli.options import RUNS, Json, RunsDir
from nncli.errors import ExitCode, UserError

if TYPE_CHECKING:
    from nncli.runs.directory import RunDirectory


def verify(
    runs: Annotated[list[str], typer.Argument(metavar="RUN...", help="Runs' folders or names; or latest.")],
    json: Json = False,
    runs_dir: RunsDir = RUNS,
) -> None:
    """Check that the files of runs are whole, and what they wrote; exit 7 if not.

    Example: nncli verify runs/*
    """
    from nncli.cli.console import fitted, json_text, out, point
    from nncli.cli.progress import HashProgress
    from nncli.report.numbers import count
    from nncli.verification import verify as check

    directories = _find(runs, runs_dir)
    with HashProgress().watching():
        verdicts = [check(directory) for directory in directories]
    if json:
        records = [
            {"run": d.folder, "status": v.status, "checked": v.checked, "faults": v.faults}
            for d, v in zip(directories, verdicts, strict=True)
        ]
        out(json_text({"runs": records}))
    else:
        for directory, verdict in zip(directories, verdicts, strict=True):
            word = f"{count(len(verdict.faults), 'fault')}" if verdict.faults else "whole"
            files = count(len(verdict.checked), "file")
            out(fitted(f"{directory.folder}   {verdict.status}   {files}   {word}"))
            for fault in verdict.faults:
                out(point(fault))
    raise typer.Exit(max((verdict.code for verdict in verdicts), default=ExitCode.OK))


def _find(texts: list[str], runs_dir: Path) -> list[RunDirectory]:
    """The runs that are meant: those of a study, if its folder is; what else is there but is not a run is skipped."""
    from nncli.cli.console import note
    from nncli.cli.named import named_run
    from nncli.runs.directory import check_permission, is_run
    from nncli.runs.listing import list_runs

    found = []
    for text in texts:
        path = Path(text)
        check_permission(path)
        if not path.exists() or is_run(path):
            found.append(named_run(runs_dir, text))
        elif path.is_dir() and (inside := list_runs(path)):
            found += inside
        else:
            note(f"note: {text} is not a run, and is skipped")
    if not found:
        raise UserError("there is no run among them", where=" ".join(texts), code=ExitCode.FILES)
    return found
