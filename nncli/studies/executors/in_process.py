"""Trains in this process, one stack after another."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nncli.studies.executors.supervisor import Ended, Job
from nncli.studies.executors.work_unit import ProgressListener, train_unit, units_of
from nncli.studies.trials import Trial


class InProcess:
    """An executor with one slot; `submit` does the work."""

    slots = 1

    def __init__(self) -> None:
        self._ended: list[Ended] = []

    def units(self, trials: Sequence[Trial]) -> list[list[Trial]]:
        """As few stacks as possible."""
        return units_of(trials)

    def submit(self, job: Job, folder: Path, on_progress: ProgressListener) -> None:
        """Train a job synchronously."""
        self._ended.append(Ended(job, train_unit(folder, job.unit, on_progress)))

    def wait(self, seconds: float) -> list[Ended]:
        """The last submitted job."""
        ended, self._ended = self._ended, []
        return ended

    def close(self) -> None:
        """Nothing is running."""
