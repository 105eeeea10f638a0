"""Schedules: how the learning rate changes while training."""

from __future__ import annotations

from typing import ClassVar, Protocol

from nncli.registry import Registry


class Schedule(Protocol):
    """A factor on the learning rate as a function of time.

    Attributes:
        constant: whether the factor, without warm-up, is always 1.
    """

    constant: ClassVar[bool]

    @property
    def warmup(self) -> float:
        """The number of epochs over which the factor first rises linearly from 0 to the schedule's value."""

    def factor(self, epoch: float, epochs: int) -> float:
        """The factor, without warm-up, at `epoch` of `epochs`: 0 at the first step, fractional within an epoch."""


schedules: Registry[Schedule] = Registry(
    "schedule",
    "schedules",
    elsewhere="reduce_lr_on_plateau plateau one_cycle one_cycle_lr cyclic cyclic_lr polynomial "
    "polynomial_decay inverse_time_decay invscaling adaptive lambda_lr "
    "cosine_annealing_warm_restarts cosine_decay_restarts",
)
schedules.discover(__name__, __path__)


def is_constant(schedule: Schedule) -> bool:
    """Whether the learning rate is the same in every step."""
    return schedule.constant and schedule.warmup == 0


def factor_at(schedule: Schedule, step: int, steps_per_epoch: int, epochs: int) -> float:
    """The factor on the learning rate in `step` (the first is 1), warm-up included.

    factor = schedule.factor(t, epochs) · min(1, step / (warmup · steps_per_epoch)),   t = (step - 1) / steps_per_epoch
    """
    t = (step - 1) / steps_per_epoch
    warmup_steps = schedule.warmup * steps_per_epoch
    rise = min(1.0, step / warmup_steps) if warmup_steps > 0 else 1.0
    return schedule.factor(t, epochs) * rise
