"""Sees a study's trials through: hands them out, tries again where that may help, and lists what failed."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from nncli.errors import ExitCode, UserError
from nncli.storage.appender import Appender
from nncli.storage.files import make_folder, remove_empty
from nncli.studies.executors.unit import Failure, ProgressListener
from nncli.studies.trials import Trial, finished_runs

LOGS = "logs"


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """A unit that is to be trained, and how often its process was ended by a signal before."""

    unit: tuple[Trial, ...]
    kills: int = 0


@dataclass(frozen=True, slots=True)
class Ended:
    """A job that is over, and what went wrong, if something did."""

    job: Job
    failure: Failure | None = None


class Executor(Protocol):
    """Trains units, as many at a time as it has slots."""

    @property
    def slots(self) -> int:
        """How many units it can train at a time, now."""

    def units(self, trials: Sequence[Trial]) -> list[list[Trial]]:
        """The trials in units that suit it."""

    def submit(self, job: Job, folder: Path, on_progress: ProgressListener) -> None:
        """Begin to train a job into a study's folder; called only while fewer than `slots` are running."""

    def wait(self, seconds: float) -> list[Ended]:
        """The jobs that have ended since the last call; waits so long for a first one."""

    def close(self) -> None:
        """End whatever is still running, and leave nothing behind."""


class Watcher(Protocol):
    """Whoever watches a study go by, such as a progress line."""

    def see(self, done: float, finished: int, failed: int, total: int) -> bool:
        """Hears how many trials' worth of work is done, how many trials have ended and failed. True asks to stop."""

    def wait_for(self, what: str) -> bool:
        """Hears, again and again, what keeps the study waiting, or "" when nothing does. True asks to stop."""


class SilentWatcher:
    """Nobody watches."""

    def see(self, done: float, finished: int, failed: int, total: int) -> bool:
        """Go on."""
        return False

    def wait_for(self, what: str) -> bool:
        """Go on."""
        return False


def train_trials(trials: Sequence[Trial], folder: Path, executor: Executor, watcher: Watcher) -> list[Failure]:
    """Train trials into a study's folder; what could not be trained, in the order of the trials.

    A stack that fails is taken apart, so that no trial takes another along; a trial whose process is ended by a signal
    is tried once more. If the watcher asks to stop, some trials are neither finished nor among the failures.

    Raises:
        UserError: (code FILES) if the folder itself cannot be written.
    """
    queue = deque(Job(tuple(unit)) for unit in executor.units(trials))
    running: dict[Job, float] = {}
    failures: dict[str, Failure] = {}
    finished = 0

    def see() -> bool:
        return watcher.see(finished + sum(running.values()), finished, len(failures), len(trials))

    def listen_to(job: Job) -> ProgressListener:
        def on_progress(share: float) -> bool:
            running[job] = share * len(job.unit)
            return see()

        return on_progress

    stop = False
    try:
        while (queue or running) and not stop:
            while queue and len(running) < executor.slots:
                job = queue.popleft()
                running[job] = 0.0
                executor.submit(job, folder, listen_to(job))
            for ended in executor.wait(0.1):
                del running[ended.job]
                again, failed = _judge(ended, folder)
                queue.extend(again)
                failures |= {failure.trial: failure for failure in failed}
                finished += len(ended.job.unit) - sum(len(job.unit) for job in again)
            stop = see()
    finally:
        executor.close()
        remove_empty(folder / LOGS, ".log")
    return [failures[trial.name] for trial in trials if trial.name in failures]


def _judge(ended: Ended, folder: Path) -> tuple[list[Job], list[Failure]]:
    """What of a job that has ended to try again, and what has failed."""
    failure, unit = ended.failure, ended.job.unit
    if failure is None:
        return [], []
    if failure.code == ExitCode.FILES:
        raise UserError(failure.error.rstrip("."), code=ExitCode.FILES)
    # Whatever it was, it may have come after the last byte of a result.
    done = finished_runs(folder, unit)
    left = [trial for trial in unit if trial.name not in done]
    kills = ended.job.kills + (failure.signal is not None)
    if left and (len(unit) > 1 or (failure.signal is not None and kills == 1)):
        return [Job((trial,), kills) for trial in left], []
    return [], [_logged(failure.of(trial), folder) for trial in left]


def _logged(failure: Failure, folder: Path) -> Failure:
    """The failure with its details in a log."""
    if not failure.details:
        return failure
    log = log_file(folder, failure.trial)
    appender = Appender(log)
    appender.write(failure.details)
    appender.close()
    return replace(failure, log=str(log), details="")


def log_file(folder: Path, name: str) -> Path:
    """Where a study's folder has the log of this name; the folder of logs is made if it is missing."""
    make_folder(folder / LOGS)
    return folder / LOGS / f"{name}.log"
