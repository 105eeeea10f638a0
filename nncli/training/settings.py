"""What a training run is told, what it tells, and what it leaves."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from nncli.analysis.conditions import Condition
from nncli.nn.arrays import Array, PerReplica
from nncli.nn.optimizers import Optimizer
from nncli.nn.schedules import Schedule
from nncli.training.metrics import Metrics


@dataclass(frozen=True, slots=True)
class Stop:
    """When a replica stops before its last epoch.

    Attributes:
        solved: in the first epoch in which every training row came out right.
        tolerance: how near to its target a row is right, as a share of the targets' range.
        patience: after so many epochs without a better monitored loss; the best weights are kept.
        min_delta: by how much a loss must be lower to count as better.
        target: as soon as this condition on a metric holds.
    """

    solved: bool = True
    tolerance: float = 0.05
    patience: int | None = None
    min_delta: float = 0.0
    target: Condition | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """How to train."""

    optimizer: Optimizer
    schedule: Schedule
    learning_rate: PerReplica
    epochs: int
    batch_size: int
    shuffle: bool = True
    clip_norm: PerReplica | None = None
    log_every: int | None = None
    stop: Stop = field(default_factory=Stop)
    watch_cycles: bool = False


class Recorder(Protocol):
    """Whoever listens to a training run: the run directory, a progress line, a test."""

    def record(self, replicas: list[int], epoch: int, step: int, metrics: Metrics) -> None:
        """Take the metrics of some replicas, an array each, at the end of an epoch."""

    def tick(self, epoch: int, step: int, loss: NDArray[np.floating]) -> bool:
        """Called after every step with the batch's loss (R,). True asks the run to stop now."""


@dataclass(frozen=True, slots=True)
class Divergence:
    """What was not finite, where, and what the loss was one step before."""

    what: str
    epoch: int
    step: int
    loss_before: float | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one replica ended.

    Attributes:
        theta: its final parameters, one row (P,).
        stop_reason: `solved`, `epochs`, `patience`, `target`, `diverged` or `interrupted`.
        epoch, step: where it stopped.
        solved: whether the final weights get every training row right.
        solved_epoch: the first epoch in which every training row came out right.
        best_epoch: with patience, the epoch whose weights these are.
        metrics: those of the final weights.
        divergence: if it diverged, how.
        cycle_from: the epoch from which its weights repeat exactly, if they were watched and did.
    """

    seed: int
    theta: Array
    stop_reason: str
    epoch: int
    step: int
    solved: bool
    solved_epoch: int | None
    best_epoch: int | None
    metrics: dict[str, float]
    divergence: Divergence | None = None
    cycle_from: int | None = None
