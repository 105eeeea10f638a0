"""How much time and memory training would take, extrapolated from a few measured steps."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np

from nncli.analysis.metric_names import recorded_epochs
from nncli.config.experiment import Experiment
from nncli.experiments.assembly import build_network, build_rows, build_settings
from nncli.experiments.memory import training_bytes
from nncli.nn.arrays import Array
from nncli.studies.trials import Trial
from nncli.threads import limited_threads
from nncli.training.flow import LayerFlow
from nncli.training.loop import train
from nncli.training.metrics import Metrics
from nncli.training.snapshot import Snapshot

STEPS = 20
"""Number of steps timed per stack, unless they take longer than `SECONDS`."""

SECONDS = 0.1

TIMED = 1000
"""Maximum number of seeds timed per stack; more are assumed to take proportionally longer."""

PROCESS_BYTES = 100 << 20
"""Memory of a process before it has any network: Python, NumPy and this program."""


@dataclass(frozen=True, slots=True)
class CostEstimate:
    """The cost of training some units sequentially.

    Attributes:
        seconds: in one process, if every seed uses all its epochs; infinite if no unit fits in memory.
        bytes: memory of the largest unit.
    """

    seconds: float
    bytes: int


def estimate(units: Sequence[Sequence[Trial]], patience: float = 2.0) -> CostEstimate:
    """Time some steps of units, evenly spread over them, for about `patience` seconds in total; at least one unit.

    The other units are assumed to take the same time per step.
    """
    deadline = time.perf_counter() + patience
    order = sorted(
        range(len(units)), key=lambda index: (index * 0.618033988749895) % 1
    )  # even coverage wherever it stops
    seconds = 0.0
    steps_timed = 0
    for turn, index in enumerate(order):
        if turn and time.perf_counter() > deadline:
            break
        with suppress(MemoryError):  # training will report it, for this unit only
            seconds += _seconds(units[index])
            steps_timed += _steps(units[index])
    steps = sum(map(_steps, units))
    largest = max(sum(training_bytes(trial.experiment) for trial in unit) for unit in units)
    if steps and not steps_timed:
        return CostEstimate(math.inf, largest)
    return CostEstimate(seconds * steps / max(steps_timed, 1), largest)


def _steps(unit: Sequence[Trial]) -> int:
    """The number of steps in all epochs."""
    experiment = unit[0].experiment
    return experiment.training.epochs * experiment.steps_per_epoch


def _seconds(unit: Sequence[Trial]) -> float:
    """The approximate training time of a unit: its steps and its evaluations."""
    experiments, scale = _part([trial.experiment for trial in unit])
    training = experiments[0].training
    if not training.epochs:
        return 0.0
    with limited_threads(experiments[0].threads):
        network = build_network(experiments)
        clock = _Clock()
        # Recorded epochs are counted below, so none may fall between the timed steps.
        settings = replace(build_settings(experiments), log_every=training.epochs)
        train(network, build_rows(experiments[0], network), settings, clock)
    step = statistics.median(np.diff(clock.ticks)) if len(clock.ticks) > 1 else clock.first
    stop = training.stop
    every = stop.patience is not None or stop.target is not None
    evaluations = training.epochs if every else len(recorded_epochs(training.epochs, training.log_every))
    return float(scale * (_steps(unit) * step + evaluations * max(0.0, clock.first - step)))


def _part(experiments: Sequence[Experiment]) -> tuple[list[Experiment], float]:
    """The first of the experiments with at most `TIMED` seeds in all, and the ratio of all seeds to theirs."""
    found, seeds = [], 0
    for experiment in experiments:
        if seeds < TIMED:
            found.append(experiment.with_seeds(experiment.seeds[: TIMED - seeds]))
            seeds += len(found[-1].seeds)
    return found, sum(len(experiment.seeds) for experiment in experiments) / seeds


class _Clock:
    """A recorder that notes when each step ended, and stops after a few."""

    def __init__(self) -> None:
        self.start = time.perf_counter()
        self.ticks: list[float] = []

    @property
    def first(self) -> float:
        """The seconds until the end of the first step, including the evaluation before it."""
        return self.ticks[0] - self.start if self.ticks else 0.0

    def record(self, replicas: list[int], epoch: int, step: int, metrics: Metrics) -> None:
        """Ignore the metrics."""

    def record_flow(self, epoch: int, flows: Mapping[int, Sequence[LayerFlow]]) -> None:
        """Ignore it."""

    def tick(self, epoch: int, step: int, loss: Array, take: Callable[[], Snapshot]) -> bool:
        """Note the time. Returns: whether enough steps were timed."""
        self.ticks.append(time.perf_counter())
        return len(self.ticks) > STEPS or self.ticks[-1] - self.start > SECONDS
