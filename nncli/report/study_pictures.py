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
        differences: the known ones; positive is better.
        mean, interval: of all pairs, if they are known.
        better, worse: the pairs in which only the variant, or only the baseline, has a value.
    """

    label: str
    differences: Numbers
    mean: float | None
    interval: tuple[float | None, float | None]
    better: int = 0
    worse: int = 0
