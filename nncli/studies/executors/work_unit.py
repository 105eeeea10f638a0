"""The work that executors hand out: a stack of trials, trained together, each in its own run directory."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from nncli.analysis.sweep_record import FailedTrial
from nncli.errors import ExitCode, UserError
from nncli.experiments.train import run_stack
from nncli.nn.arrays import Array
from nncli.studies.stack_groups import MEMORY, stacks
from nncli.studies.trials import Trial

ProgressListener = Callable[[float], bool]
"""Called periodically with the completed share of a unit, 0 to 1; True asks to stop."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a trial could not be trained.

    Attributes:
        trial: the trial's name.
        error: what went wrong, in words.
        signal: the signal that killed its process, if any.
        log: the log file with details, if any.
        code: the exit code of the error itself.
        details: text for the log.
    """

    trial: str
    error: str
    signal: str | None = None
    log: str | None = None
    code: ExitCode = ExitCode.TRIALS_FAILED
    details: str = ""

    def of(self, trial: Trial) -> Failure:
        """The same failure for another trial."""
        return replace(self, trial=trial.name)

    def as_error(self) -> UserError:
        """The error to show to the user."""
        log = f"See its log, {self.log}" if self.log else ""
        return UserError(self.error, where=self.trial, allowed=log, code=ExitCode.TRIALS_FAILED)

    def as_record(self) -> FailedTrial:
        """What the study's record says of it."""
        return FailedTrial(self.trial, self.error, self.signal, self.log)


def units_of(trials: Sequence[Trial], shares: int = 1, memory: int = MEMORY) -> list[list[Trial]]:
    """The trials in stacks, none larger than one share of them or than fits in memory."""
    share = -(-len(trials) // shares)
    found = []
    for stack in stacks([trial.experiment for trial in trials], memory):
        found += [[trials[index] for index in stack[start : start + share]] for start in range(0, len(stack), share)]
    return found


def train_unit(folder: Path, unit: Sequence[Trial], on_progress: ProgressListener) -> Failure | None:
    """Train a stack of trials in a study's folder. Returns: the failure, if any, attributed to the first trial."""
    epochs = unit[0].experiment.training.epochs
    try:
        run_stack([trial.experiment for trial in unit], runs_dir=folder, listener=_ShareListener(epochs, on_progress))
    except UserError as error:
        return Failure(unit[0].name, str(error), code=error.code)
    except Exception as error:  # a bug in one trial must not lose the others
        return Failure(unit[0].name, f"{type(error).__name__}: {error}", details=traceback.format_exc())
    return None


class _ShareListener:
    """A listener that reports the completed share of the epochs."""

    def __init__(self, epochs: int, on_progress: ProgressListener) -> None:
        self.epochs, self.on_progress = epochs, on_progress

    def tick(self, epoch: int, step: int, loss: Array) -> bool:
        return self.on_progress((epoch - 1) / self.epochs)
