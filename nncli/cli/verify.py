"""`nncli verify`."""

from __future__ import annotations

from typing import Annotated

import typer

from nncli.cli.options import RUNS, Json, RunsDir
from nncli.errors import ExitCode


def verify(
    runs: Annotated[list[str], typer.Argument(metavar="RUN...", help="Runs' folders or names; or latest.")],
    json: Json = False,
    runs_dir: RunsDir = RUNS,
) -> None:
    """Check that the files of runs are whole, and what they wrote; exit 7 if not.

    Example: nncli verify runs/*
    """
    from nncli.cli.console import json_text, out
    from nncli.report.numbers import count
    from nncli.runs.listing import find_run
    from nncli.verification import verify as check

    directories = [find_run(runs_dir, run) for run in runs]
    verdicts = [check(directory) for directory in directories]
    if json:
        records = [
            {"run": d.path.name, "status": v.status, "checked": v.checked, "faults": v.faults}
            for d, v in zip(directories, verdicts, strict=True)
        ]
        out(json_text({"runs": records}))
    else:
        for directory, verdict in zip(directories, verdicts, strict=True):
            word = f"{count(len(verdict.faults), 'fault')}" if verdict.faults else "whole"
            out(f"{directory.path.name}   {verdict.status}   {count(len(verdict.checked), 'file')}   {word}")
            for fault in verdict.faults:
                out(f"  {fault}")
    if any(verdict.faults for verdict in verdicts):
        raise typer.Exit(ExitCode.CORRUPT)
