"""Supervises a study's trials: hands them out, retries where that may help, and lists failures."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from nncli.errors import ExitCode, UserError
from nncli.storage.appender import Appender
from nncli.storage.files import make_folder, remove_empty
from nncli.studies.executors.work_unit import Failure, ProgressListener
from nncli.studies.trials import Trial, finished_runs

LOGS = "logs"


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """A unit to train, and how often its process was killed by a signal so far."""

    unit: tuple[Trial, ...]
    kills: int = 0


@dataclass(frozen=True, slots=True)
class Ended:
    """A job that has ended, and its failure, if any."""

    job: Job
    failure: Failure | None = None


class Executor(Protocol):
    """Trains units, as many at a time as it has slots."""

    @property
    def slots(self) -> int:
        """How many units it can currently train at a time."""

    def units(self, trials: Sequence[Trial]) -> list[list[Trial]]:
        """Group the trials into units that suit this executor."""

    def submit(self, job: Job, folder: Path, on_progress: ProgressListener) -> None:
        """Start training a job in a study's folder; called only while fewer than `slots` are running."""

    def wait(self, seconds: float) -> list[Ended]:
        """The jobs that have ended since the last call; waits up to `seconds` for the first one."""

    def close(self) -> None:
        """Stop everything still running, and clean up."""


class Watcher(Protocol):
    """Observes the progress of a study, such as a progress line."""

    def see(self, done: float, finished: int, failed: int, total: int) -> bool:
        """Called with the work done (in trials) and the numbers of ended, failed and all trials. True asks to stop."""

    def wait_for(self, what: str) -> bool:
        """Called repeatedly with what the study is waiting for, or "" for nothing. True asks to stop."""


class SilentWatcher:
    """A watcher that does nothing."""

    def see(self, done: float, finished: int, failed: int, total: int) -> bool:
        """Continue."""
        return False

    def wait_for(self, what: str) -> bool:
        """Continue."""
        return False


def train_trials(trials: Sequence[Trial], folder: Path, executor: Executor, watcher: Watcher) -> list[Failure]:
    """Train trials in a study's folder. Returns: the failures, in the order of the trials.

    A stack that fails is split into single trials, so that no trial makes another fail; a trial whose process is
    killed by a signal is retried once. If the watcher asks to stop, some trials neither finish nor fail.

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
    """For an ended job: the jobs to retry, and the failures."""
    failure, unit = ended.failure, ended.job.unit
    if failure is None:
        return [], []
    if failure.code == ExitCode.FILES:
        raise UserError(failure.error.rstrip("."), code=ExitCode.FILES)
    # Whatever failed, it may have done so after the result was complete.
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
    """The path of a log in a study's folder; creates the folder of logs if it is missing."""
    make_folder(folder / LOGS)
    return folder / LOGS / f"{name}.log"
