"""From the losses of the samples to one mean per replica."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from nncli.nn.arrays import Array


def mean(work: Array, count: int, out: Array) -> None:
    """Write Σ work / count per replica into `out`.

    A product with a vector of 1 / count divides and sums in one call, and is finite whenever the mean is. Each
    replica's row is reduced by itself, so its bits do not depend on the stack.

    Shapes: work (R, B, n), contiguous; out (R,).
    """
    flat = work.reshape(len(out), -1)
    np.vecdot(flat, _shares(flat.shape[1], count, work.dtype), out=out)


@functools.lru_cache(maxsize=16)
def _shares(size: int, count: int, dtype: np.dtype[Any]) -> Array:
    return np.full(size, 1 / count, dtype)


@functools.lru_cache(maxsize=64)
def number(value: int, dtype: np.dtype[Any]) -> Array:
    """A number as a 0-d array, made once: with a small array NumPy takes half as long for it as for a Python int."""
    return np.array(value, dtype)
