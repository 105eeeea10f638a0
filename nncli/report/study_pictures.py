"""What pictures of studies show, as numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Bar:
    """A number with its interval; None for what is unknown or infinite."""

    label: str
    value: float | None
    interval: tuple[float | None, float | None]
    beside: str = ""
    is_baseline: bool = False


@dataclass(frozen=True, slots=True)
class Pairs:
    """Differences of a variant from the baseline, seed by seed.

    Attributes:
        differences: positive is better (n,).
        seeds: of the differences.
        centre, interval: of the differences.
    """

    label: str
    differences: Numbers
    seeds: tuple[int, ...]
    centre: float
    interval: tuple[float | None, float | None]
