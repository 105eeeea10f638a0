"""Trains on a Dask cluster. Its workers need no shared file system: the files they write are sent back."""

from __future__ import annotations

import logging
import tempfile
import threading
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import nncli
from nncli.config.document import Data
from nncli.errors import ExitCode, UserError
from nncli.storage.files import make_folder, write_atomically
from nncli.studies.executors.handshake import parse_address, shake_hands
from nncli.studies.executors.supervisor import Ended, Job, Watcher
from nncli.studies.executors.work_unit import Failure, ProgressListener, train_unit, units_of
from nncli.studies.trials import Trial

PATIENCE = 7.0
"""Seconds to wait for a scheduler and a first worker."""

Files = dict[str, dict[str, bytes]]
"""The contents of files by run directory and name, the result last."""

_ONE_AT_A_TIME = threading.Lock()
"""The number of BLAS threads belongs to a process, so a worker with several threads trains its units one at a time."""


class Cluster:
    """An executor whose slots are the current workers of a Dask scheduler.

    If a worker is lost, the scheduler gives its unit to another.

    Args:
        address: the scheduler's address.
        watcher: is told what the study waits for, and may ask to stop.

    Raises:
        UserError: (code USAGE) if `dask.distributed` is not installed or the address is malformed; (code FILES) if no
            scheduler answers there, or it has no worker; (code INTERRUPTED) if the watcher asks to stop.
    """

    def __init__(self, address: str, watcher: Watcher) -> None:
        parse_address(address)
        distributed = _quiet_distributed()
        self.address, self._watcher = address, watcher
        self._running: dict[Any, tuple[Job, Path]] = {}
        deadline = time.monotonic() + PATIENCE
        shake_hands(address, deadline, lambda: self._wait_for(f"the scheduler at {address}"))
        try:
            left = max(1.0, deadline - time.monotonic())
            self._client = distributed.Client(address, timeout=left, set_as_default=False)
        except Exception as error:
            given = f"the scheduler at {address} does not accept a client: {type(error).__name__}"
            raise UserError(given, where="--cluster", code=ExitCode.FILES) from error
        try:
            self._await_worker(deadline)
        except BaseException:
            self.close()
            raise

    @property
    def slots(self) -> int:
        """One for each worker; 1 without workers, so that the rest waits for a worker to join."""
        return max(1, self._count_workers())

    def units(self, trials: Sequence[Trial]) -> list[list[Trial]]:
        """Several units per worker: more workers may join, and a lost one should cost little."""
        return units_of(trials, 4 * self.slots)

    def submit(self, job: Job, folder: Path, on_progress: ProgressListener) -> None:
        """Send the job to the scheduler."""
        configs = [trial.as_plain() for trial in job.unit]
        with self._scheduler():
            future = self._client.submit(train_on_worker, nncli.__version__, configs, pure=False)
        self._running[future] = (job, folder)

    def wait(self, seconds: float) -> list[Ended]:
        """The jobs that have ended, with or without files."""
        ready = [future for future in self._running if future.done()]
        if not ready:
            time.sleep(seconds)
            self._watcher.wait_for("" if self._count_workers() else f"a worker of {self.address}")
        return [self._receive(future, *self._running.pop(future)) for future in ready]

    def close(self) -> None:
        """Cancel running and waiting jobs; workers notice within a second."""
        with suppress(Exception):
            self._client.cancel(list(self._running), force=True)
        with suppress(Exception):
            self._client.close()

    def _await_worker(self, deadline: float) -> None:
        """Wait for a first worker to join."""
        while not self._count_workers():
            if time.monotonic() >= deadline:
                given = f"the scheduler at {self.address} has no running worker"
                hint = f"Start one with: dask worker {self.address} --nthreads 1"
                raise UserError(given, where="--cluster", hint=hint, code=ExitCode.FILES)
            self._wait_for(f"a worker of {self.address}")
            time.sleep(0.1)
        self._watcher.wait_for("")

    def _wait_for(self, what: str) -> None:
        if self._watcher.wait_for(what):
            given = f"interrupted while waiting for {what}"
            raise UserError(given, allowed="Nothing was trained", code=ExitCode.INTERRUPTED)

    def _count_workers(self) -> int:
        """The number of workers that accept work: not paused or shutting down."""
        with self._scheduler():
            return len(self._client.sync(self._client.scheduler.ncores_running))

    @contextmanager
    def _scheduler(self) -> Iterator[None]:
        """Turn client errors after losing the scheduler into a `UserError`."""
        try:
            yield
        except Exception as error:
            given = f"the scheduler at {self.address} is gone: {type(error).__name__}"
            hint = "Finished trials are kept"
            raise UserError(given, where="--cluster", hint=hint, code=ExitCode.TRIALS_FAILED) from error

    @staticmethod
    def _receive(future: Any, job: Job, folder: Path) -> Ended:
        """Write the files of a job into the study's folder."""
        name = job.unit[0].name
        try:
            files, failure = future.result()
        except Exception as error:  # anything can happen on another machine
            return Ended(job, Failure(name, f"the cluster could not train it: {type(error).__name__}: {error}"))
        for run, contents in files.items():
            make_folder(folder / _plain_name(run))
            for file, content in contents.items():
                write_atomically(folder / run / _plain_name(file), content)
        if failure is not None and failure.code == ExitCode.FILES:  # a worker's full disk is not our file error
            failure = replace(failure, code=ExitCode.TRIALS_FAILED)
        return Ended(job, failure)


def _quiet_distributed() -> Any:
    """The package `distributed` with logging silenced: errors are reported here, in one sentence."""
    try:
        import distributed
    except ImportError:
        hint = "Install it with: pip install 'nncli[cluster]'"
        raise UserError("dask.distributed is not installed", where="--cluster", hint=hint) from None
    except Exception as error:  # e.g. its config files
        given = f"dask.distributed cannot be loaded: {error}"
        raise UserError(given, where="--cluster", code=ExitCode.FILES) from error
    packages = ("distributed", "dask", "tornado", "asyncio")
    for name in [*packages, *logging.root.manager.loggerDict]:
        if name.split(".")[0] in packages:
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    for package in packages:
        warnings.filterwarnings("ignore", module=rf"{package}(\.|$)")
    return distributed


def train_on_worker(version: str, configs: list[dict[str, Data]]) -> tuple[Files, Failure | None]:
    """Run on a cluster worker: train a unit in a temporary folder, and return all files written."""
    if version != nncli.__version__:
        given = f"the worker has nncli {nncli.__version__}, but this is nncli {version}"
        return {}, Failure(str(configs[0]["name"]), given)
    with _ONE_AT_A_TIME, tempfile.TemporaryDirectory(prefix="nncli-") as folder:
        unit = [Trial.from_plain(config) for config in configs]
        failure = train_unit(Path(folder), unit, _CancellationCheck())
        return {path.name: _contents(path) for path in sorted(Path(folder).iterdir())}, failure


class _CancellationCheck:
    """Checks once a second whether the scheduler has cancelled the unit that this worker trains."""

    def __init__(self) -> None:
        from distributed import get_worker

        self._worker: Any = get_worker()
        self._task = self._worker.get_current_task()
        self._next = time.monotonic() + 1

    def __call__(self, share: float) -> bool:
        if (now := time.monotonic()) < self._next:
            return False
        self._next = now + 1
        task = self._worker.state.tasks.get(self._task)
        return task is None or task.state == "cancelled"


def _contents(run: Path) -> dict[str, bytes]:
    """The files of a run, the result last, because a run with a result counts as done."""
    paths = sorted((path for path in run.iterdir() if path.name != "lock"), key=lambda p: (p.name == "result.json", p))
    return {path.name: path.read_bytes() for path in paths}


def _plain_name(name: str) -> str:
    """Check that a name is a plain file name: received files are written only into the study's folder.

    This guards against mistakes, not attackers: Dask's messages are pickles, which can run any code.
    """
    if name != Path(name).name or name in ("", ".", ".."):
        raise UserError(f"the cluster sent a file named '{name}'", code=ExitCode.CORRUPT)
    return name
