"""Whether inputs are about 1 apart and near 0, as networks expect them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nncli.analysis.spread import moments

SHIFTED, UNEVEN, SCALE = 5.0, 30.0, 10.0
"""Inputs are off scale if the mean of a column is this many standard deviations from 0, if the standard deviations of
two columns differ by this factor, or if one is this much larger than 1, or all are this much smaller."""


@dataclass(frozen=True, slots=True)
class InputScale:
    """How the columns of the inputs are spread.

    Attributes:
        largest, least: the standard deviations of the columns that vary.
        shift: the largest mean of a column, in its standard deviations.
    """

    largest: float
    least: float
    shift: float

    @classmethod
    def of(cls, inputs: NDArray[np.float64]) -> InputScale | None:
        """Of inputs (N, ..., n); None if none varies."""
        mean, std = moments(inputs.reshape(-1, inputs.shape[-1]))
        varies = std > 0
        if not varies.any():
            return None
        std = std[varies]
        if inputs.ndim > 2:  # the pixels of an edge vary little, and that is as it should be
            std = std.mean(keepdims=True)
            return cls(float(std[0]), float(std[0]), float(np.abs(mean[varies]).max() / std[0]))
        return cls(float(std.max()), float(std.min()), float((np.abs(mean[varies]) / std).max()))

    @property
    def is_off(self) -> bool:
        """Whether one learning rate can hardly suit all weights.

        Source: LeCun, Bottou, Orr & Müller (1998), Efficient BackProp, section 4.3.
        """
        even = self.largest / self.least <= UNEVEN and 1 / SCALE <= self.largest <= SCALE
        return self.shift > SHIFTED or not even
