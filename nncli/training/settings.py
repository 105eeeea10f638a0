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
    """How to train.

    Attributes:
        optimizer, schedule, learning_rate: the rule that updates the weights, and how its rate changes.
        epochs: passes over the rows, at most.
        batch_size: the rows per step; None for all of them.
        shuffle: whether each epoch has an order of its own.
        clip_norm: the largest gradient norm of a replica; None for any.
        log_every: the epochs between recordings; None for those of `recorded_epochs`.
        stop: when a replica stops early.
        record: what else is recorded: `flow`, what goes through each layer, with the metrics; `weights`, those of
            `weight_epochs`.
        watch_cycles: whether weights may repeat exactly if the rows come in order; then that is watched.
    """

    optimizer: Optimizer
    schedule: Schedule
    learning_rate: PerReplica
    epochs: int
    batch_size: int | None
    shuffle: bool = True
    clip_norm: PerReplica | None = None
    log_every: int | None = None
    stop: Stop = field(default_factory=Stop)
    record: tuple[str, ...] = ()
    watch_cycles: bool = False

    def rows_per_step(self, rows: int) -> int:
        """The rows per step, of some rows."""
        return rows_per_step(self.batch_size, rows)


def rows_per_step(batch_size: int | None, rows: int) -> int:
    """The rows per step for a batch size, which may be None for all rows, or more than there are."""
    return rows if batch_size is None else min(batch_size, rows)


def steps_per_epoch(rows: int, size: int) -> int:
    """The number of pieces that rows are cut into, `size` at a time."""
    return -(-rows // size)


def piece_sizes(rows: int, size: int) -> set[int]:
    """The sizes of the pieces that rows are cut into, `size` at a time: the last may be smaller."""
    return {min(size, rows), rows % size} - {0}
