"""A piecewise linear network as plain arrays, and its layers in whole numbers.

Floats are dyadic fractions, so layers need no rounding: they are whole numbers over one denominator.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Numbers: TypeAlias = Any
"""Floats, whole numbers or fractions, as an array or nested sequences."""

PIECEWISE = ("linear", "relu", "leaky_relu", "prelu", "step")
"""The piecewise linear activations."""


class Units(NamedTuple):
    """A dense layer: a = f(x W + b).

    Attributes:
        W: (n_in, n_out).
        b: (n_out,).
        activation: one of `PIECEWISE`.
        slope: for z < 0, of `leaky_relu` and `prelu`: one number or one per unit.
    """

    W: Numbers
    b: Numbers
    activation: str = "linear"
    slope: Numbers = 0


class Fork(NamedTuple):
    """The start of a residual block: keeps its input for the `Join`."""


class Join(NamedTuple):
    """The end of a residual block: adds the kept input, times W (n_in, n_out) if there is one."""

    W: Numbers | None = None


Layers: TypeAlias = Sequence["Units | Fork | Join"]


def tent(depth: int) -> list[Units]:
    """The tent map composed `depth` times, as a network of two relu units per layer: 2^depth pieces on [0, 1].

        tent(x) = 2 x for x <= 1/2, 2 - 2 x for x >= 1/2; on [0, 1] it is relu(2 x) - relu(4 x - 2)

    Its weights are small whole numbers, exact in any float.
    Source: Telgarsky (2016), Benefits of depth in neural networks.
    """
    first = Units(np.array([[2.0, 4.0]]), np.array([0.0, -2.0]), "relu")
    middle = Units(np.array([[2.0, 4.0], [-2.0, -4.0]]), np.array([0.0, -2.0]), "relu")
    last = Units(np.array([[1.0], [-1.0]]), np.array([0.0]), "linear")
    return [first, *[middle] * (depth - 1), last]


class WholeUnits(NamedTuple):
    """A layer in whole numbers: x W and b are W / scale and b / scale, and f multiplies by above or below / f_scale.

    Attributes:
        bent: which units have two sides.
        steps: whether f is 1 above, and not z.
    """

    W: NDArray[np.object_]
    b: NDArray[np.object_]
    scale: int
    above: NDArray[np.object_]
    below: NDArray[np.object_]
    f_scale: int
    bent: NDArray[np.bool_]
    steps: bool


def in_whole_numbers(layer: Units) -> WholeUnits:
    """A layer, exactly. Raises: `ValueError` for an activation that is not piecewise linear."""
    W, b = np.asarray(layer.W, object), np.asarray(layer.b, object)
    both, scale = whole_array(np.vstack([W, b[None]]))
    units = both.shape[1]
    above: Numbers = [1] * units
    below: Numbers = {"linear": above, "relu": [0] * units, "step": [0] * units}.get(layer.activation)
    if below is None:
        if layer.activation not in PIECEWISE:
            raise ValueError(f"{layer.activation} is not piecewise linear")
        below = np.broadcast_to(np.asarray(layer.slope, object), (units,))
    slopes, f_scale = whole_array([list(above), list(below)])
    bent = np.array([high != low for high, low in slopes.T], bool)
    return WholeUnits(both[:-1], both[-1], scale, slopes[0], slopes[1], f_scale, bent, layer.activation == "step")


def whole_array(numbers: Numbers) -> tuple[NDArray[np.object_], int]:
    """Numbers as whole ones over a common denominator."""
    array = np.asarray(numbers, object)
    exact = [Fraction(number if isinstance(number, int | Fraction) else float(number)) for number in array.reshape(-1)]
    denominator = math.lcm(*(number.denominator for number in exact))
    found = np.empty(len(exact), object)
    found[:] = [number.numerator * (denominator // number.denominator) for number in exact]
    return found.reshape(array.shape), denominator


def lowest(a: NDArray[np.object_], denominator: int) -> tuple[NDArray[np.object_], int]:
    """Whole numbers over a denominator, without common factors."""
    factor = math.gcd(denominator, *a.reshape(-1))
    return (a, denominator) if factor == 1 else (a // factor, denominator // factor)
