"""Trains in this process, one stack after the other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nncli.studies.executors.supervisor import Ended, Job
from nncli.studies.executors.unit import ProgressListener, train_unit, units_of
from nncli.studies.trials import Trial


class InProcess:
    """An executor of one slot, for which `submit` does the work."""

    slots = 1

    def __init__(self) -> None:
        self._ended: list[Ended] = []

    def units(self, trials: Sequence[Trial]) -> list[list[Trial]]:
        """As few stacks as can be."""
        return units_of(trials)

    def submit(self, job: Job, folder: Path, on_progress: ProgressListener) -> None:
        """Train a job, here and now."""
        self._ended.append(Ended(job, train_unit(folder, job.unit, on_progress)))

    def wait(self, seconds: float) -> list[Ended]:
        """The job that was submitted last."""
        ended, self._ended = self._ended, []
        return ended

    def close(self) -> None:
        """Nothing is running."""
