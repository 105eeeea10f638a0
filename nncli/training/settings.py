"""What a training run is told, what it tells, and what it leaves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from nncli.analysis.conditions import Condition
from nncli.nn.arrays import Array, PerReplica
from nncli.nn.optimizers import Optimizer
from nncli.nn.schedules import Schedule
from nncli.training.metrics import Metrics

if TYPE_CHECKING:
    from nncli.training.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Stop:
    """When a replica stops before its last epoch.

    Attributes:
        solved: in the first epoch in which every training row came out right.
        tolerance: how near to its target a row is right, as a share of the targets' range.
        patience: after so many epochs without a better monitored loss. The best weights are kept, unless it stops
            because it is solved or has reached its target: then it is the last weights that are so.
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

    def tick(self, epoch: int, step: int, loss: NDArray[np.floating], take: Callable[[], Snapshot]) -> bool:
        """Called after every step with the batch's loss (R,). True asks the run to stop now.

        `take()` gives all that is needed to go on from here later.
        """


@dataclass(frozen=True, slots=True)
class Divergence:
    """What was not finite, and where.

    Attributes:
        what: `loss`, `gradient`, `update`, or the `weights` themselves, which no step of ours makes so.
        epoch, step: when it was noticed.
        loss_before: the loss one step before.
        weights_step: the step after which the weights that were kept were so; the last before, but for `weights`.
    """

    what: str
    epoch: int
    step: int
    loss_before: float | None
    weights_step: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one replica ended.

    Attributes:
        theta: its final parameters, one row (P,).
        optimizer_sha256: SHA-256 of its rows of the optimizer's slots, one behind the other, as little-endian bytes.
        stop_reason: `solved`, `epochs`, `patience`, `target`, `diverged` or `interrupted`.
        epoch, step: where it stopped.
        solved: whether the final weights get every training row right.
        solved_epoch: the first epoch in which every training row came out right.
        best_epoch: with patience, the epoch whose weights these are.
        lowest_epoch, lowest_loss: the recorded epoch with the lowest validation loss, and that loss.
        metrics: those of the final weights.
        divergence: if it diverged, how.
        cycle_from: the epoch from which its weights repeat exactly, if they were watched and did.
    """

    seed: int
    theta: Array
    optimizer_sha256: str
    stop_reason: str
    epoch: int
    step: int
    solved: bool
    solved_epoch: int | None
    best_epoch: int | None
    metrics: dict[str, float]
    divergence: Divergence | None = None
    cycle_from: int | None = None
    lowest_epoch: int | None = None
    lowest_loss: float | None = None
