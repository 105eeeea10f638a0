"""Intervals and convex polygons with exact rational corners, cut where an affine function changes sign.

Everything is whole numbers of any size: a point is (x, ..., w), which stands for (x/w, ...) with w > 0, and an affine
function f = a x + b y + c is (a, b, c), up to a positive factor. The sign of f at a point is that of a x + b y + c w.
So nothing is rounded, and fractions need no common denominator.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple, Protocol, Self, TypeAlias

Whole: TypeAlias = tuple[int, ...]
"""A point or an affine function, in homogeneous whole numbers."""

MINUS_INFINITY: Whole = (-1, 0)
PLUS_INFINITY: Whole = (1, 0)
"""The ends of the line, the only points with w = 0."""


class Cell(Protocol):
    """An open convex set on which a network is being followed."""

    def cut(self, line: Whole) -> Sequence[tuple[Self, bool]]:
        """The parts on which the function is not negative (True), or negative (False); one part if there is no cut.

        Where the function is zero everywhere, it is not negative.
        """


@dataclass(frozen=True, slots=True)
class Interval:
    """An open interval, perhaps unbounded.

    Attributes:
        low, high: its ends, (x, w); `MINUS_INFINITY` and `PLUS_INFINITY` for those of the line.
    """

    low: Whole
    high: Whole

    def cut(self, line: Whole) -> Sequence[tuple[Interval, bool]]:
        """The parts in their order."""
        a, c = line
        if a == 0:
            return [(self, c >= 0)]
        at_low, at_high = (a * x + c * w for x, w in (self.low, self.high))
        if at_low >= 0 and at_high >= 0:
            return [(self, True)]
        if at_low <= 0 and at_high <= 0:
            return [(self, False)]
        root = _reduced((-c, a))
        return [(Interval(self.low, root), at_low > 0), (Interval(root, self.high), at_high > 0)]


@dataclass(frozen=True, slots=True)
class Polygon:
    """An open convex polygon.

    Attributes:
        corners: in their order around it, (x, y, w).
        sides: side i, from corner i to the next, as a line on which it lies. New corners are intersections of such
            lines, so the numbers do not grow with the number of cuts.
    """

    corners: tuple[Whole, ...]
    sides: tuple[Whole, ...]

    @classmethod
    def box(cls, x: tuple[Fraction, Fraction], y: tuple[Fraction, Fraction]) -> Polygon:
        """The rectangle x[0] < x < x[1], y[0] < y < y[1]."""
        points = [(x[0], y[0]), (x[1], y[0]), (x[1], y[1]), (x[0], y[1])]
        corners = tuple(whole((*point, Fraction(1))) for point in points)
        return cls(corners, tuple(_cross(p, q) for p, q in zip(corners, corners[1:] + corners[:1], strict=True)))

    def cut(self, line: Whole) -> Sequence[tuple[Polygon, bool]]:
        """The parts: first the negative one."""
        a, b, c = line
        if a == 0 and b == 0:
            return [(self, c >= 0)]
        signs = [a * x + b * y + c * w for x, y, w in self.corners]
        if min(signs) >= 0:
            return [(self, True)]
        if max(signs) <= 0:
            return [(self, False)]
        line = _reduced(line)
        negative, positive = _Outline([], []), _Outline([], [])
        for i, (corner, side, here) in enumerate(zip(self.corners, self.sides, signs, strict=True)):
            after = signs[(i + 1) % len(signs)]
            for own, sign in ((negative, -1), (positive, 1)):
                if here * sign > 0 or (here == 0 and after * sign > 0):
                    own.corners.append(corner)
                    own.sides.append(side)
                elif here == 0:  # the part ends here and continues along the cut
                    own.corners.append(corner)
                    own.sides.append(line)
                if min(here, after) < 0 < max(here, after):
                    own.corners.append(_cross(side, line))
                    own.sides.append(line if here * sign > 0 else side)
        return [(Polygon(tuple(own.corners), tuple(own.sides)), own is positive) for own in (negative, positive)]


class _Outline(NamedTuple):
    corners: list[Whole]
    sides: list[Whole]


def whole(numbers: Sequence[Fraction]) -> Whole:
    """Fractions times the least positive factor that makes all of them whole."""
    factor = math.lcm(*(number.denominator for number in numbers))
    return tuple(number.numerator * (factor // number.denominator) for number in numbers)


def _reduced(numbers: Whole) -> Whole:
    """Without common factors, and the last number that is not zero positive: the same for equal points and lines."""
    factor = math.gcd(*numbers)
    last = next(number for number in reversed(numbers) if number)
    return tuple(number // (factor if last > 0 else -factor) for number in numbers)


def _cross(p: Whole, q: Whole) -> Whole:
    """The point on two lines, or the line through two points."""
    return _reduced((p[1] * q[2] - p[2] * q[1], p[2] * q[0] - p[0] * q[2], p[0] * q[1] - p[1] * q[0]))
