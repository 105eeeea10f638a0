"""How long training would take, and how much memory: measured on a few steps of it, and multiplied."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nncli.analysis.metric_names import recorded_epochs
from nncli.config.experiment import Experiment
from nncli.experiments.assembly import build_network, build_rows, build_settings
from nncli.experiments.memory import training_bytes
from nncli.studies.trials import Trial
from nncli.threads import limited_threads
from nncli.training.loop import train
from nncli.training.metrics import Metrics

STEPS = 20
"""How many steps of a stack are timed, unless they take longer than `SECONDS`."""

SECONDS = 0.1

TIMED = 1000
"""Seeds of a stack that are timed; more take longer in proportion."""

PROCESS_BYTES = 100 << 20
"""What a process takes before it has any network: Python, NumPy and this program."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What training some units one after the other takes.

    Attributes:
        seconds: of one process, if every seed uses all its epochs; infinite if none of it fits the memory.
        bytes: of the largest unit.
    """

    seconds: float
    bytes: int


def estimate(units: Sequence[Sequence[Trial]], patience: float = 2.0) -> Estimate:
    """Time some steps of the units, evenly spread over them, for about so many seconds in all; at least of one.

    The others are taken to be like them, step by step.
    """
    deadline = time.perf_counter() + patience
    order = sorted(range(len(units)), key=lambda index: (index * 0.618033988749895) % 1)  # evenly, wherever it stops
    seconds = 0.0
    steps_timed = 0
    for turn, index in enumerate(order):
        if turn and time.perf_counter() > deadline:
            break
        with suppress(MemoryError):  # training will say so, of this unit alone
            seconds += _seconds(units[index])
            steps_timed += _steps(units[index])
    steps = sum(map(_steps, units))
    largest = max(sum(training_bytes(trial.experiment) for trial in unit) for unit in units)
    if steps and not steps_timed:
        return Estimate(math.inf, largest)
    return Estimate(seconds * steps / max(steps_timed, 1), largest)


def _steps(unit: Sequence[Trial]) -> int:
    """The steps of all epochs."""
    experiment = unit[0].experiment
    rows = len(experiment.splits.train.inputs)
    return int(experiment.config.training.epochs * -(-rows // experiment.batch_size))


def _seconds(unit: Sequence[Trial]) -> float:
    """About how long a unit trains: its steps, and the epochs at whose end it is evaluated."""
    experiments, scale = _part([trial.experiment for trial in unit])
    training = experiments[0].config.training
    if not training.epochs:
        return 0.0
    with limited_threads(experiments[0].config.threads):
        network = build_network(experiments)
        clock = _Clock()
        # Recorded epochs are counted below, so none of them may come between the steps that are timed.
        settings = replace(build_settings(experiments), log_every=training.epochs)
        train(network, build_rows(experiments[0], network), settings, clock)
    step = statistics.median(np.diff(clock.ticks)) if len(clock.ticks) > 1 else clock.first
    stop = training.stop
    every = stop.patience is not None or stop.target is not None
    evaluations = training.epochs if every else len(recorded_epochs(training.epochs, training.log_every))
    return float(scale * (_steps(unit) * step + evaluations * max(0.0, clock.first - step)))


def _part(experiments: Sequence[Experiment]) -> tuple[list[Experiment], float]:
    """The first of the experiments with at most `TIMED` seeds in all, and how many times as many all of them have."""
    found, seeds = [], 0
    for experiment in experiments:
        if seeds < TIMED:
            own = experiment.config.seed_list[: TIMED - seeds]
            found.append(Experiment(experiment.config.model_copy(update={"seeds": own}), experiment.splits))
            seeds += len(own)
    return found, sum(len(experiment.config.seed_list) for experiment in experiments) / seeds


class _Clock:
    """A recorder that notes when each step ended, and stops after a few of them."""

    def __init__(self) -> None:
        self.start = time.perf_counter()
        self.ticks: list[float] = []

    @property
    def first(self) -> float:
        """The seconds to the end of the first step, with the evaluation before it."""
        return self.ticks[0] - self.start if self.ticks else 0.0

    def record(self, replicas: list[int], epoch: int, step: int, metrics: Metrics) -> None:
        """Nothing is kept."""

    def tick(self, epoch: int, step: int, loss: Any, take: Any) -> bool:
        """Note the time; whether it is enough."""
        self.ticks.append(time.perf_counter())
        return len(self.ticks) > STEPS or self.ticks[-1] - self.start > SECONDS
