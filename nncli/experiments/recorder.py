"""Write metrics and checkpoints while a stack trains, to each run those of its own replicas."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass
from itertools import repeat
from typing import Protocol

from nncli.config.checkpoint_interval import Every
from nncli.config.experiment import Experiment
from nncli.experiments.saved_training import Origin, SavedTraining
from nncli.nn.arrays import Array
from nncli.runs.directory import RunDirectory
from nncli.training.flow import QUANTITIES, LayerFlow
from nncli.training.metrics import Metrics
from nncli.training.snapshot import Snapshot

SHARE = 0.02
"""The largest fraction of the time to spend on checkpoints, if their interval is in seconds."""

FLOW_COLUMNS = ("epoch", "seed", "layer", *QUANTITIES)
"""The columns of `flow.csv`."""


class Listener(Protocol):
    """Observes a run, such as a progress line."""

    def tick(self, epoch: int, step: int, loss: Array) -> bool:
        """Called after every step with the losses of the replicas still training. True asks to stop now."""


class Silent:
    """Ignores every step."""

    def tick(self, epoch: int, step: int, loss: Array) -> bool:
        """Never stop."""
        return False


@dataclass(frozen=True, slots=True)
class Run:
    """One of the runs that a stack trains.

    Attributes:
        directory, experiment: its files, and what it trains.
        replicas: the replicas of the stack that belong to it.
        origin: the origin to record in its checkpoints.
    """

    directory: RunDirectory
    experiment: Experiment
    replicas: range
    origin: Origin


class StackRecorder:
    """Writes the records of each replica to the directory of its run, and forwards ticks to a listener.

    Checkpoints are written when they are due, and when the listener asks to stop.

    Args:
        runs: the runs of the stack, in the order of their replicas.
        listener: called at every step.
        seconds: seconds of training before a resume.
    """

    def __init__(self, runs: list[Run], listener: Listener, seconds: float = 0.0) -> None:
        self.runs, self.listener = runs, listener
        self._seeds = [seed for run in runs for seed in run.experiment.seeds]
        first = runs[0].experiment
        self._names = (*first.recorded_metrics, "gradient_norm", "learning_rate")
        self._every: Every = first.checkpoint.every
        self._start, self._seconds_before = time.perf_counter(), seconds
        self._due = time.monotonic() + self._every.seconds
        self._epoch = 0

    @property
    def seconds(self) -> float:
        """The seconds of training so far."""
        return self._seconds_before + time.perf_counter() - self._start

    def record(self, replicas: list[int], epoch: int, step: int, metrics: Metrics) -> None:
        """Append a row for each replica to the metrics of its run."""
        seeds = [self._seeds[replica] for replica in replicas]
        columns = (metrics[name].tolist() for name in self._names)
        rows = [*zip(seeds, repeat(epoch), repeat(step), *columns, strict=False)]
        for run in self.runs:
            own = rows[bisect_left(replicas, run.replicas.start) : bisect_left(replicas, run.replicas.stop)]
            if own:
                run.directory.append_metrics(("seed", "epoch", "step", *self._names), own)

    def record_flow(self, epoch: int, flows: Mapping[int, Sequence[LayerFlow]]) -> None:
        """Append a row for each layer of each replica to the flow of its run."""
        for run in self.runs:
            own = {replica: flows[replica] for replica in run.replicas if replica in flows}
            rows = [(epoch, self._seeds[replica], *astuple(layer)) for replica in own for layer in own[replica]]
            if rows:
                run.directory.append_flow(FLOW_COLUMNS, rows)

    def tick(self, epoch: int, step: int, loss: Array, take: Callable[[], Snapshot]) -> bool:
        """Write checkpoints if due; returns whether the listener asks to stop."""
        stop = self.listener.tick(epoch, step, loss)
        if stop or self._is_due(epoch):
            self._save(take())
        return stop

    def _is_due(self, epoch: int) -> bool:
        """Whether a checkpoint is due: the interval has passed, or this is the first step after that many epochs."""
        if self._every.epochs is None:
            return time.monotonic() >= self._due
        last, self._epoch = self._epoch, epoch
        return epoch != last and epoch > 1 and (epoch - 1) % self._every.epochs == 0

    def _save(self, snapshot: Snapshot) -> None:
        started = time.monotonic()
        for run in self.runs:
            saved = SavedTraining(snapshot.of(run.replicas), run.origin, self.seconds)
            record, arrays = saved.as_plain()
            keep = run.experiment.checkpoint.keep
            run.directory.write_checkpoint(snapshot.step, record, arrays, keep)
        now = time.monotonic()
        self._due = now + max(self._every.seconds, (now - started) / SHARE)
