"""The rise of a learning rate range test. Not a part of a config: it shows where training breaks, and breaks it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Rising:
    """The learning rate rises by the same factor in every step, from one end of a range to the other.

        factor = ratio ^ (s / (steps - 1)),   s = t · steps_per_epoch, the steps taken before

    Attributes:
        ratio: the highest rate divided by the lowest.
        steps: the steps from one to the other, at least 2.
    Source: Smith (2017), Cyclical learning rates for training neural networks, section 3.3, with an exponential rise.
    """

    constant: ClassVar[bool] = False
    warmup: ClassVar[float] = 0.0

    ratio: float
    steps: int
    steps_per_epoch: int

    def factor(self, epoch: float, epochs: int) -> float:
        """See `Schedule`."""
        return float(self.ratio ** (epoch * self.steps_per_epoch / (self.steps - 1)))
