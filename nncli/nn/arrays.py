"""Array types, per-replica numbers, and iteration over large arrays in cache-sized blocks."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.floating]
"""An array of a network: float32 or float64."""

AnyArray: TypeAlias = NDArray[Any]
"""An array whose type is known by its name only: floats, integers such as steps, or booleans such as masks."""

PerReplica: TypeAlias = float | NDArray[np.float64]
"""A hyperparameter: one number for all replicas, or float64 (R, 1) with one for each."""

BLOCK = 32_768
"""Elements per block: 128 kB of float32, so that the five arrays of Adam stay in a second-level cache of 1 MB."""


def cast(value: PerReplica, dtype: np.dtype[np.floating]) -> Array:
    """A per-replica number rounded to `dtype`: 0-d for one number, which NumPy reads twice as fast, else (R, 1)."""
    return np.array(value, dtype)


def power(value: PerReplica, exponent: int) -> PerReplica:
    """value ** exponent, with the same bits for a number and for a row of numbers (NumPy's vector `pow` differs)."""
    if isinstance(value, np.ndarray):
        return np.array([[float(v) ** exponent] for v in value[:, 0]])
    return value**exponent


def square_root(value: PerReplica) -> PerReplica:
    """√value, correctly rounded; of a number it is a Python float, which does not promote float32 arrays."""
    return np.sqrt(value) if isinstance(value, np.ndarray) else math.sqrt(value)


def row_maximum(rows: Array) -> Array:
    """The largest number of each row (r, n), as (r,): NaN if there is one.

    `argmax` finds it up to six times faster than `maximum.reduce` where there are many short rows.
    """
    largest: Array = rows[_row_numbers(len(rows)), rows.argmax(axis=1)]
    return largest


@functools.lru_cache(maxsize=16)
def _row_numbers(count: int) -> NDArray[np.intp]:
    return np.arange(count)


def blocks(*arrays: Array) -> Iterator[tuple[Array, ...]]:
    """Matching flat pieces, at most `BLOCK` elements each, of contiguous arrays of one shape.

    Temporaries of a formula evaluated piece by piece stay small, whatever the batch.
    """
    flat = [array.reshape(-1) for array in arrays]
    size = flat[0].size
    for start in range(0, size, BLOCK):
        yield tuple(array[start : start + BLOCK] for array in flat)


def row_blocks(*arrays: Array) -> Iterator[tuple[Array, ...]]:
    """Like `blocks`, but in whole rows of the last axis: pieces of shape (rows, n)."""
    n = arrays[0].shape[-1]
    flat = [array.reshape(-1, n) for array in arrays]
    rows = max(1, BLOCK // n)
    for start in range(0, len(flat[0]), rows):
        yield tuple(array[start : start + rows] for array in flat)


def as_rows(x: Array) -> Array:
    """Every step of a sequence, every pixel of an image, as a row of the batch: (R, B, ..., n) to (R, B · ..., n).

    Raises:
        ValueError: if that would not be a view: a program would then read or write a copy.
    """
    return x if x.ndim == 3 else x.reshape(len(x), -1, x.shape[-1], copy=False)


def rows_of(x: Array, rows: slice) -> Array:
    """The slice for some replicas, or the one array that all replicas share."""
    return x if len(x) == 1 else x[rows]
