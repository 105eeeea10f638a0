"""Shared by `train` and `resume`: report how a run ended, and choose the exit code."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING

from nncli.errors import ExitCode, command

if TYPE_CHECKING:
    from nncli.config.experiment import Experiment
    from nncli.runs.result_record import Result


def print_outcome(experiment: Experiment, result: Result, path: Path, *, json: bool, quiet: bool) -> None:
    """Print how a run ended and where it is; if it can be resumed, print the command on stderr."""
    from nncli.cli.console import fitted, json_text, note, out
    from nncli.diagnosis.advice import report

    if json:
        out(json_text(result.as_plain()))
    elif not quiet:
        for line in report(experiment, result, path):
            out(fitted(line))
    if not json:
        out(str(path))
    if result.status == "interrupted":
        note(f"to resume: {command('resume', path)}")


def exit_code(status: str, signal_number: int | None = None) -> ExitCode:
    """The exit code for a run's status and the signal that interrupted it."""
    if status == "interrupted":
        return ExitCode.INTERRUPTED if signal_number in (signal.SIGINT, None) else ExitCode.TERMINATED
    return ExitCode.DIVERGED if status == "diverged" else ExitCode.OK
