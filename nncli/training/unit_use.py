"""Whether units are in use: dead, saturated, or always on, by the slope of their activation."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from nncli.nn.activations import Activation
from nncli.nn.arrays import Array
from nncli.nn.program import Program

FLAT = 0.1
"""A unit is saturated on a row if |f'(z)| there is at most this share of the largest slope of f."""

GRID = np.concatenate([-np.geomspace(1e3, 1e-3, 241), [0.0], np.geomspace(1e-3, 1e3, 241)])
"""Where the largest slope of an activation is looked for."""


def unit_fractions(z: Array, a: Array, slope: Array, largest: Array, flat: float = FLAT) -> tuple[float, float, float]:
    """The fractions of dead, saturated and always-on units: see `LayerFlow`.

    Args:
        z, a, slope: (1, N, n), the pre-activations, the activations and |f'(z)| of N rows.
        largest: max |f'|, (1,) for all units or (n,); where it is 0, as of `step`, saturation is undefined: NaN.
        flat: the share of the largest slope up to which a slope counts as flat.
    """
    dead = ((a == 0) & (slope == 0)).all(axis=(0, 1))
    flat_units = (slope <= flat * largest).all(axis=(0, 1)) & ~dead
    jumps = not np.any(largest)
    # A jump at z = 0 is the one case in which z = 0 gives an output with no slope.
    on = ((z > 0) | ((z == 0) & (a > 0) & (slope == 0))).all(axis=(0, 1))
    saturated = math.nan if jumps else float(np.mean(flat_units))
    return float(np.mean(dead)), saturated, float(np.mean(on if jumps else on & ~flat_units))


def slopes(function: Activation, z: Array, a: Array, *values: Array) -> Array:
    """|f'(z)| of an activation with learned `values`."""
    return np.abs(derivative(function, z, a, *values))


def derivative(function: Activation, z: Array, a: Array, *values: Array) -> Array:
    """f'(z) of an activation with learned `values`: its backward pass of ones."""
    on, out = Program(), np.empty_like(z)
    function.backward(on, z, a, np.ones_like(z), out, *values, *map(np.zeros_like, values))
    on.run()
    return out


def largest_slopes(function: Activation, dtype: np.dtype[Any], *values: Array) -> Array:
    """max |f'| over z, of each unit if it learns, (n,), else (1,)."""
    return _largest(function, dtype, *values) if values else _largest_of_all(function, dtype)


@functools.lru_cache(maxsize=32)
def _largest_of_all(function: Activation, dtype: np.dtype[Any]) -> Array:
    return _largest(function, dtype)


def _largest(function: Activation, dtype: np.dtype[Any], *values: Array) -> Array:
    n = values[0].shape[-1] if values else 1
    z = np.repeat(GRID.astype(dtype)[None, :, None], n, axis=-1)
    on, a = Program(), np.empty_like(z)
    function.forward(on, z, a, *values)
    on.run()
    found: Array = slopes(function, z, a, *values).max(axis=(0, 1))
    return found
