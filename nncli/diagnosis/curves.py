"""What a loss curve shows: whether it is still falling, and whether it jumps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nncli.diagnosis.evidence import Evidence

Numbers = NDArray[np.float64]

FALLS, JUMPS, RISES = 0.01, 0.5, 0.2
"""A loss falls if its last fifth is lower by this share than the fifth before, and by twice its noise; it jumps if it
goes up by this share in one record, and it is rough if it does so in this share of its second half."""


@dataclass(frozen=True, slots=True)
class Curves:
    """The losses of a seed over its recorded epochs.

    Attributes:
        epochs, train: the epochs and the training losses.
    """

    epochs: Numbers
    train: Numbers

    @classmethod
    def of(cls, evidence: Evidence, seed: int) -> Curves:
        """Those of a seed; empty if nothing was recorded."""
        columns = evidence.curves.get(seed)
        if columns is None:
            return cls(np.zeros(0), np.zeros(0))
        known = np.isfinite(columns["train_loss"])
        return cls(columns["epoch"][known], columns["train_loss"][known])

    @property
    def late_fall(self) -> float:
        """The share by which the mean loss of the last fifth of the epochs is below that of the fifth before."""
        before, last = self._fifths()
        if not len(before) or not len(last) or before.mean() <= 0:
            return 0.0
        return float(1 - last.mean() / before.mean())

    @property
    def is_falling(self) -> bool:
        """Whether it clearly fell until the end."""
        before, last = self._fifths()
        if len(before) < 2 or len(last) < 2:
            return len(self.train) > 1 and bool(self.train[-1] < self.train[0])
        noise = float(np.abs(np.diff(last)).mean()) / len(last) ** 0.5
        return self.late_fall > FALLS and float(before.mean() - last.mean()) > 2 * noise

    @property
    def is_rough(self) -> bool:
        """Whether it jumps up again and again, or ended clearly above where it began or had been."""
        if len(self.train) < 3:
            return False
        half = self.train[len(self.train) // 2 :]
        jumps = float(np.mean(np.diff(half) > JUMPS * half[:-1])) if len(half) > 1 else 0.0
        ended = float(np.median(self._fifths()[1]))
        return jumps > RISES or ended > 2 * float(self.train.min()) or ended > float(self.train[0])

    def _fifths(self) -> tuple[Numbers, Numbers]:
        if not len(self.epochs):
            return self.train, self.train
        end = self.epochs[-1]
        last = self.epochs > 0.8 * end
        before = (self.epochs > 0.6 * end) & ~last
        return self.train[before], self.train[last]
