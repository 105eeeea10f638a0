"""Enclosures of a formula and of its slopes over boxes, by interval arithmetic.

An interval [low, high] is computed for every operation, so that it contains all values that the operation takes on a
box. Derivatives follow by the chain rule in the same arithmetic. Where a function jumps or has no bounded slope, the
slope is [-inf, inf]. Every result is widened by 2^-49 of itself, sixteen units in the last place: more than NumPy's
functions err, so an enclosure holds for the exact formula and for what NumPy computes.

Source: Moore, Kearfott & Cloud (2009), Introduction to Interval Analysis, chapters 5 and 6.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from nncli.tasks.expressions import Expression

Numbers: TypeAlias = NDArray[np.float64]

MARGIN = 2.0**-49
TINY, ROUNDED = 1e-300, 1e-290
"""The least widening; and the most that widening makes of 0."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Intervals [low, high], elementwise; an unknown bound is infinite."""

    low: Numbers
    high: Numbers

    @classmethod
    def around(cls, low: Numbers, high: Numbers) -> Interval:
        """The intervals, widened by the rounding error of one operation."""
        low, high = low - (MARGIN * np.abs(low) + TINY), high + (MARGIN * np.abs(high) + TINY)
        return cls(np.where(np.isnan(low), -np.inf, low), np.where(np.isnan(high), np.inf, high))

    @property
    def magnitude(self) -> Numbers:
        """The largest absolute value."""
        return np.maximum(np.abs(self.low), np.abs(self.high))

    def holds(self, number: float) -> NDArray[np.bool_]:
        """Whether a number is inside."""
        return (self.low <= number) & (number <= self.high)

    def __neg__(self) -> Interval:
        return Interval(-self.high, -self.low)

    def __add__(self, other: Interval) -> Interval:
        return Interval.around(self.low + other.low, self.high + other.high)

    def __sub__(self, other: Interval) -> Interval:
        return self + -other

    def __mul__(self, other: Interval) -> Interval:
        products = [a * b for a in (self.low, self.high) for b in (other.low, other.high)]
        products = [np.where(np.isnan(product), 0.0, product) for product in products]  # 0 times an unknown slope is 0
        return Interval.around(np.minimum.reduce(products), np.maximum.reduce(products))

    def hull(self, other: Interval) -> Interval:
        """The smallest intervals that contain both."""
        return Interval(np.minimum(self.low, other.low), np.maximum(self.high, other.high))

    def where(self, condition: NDArray[np.bool_], other: Interval) -> Interval:
        """These where a condition holds, and others elsewhere."""
        return Interval(np.where(condition, self.low, other.low), np.where(condition, self.high, other.high))

    def clipped(self, low: float, high: float) -> Interval:
        """The intersection with a range that is known to contain every value."""
        return Interval(np.clip(self.low, low, high), np.clip(self.high, low, high))


def constant(number: float, like: Interval) -> Interval:
    """A number as intervals of no width."""
    return Interval(np.full_like(like.low, number), np.full_like(like.low, number))


def unknown(like: Interval) -> Interval:
    """[-inf, inf]."""
    return Interval(np.full_like(like.low, -np.inf), np.full_like(like.low, np.inf))


@dataclass(frozen=True, slots=True)
class Enclosure:
    """What a formula does on boxes: its values, and its slope along each variable."""

    value: Interval
    slopes: tuple[Interval, ...]


def enclose(formula: Expression, low: Sequence[Numbers], high: Sequence[Numbers]) -> Enclosure:
    """Enclose a formula and its slopes on boxes.

    Args:
        formula: of k variables.
        low, high: the ends of N boxes along each variable: k arrays (N,).

    Returns: intervals (N,) for the value and for each of k slopes.
    """
    stack: list[Enclosure] = []
    with np.errstate(all="ignore"):
        for step in formula.program:
            box = Interval(low[0], high[0])
            zeros = [constant(0.0, box) for _ in formula.variables]
            if isinstance(step, float):
                stack.append(Enclosure(constant(step, box), tuple(zeros)))
            elif step in formula.variables:
                at = formula.variables.index(step)
                zeros[at] = constant(1.0, box)
                stack.append(Enclosure(Interval(low[at], high[at]), tuple(zeros)))
            elif step in BINARY:
                right, left = stack.pop(), stack.pop()
                stack.append(BINARY[step](left, right))
            else:
                inner = stack.pop()
                value, slope = UNARY[step](inner.value)
                stack.append(Enclosure(value, tuple(slope * own for own in inner.slopes)))
    return stack[0]


def _plus(left: Enclosure, right: Enclosure) -> Enclosure:
    slopes = (a + b for a, b in zip(left.slopes, right.slopes, strict=True))
    return Enclosure(left.value + right.value, tuple(slopes))


def _minus(left: Enclosure, right: Enclosure) -> Enclosure:
    return _plus(left, Enclosure(-right.value, tuple(-slope for slope in right.slopes)))


def _times(left: Enclosure, right: Enclosure) -> Enclosure:
    slopes = (a * right.value + left.value * b for a, b in zip(left.slopes, right.slopes, strict=True))
    return Enclosure(left.value * right.value, tuple(slopes))


def _over(left: Enclosure, right: Enclosure) -> Enclosure:
    value, slope = _power(right.value, -1.0)
    return _times(left, Enclosure(value, tuple(slope * own for own in right.slopes)))


def _to_the(left: Enclosure, right: Enclosure) -> Enclosure:
    value, slope = _power(left.value, float(right.value.low.flat[0]))  # an exponent is a constant
    return Enclosure(value, tuple(slope * own for own in left.slopes))


def _maximum(left: Enclosure, right: Enclosure) -> Enclosure:
    a, b = left.value, right.value
    value = Interval(np.maximum(a.low, b.low), np.maximum(a.high, b.high))
    slopes = (
        one.where(a.low >= b.high, other.where(b.low >= a.high, one.hull(other)))
        for one, other in zip(left.slopes, right.slopes, strict=True)
    )
    return Enclosure(value, tuple(slopes))


def _negative(one: Enclosure) -> Enclosure:
    return Enclosure(-one.value, tuple(-slope for slope in one.slopes))


def _minimum(left: Enclosure, right: Enclosure) -> Enclosure:
    return _negative(_maximum(_negative(left), _negative(right)))


def _rising(function: Callable[[Numbers], Numbers], z: Interval) -> Interval:
    """The values of a function that never falls."""
    return Interval.around(function(z.low), function(z.high))


def _power(z: Interval, n: float) -> tuple[Interval, Interval]:
    """z^n and its slope n z^(n - 1), for a constant n."""
    if n == 0:
        return constant(1.0, z), constant(0.0, z)
    slope = _power_values(z, n - 1) if n != 1 else constant(1.0, z)
    return _power_values(z, n), slope * constant(n, z)


def _power_values(z: Interval, n: float) -> Interval:
    if n != round(n):  # of a number that is not negative, but may seem so by rounding
        z, outside = Interval(np.maximum(z.low, 0.0), z.high), z.low < -ROUNDED
    ends = np.power(z.low, n), np.power(z.high, n)
    found = Interval.around(np.minimum(*ends), np.maximum(*ends))
    if n != round(n):
        return unknown(z).where(outside, found)
    crosses = z.holds(0.0)
    if n < 0:
        return unknown(z).where(crosses, found)
    return Interval(np.where(crosses, 0.0, found.low), found.high) if n % 2 == 0 else found


def _cosine(z: Interval) -> Interval:
    """Between the ends, or up to 1 or -1 where a multiple of 2 pi, or that and pi, may be inside."""
    ends = np.cos(z.low), np.cos(z.high)
    turns = 2 * np.pi
    slack = 1e-12 * (1 + z.magnitude)
    top = np.floor((z.high + slack) / turns) >= np.ceil((z.low - slack) / turns)
    bottom = np.floor((z.high + slack - np.pi) / turns) >= np.ceil((z.low - slack - np.pi) / turns)
    far = ~(z.magnitude < 1e9)  # the argument is not known to a fraction of a turn
    low = np.where(bottom | far, -1.0, np.minimum(*ends))
    high = np.where(top | far, 1.0, np.maximum(*ends))
    return Interval.around(low, high)


def _sine(z: Interval) -> Interval:
    return _cosine(z - constant(np.pi / 2, z))


def _abs(z: Interval) -> tuple[Interval, Interval]:
    crosses = z.holds(0.0)
    low = np.where(crosses, 0.0, np.minimum(np.abs(z.low), np.abs(z.high)))
    slope = Interval(np.where(z.low >= 0, 1.0, -1.0), np.where(z.high <= 0, -1.0, 1.0))
    return Interval(low, z.magnitude), slope


def _steps(function: Callable[[Numbers], Numbers], z: Interval) -> tuple[Interval, Interval]:
    """A function that is constant but for jumps, and never falls: flat where both ends agree."""
    value = Interval(function(z.low), function(z.high))
    return value, constant(0.0, z).where(value.low == value.high, unknown(z))


def _tan(z: Interval) -> tuple[Interval, Interval]:
    half = np.pi / 2
    slack = 1e-12 * (1 + z.magnitude)
    pole = np.floor((z.high + slack - half) / np.pi) >= np.ceil((z.low - slack - half) / np.pi)
    value = unknown(z).where(pole | ~(z.magnitude < 1e9), _rising(np.tan, z))
    return value, constant(1.0, z) + _power_values(value, 2)


def _sinc(z: Interval) -> tuple[Interval, Interval]:
    """sin(pi z) / (pi z): its slope is at most pi / 2 and changes at most by pi^2 / 3 per unit, from its integral form.

    sinc(z) = (1/2) ∫ cos(pi z t) dt over [-1, 1], so |sinc'| <= (pi / 2) ∫ |t| dt = pi / 2 and |sinc''| <= pi^2 / 3.
    """
    center, radius = z.low / 2 + z.high / 2, (z.high / 2 - z.low / 2) * (1 + MARGIN)
    value = Interval.around(np.sinc(center) - np.pi / 2 * radius, np.sinc(center) + np.pi / 2 * radius)
    near = np.abs(center) < 1e-3
    slope = np.where(near, -(np.pi**2) / 3 * center, (np.cos(np.pi * center) - np.sinc(center)) / center)
    slack = np.pi**2 / 3 * radius + np.where(near, 10 * np.abs(center) ** 3, 0.0) + 1e-12
    slopes = Interval.around(slope - slack, slope + slack)
    return value.clipped(-0.218, 1.0), slopes.clipped(-np.pi / 2, np.pi / 2)


def _sqrt(z: Interval) -> tuple[Interval, Interval]:
    return _power_values(z, 0.5), _power_values(z, -0.5) * constant(0.5, z)


def _cbrt(z: Interval) -> tuple[Interval, Interval]:
    value = _rising(np.cbrt, z)
    return value, _power_values(value, -2.0) * constant(1 / 3, z)


def _log(base: float) -> Callable[[Interval], tuple[Interval, Interval]]:
    def function(z: Interval) -> tuple[Interval, Interval]:
        value = unknown(z).where(z.low <= 0, _rising(lambda x: np.log(x) / math.log(base), z))
        return value, _power_values(z, -1.0) * constant(1 / math.log(base), z)

    return function


def _arcsin(z: Interval) -> tuple[Interval, Interval]:
    value = _rising(np.arcsin, z)
    return value, _power_values(constant(1.0, z) - _power_values(z, 2), -0.5)


def _arccos(z: Interval) -> tuple[Interval, Interval]:
    value, slope = _arcsin(z)
    return constant(np.pi / 2, z) - value, -slope


def _arctan(z: Interval) -> tuple[Interval, Interval]:
    return _rising(np.arctan, z), _power_values(constant(1.0, z) + _power_values(z, 2), -1.0)


def _cosh(z: Interval) -> Interval:
    ends = np.cosh(z.low), np.cosh(z.high)
    return Interval.around(np.where(z.holds(0.0), 1.0, np.minimum(*ends)), np.maximum(*ends))


def _exp(z: Interval) -> tuple[Interval, Interval]:
    value = _rising(np.exp, z)
    return value, value


def _tanh(z: Interval) -> tuple[Interval, Interval]:
    value = _rising(np.tanh, z)
    return value, (constant(1.0, z) - _power_values(value, 2)).clipped(0.0, 1.0)


UNARY: dict[str, Callable[[Interval], tuple[Interval, Interval]]] = {
    "positive": lambda z: (z, constant(1.0, z)),
    "negative": lambda z: (-z, constant(-1.0, z)),
    "abs": _abs,
    "arccos": _arccos,
    "arcsin": _arcsin,
    "arctan": _arctan,
    "cbrt": _cbrt,
    "ceil": lambda z: _steps(np.ceil, z),
    "cos": lambda z: (_cosine(z), -_sine(z)),
    "cosh": lambda z: (_cosh(z), _rising(np.sinh, z)),
    "exp": _exp,
    "floor": lambda z: _steps(np.floor, z),
    "heaviside": lambda z: _steps(lambda x: np.heaviside(x, 1.0), z),
    "log": _log(math.e),
    "log10": _log(10.0),
    "log2": _log(2.0),
    "sign": lambda z: _steps(np.sign, z),
    "sin": lambda z: (_sine(z), _cosine(z)),
    "sinc": _sinc,
    "sinh": lambda z: (_rising(np.sinh, z), _cosh(z)),
    "sqrt": _sqrt,
    "square": lambda z: _power(z, 2.0),
    "tan": _tan,
    "tanh": _tanh,
}
"""The values of each function on an interval, and its slope there."""

BINARY: dict[str, Callable[[Enclosure, Enclosure], Enclosure]] = {
    "+": _plus,
    "-": _minus,
    "*": _times,
    "/": _over,
    "**": _to_the,
    "maximum": _maximum,
    "minimum": _minimum,
}
"""The same for two arguments."""
