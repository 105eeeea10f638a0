"""The spread of a column of numbers, robust to their magnitude and to rounding.

Squares overflow from 1e154 on and vanish below 1e-162. So such numbers are first multiplied by a power of two,
which changes no bit of what follows from them.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Array: TypeAlias = NDArray[np.floating]

ROUNDINGS = 4
"""Numbers that differ by at most this many units in the last place of the largest are equal up to rounding."""

ORDINARY = 400
"""Numbers below 2^ORDINARY and above 2^-ORDINARY can be squared and summed as they are."""


def almost_equal(x: Array) -> NDArray[np.bool_]:
    """Whether all N numbers of a column are equal up to rounding in the array's dtype: (N, ...) to (...)."""
    low, high = (end.astype(np.float64) for end in (x.min(axis=0), x.max(axis=0)))
    largest = np.maximum(np.abs(low), np.abs(high))
    with np.errstate(over="ignore"):  # an infinite difference is a difference
        return np.asarray(high - low <= ROUNDINGS * float(np.finfo(x.dtype).eps) * largest)


def moments(x: Floats, ddof: int = 0) -> tuple[Floats, Floats]:
    """Mean and standard deviation over the first axis of (N, ...), as (...); for nearly equal numbers, the first and 0.

    std^2 = Σ (x - mean)^2 / (N - ddof)
    """
    constant = almost_equal(x)
    exponent = _unusual(np.abs(x).max(axis=0))
    scaled = np.ldexp(x, -exponent) if exponent.any() else x
    with np.errstate(over="ignore"):  # the deviation of numbers at both ends of the range is beyond it
        mean, std = (np.ldexp(moment, exponent) for moment in (scaled.mean(axis=0), scaled.std(axis=0, ddof=ddof)))
    # The rounded mean of equal numbers can miss them by a bit, and their rounded std can miss 0.
    return np.where(constant, x[0], mean), np.where(constant, 0.0, std)


def standardized(x: Floats, mean: Floats, std: Floats) -> Floats:
    """(x - mean) / std of each number of the last axis; infinite where that is beyond float64."""
    exponent = _unusual(np.maximum(np.abs(mean), std))
    with np.errstate(over="ignore"):
        if exponent.any():
            x, mean, std = (np.ldexp(values, -exponent) for values in (x, mean, std))
        return np.asarray((x - mean) / std)


def squared_deviations(x: Array, exponent: int) -> float:
    """Σ (x - mean)² over all columns of (N, n), in units of 4^exponent: 0 for a column of nearly equal numbers."""
    scaled = np.ldexp(x.astype(np.float64), -exponent) if exponent else x.astype(np.float64, copy=False)
    return float(np.square(np.where(almost_equal(x), 0.0, scaled - scaled.mean(axis=0))).sum())


def unit(x: Array) -> int:
    """The power of two by which all of some numbers are divided before they are squared: 0 for ordinary ones."""
    return int(_unusual(np.abs(x).max()))


def unusual_exponents(x: Floats) -> NDArray[np.intc]:
    """The same for each row of (..., n): (..., 1)."""
    return _unusual(np.abs(x).max(axis=-1, keepdims=True))


def _unusual(largest: Array) -> NDArray[np.intc]:
    exponent = np.frexp(largest.astype(np.float64))[1]
    return np.where(np.abs(exponent) > ORDINARY, exponent, 0).astype(np.intc)
