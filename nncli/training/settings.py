"""How to train, and when to stop."""

from __future__ import annotations

from dataclasses import dataclass, field

from nncli.analysis.conditions import Condition
from nncli.nn.arrays import PerReplica
from nncli.nn.optimizers import Optimizer
from nncli.nn.schedules import Schedule


@dataclass(frozen=True, slots=True)
class Stop:
    """When a replica stops before its last epoch.

    Attributes:
        solved: in the first epoch in which every training row is right.
        tolerance: how close to its target an output counts as right, as a fraction of the targets' range.
        patience: after this many epochs without a better monitored loss. The best weights are kept, unless it stops
            because it is solved or has reached its target: then the last weights are kept.
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
