"""Trains in worker processes on this machine, one per slot: if one dies, the others continue."""

from __future__ import annotations

import faulthandler
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path

from nncli.config.document import Data
from nncli.storage.appender import Appender
from nncli.storage.files import open_to_append
from nncli.studies.executors.supervisor import Ended, Job, log_file
from nncli.studies.executors.work_unit import Failure, ProgressListener, train_unit, units_of
from nncli.studies.stack_groups import MEMORY
from nncli.studies.trials import Trial

BETWEEN = 0.2
"""Seconds between two reports of a worker's progress."""


@dataclass(slots=True)
class Worker:
    """A process, the connection to it, and its current job, if any."""

    process: SpawnProcess
    line: Connection
    log: Path
    job: Job | None = None
    on_progress: ProgressListener | None = None


class Processes:
    """An executor whose slots are processes, started when first needed and replaced when lost.

    Each uses as many BLAS threads as the config says, which is one by default.
    """

    def __init__(self, slots: int) -> None:
        self.slots = slots
        self._workers: list[Worker] = []

    def units(self, trials: Sequence[Trial]) -> list[list[Trial]]:
        """Stacks no larger than one slot's share of the trials and of the memory."""
        return units_of(trials, self.slots, MEMORY // self.slots)

    def submit(self, job: Job, folder: Path, on_progress: ProgressListener) -> None:
        """Give the job to an idle worker."""
        configs = [trial.as_plain() for trial in job.unit]
        worker = next((worker for worker in self._workers if worker.job is None), None)
        if worker is None:
            worker = self._start(folder)
        worker.job, worker.on_progress = job, on_progress
        with suppress(OSError):  # if the worker is gone, `wait` finds out
            worker.line.send(configs)

    def wait(self, seconds: float) -> list[Ended]:
        """Handle messages and exits of workers. Returns: the jobs that have ended."""
        ended = []
        ready = wait([worker.line for worker in self._workers], seconds)
        for worker in [worker for worker in self._workers if worker.line in ready]:
            try:
                said = worker.line.recv()
            except (EOFError, OSError):
                ended += self._reap(worker)
                continue
            if isinstance(said, float):
                if worker.on_progress is not None:
                    worker.on_progress(said)
            elif worker.job is not None:
                ended.append(Ended(worker.job, said))
                worker.job = worker.on_progress = None
        return ended

    def close(self) -> None:
        """Terminate all workers."""
        for worker in self._workers:
            worker.process.terminate()
        for worker in self._workers:
            worker.process.join(5)
            worker.process.kill()
            worker.process.join()
            worker.line.close()
        self._workers = []

    def _start(self, folder: Path) -> Worker:
        context = multiprocessing.get_context("spawn")
        line, other_end = context.Pipe()
        log = log_file(folder, f"worker-{time.time_ns()}")
        process = context.Process(target=work, args=(other_end, str(folder), str(log)), daemon=True)
        with _signals_ignored():
            process.start()
        other_end.close()
        worker = Worker(process, line, log)
        self._workers.append(worker)
        return worker

    def _reap(self, worker: Worker) -> list[Ended]:
        """Handle a worker that has exited."""
        self._workers.remove(worker)
        worker.line.close()
        worker.process.join()
        if worker.job is None:
            return []
        code = worker.process.exitcode or 0
        name = _signal_name(-code) if code < 0 else None
        error = f"its process was killed by {name}" if name else f"its process ended with exit code {code}"
        trials = ", ".join(trial.name for trial in worker.job.unit)
        log = Appender(worker.log)
        log.write(f"{error} while it trained {trials}\n")
        log.close()
        return [Ended(worker.job, Failure(trials, error, signal=name, log=str(worker.log)))]


@contextmanager
def _signals_ignored() -> Iterator[None]:
    """Ignore Ctrl-C, so that a process started here ignores it from the beginning.

    The signal reaches the whole process group, but only the parent decides whether to stop.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _signal_name(number: int) -> str:
    """`SIGKILL`; real-time signals have no name."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def work(line: Connection, folder: str, log: str) -> None:
    """The worker's main loop: train units from the connection until it closes or the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with open_to_append(Path(log)) as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    faulthandler.enable(sys.__stderr__ or 2)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    on_progress = _Reports(line)
    while True:
        try:
            configs: list[dict[str, Data]] = line.recv()
        except (EOFError, OSError):
            return
        line.send(train_unit(Path(folder), [Trial.from_plain(config) for config in configs], on_progress))


def _end_with_parent() -> None:
    """Exit at once when the parent has ended for any reason: a killed sweep leaves no orphans."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


class _Reports:
    """Periodically sends the completed share of the work to the parent."""

    def __init__(self, line: Connection) -> None:
        self.line = line
        self._next = time.monotonic() + BETWEEN

    def __call__(self, share: float) -> bool:
        if (now := time.monotonic()) >= self._next:
            self._next = now + BETWEEN
            self.line.send(share)
        return False
