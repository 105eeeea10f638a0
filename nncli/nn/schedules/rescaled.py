"""A schedule over another number of epochs than it was written for. Not a part of a config."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from nncli.nn.schedules import Schedule


@dataclass(frozen=True, slots=True)
class Rescaled:
    """Another schedule with its warm-up, run faster or slower: all of it within these epochs.

        factor = of.factor(t · planned / epochs, planned),   warmup = of.warmup · epochs / planned

    Attributes:
        of: the schedule.
        planned: the epochs that it was written for.
        epochs: those that it is to take.
    """

    constant: ClassVar[bool] = False

    of: Schedule
    planned: int
    epochs: int

    @property
    def warmup(self) -> float:
        """See `Schedule`."""
        return self.of.warmup * self.epochs / self.planned

    def factor(self, epoch: float, epochs: int) -> float:
        """See `Schedule`."""
        return self.of.factor(epoch * self.planned / self.epochs, self.planned)
