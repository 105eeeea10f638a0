"""Where regions are counted: a line, a segment, a rectangle, or a plane through three points."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nncli.diagnosis.linear_regions import MOST, Regions, regions_in_plane, regions_on_line
from nncli.diagnosis.piecewise_layers import Layers
from nncli.errors import UserError, quoted
from nncli.report.numbers import count, short

Point: TypeAlias = tuple[Fraction, ...]

SHOWN = 4
"""The most inputs of a point that are named in words."""

_NUMBER = re.compile(
    r"[+-]?([0-9]{1,40}(\.[0-9]{0,40})?|\.[0-9]{1,40})([eE][+-]?[0-9]{1,2})?|[+-]?[0-9]{1,40}/0{0,9}[1-9][0-9]{0,39}"
)
"""A number of moderate length, so that its fraction is, too."""


@dataclass(frozen=True, slots=True)
class Domain:
    """A part of a line or a plane in the space of the inputs: the points start + Σ t_i directions[i].

    Attributes:
        start: a point.
        directions: one or two.
        box: the ends of each t_i; None for the whole line.
        text: the part in words.
        inputs: whether the coordinates t are the inputs themselves.
    """

    start: Point
    directions: tuple[Point, ...]
    box: tuple[tuple[Fraction, Fraction], ...] | None
    text: str
    inputs: bool

    def regions(self, layers: Layers, most: int = MOST) -> Regions[Any]:
        """Count. Raises: `TooManyRegions`."""
        if len(self.directions) == 1:
            low, high = self.box[0] if self.box else (None, None)
            return regions_on_line(layers, self.start, self.directions[0], low, high, most)
        first, second = self.directions
        return regions_in_plane(layers, self.box or (), self.start, (first, second), most)

    def point(self, coordinates: Sequence[Fraction]) -> Point:
        """The inputs at some coordinates."""
        steps = [[t * d for d in direction] for t, direction in zip(coordinates, self.directions, strict=True)]
        return tuple(sum(parts) for parts in zip(self.start, *steps, strict=True))


def read_point(text: str, option: str, inputs: int) -> Point:
    """A point such as `0.5,-1/3`, exactly. Raises: `UserError`."""
    numbers = _numbers(text, option)
    if len(numbers) != inputs:
        given = f"{quoted(text)} has {count(len(numbers), 'number')}, but the network has {count(inputs, 'input')}"
        raise UserError(given, where=option)
    return numbers


def _numbers(text: str, option: str) -> tuple[Fraction, ...]:
    found = []
    for part in text.split(","):
        if not _NUMBER.fullmatch(part.strip()):
            raise UserError(f"{quoted(part)} is not a number", where=option, hint="Write 0.5,-2 or 1/3,2")
        found.append(Fraction(part.strip()))
    return tuple(found)


def through(start: Point, ends: Sequence[Point]) -> Domain:
    """The segment from a point to another, or the parallelogram from a point with two others as neighbors.

    Raises:
        UserError: if the points are on no segment, or on no plane.
    """
    directions = tuple(tuple(b - a for a, b in zip(start, end, strict=True)) for end in ends)
    names = " and ".join(_text(end) for end in ends)
    if len(directions) == 1:
        if not any(directions[0]):
            raise UserError("it is the same point as that of --from", where="--to")
        return Domain(start, directions, ((Fraction(0), Fraction(1)),), f"from {_text(start)} to {names}", inputs=False)
    if len(directions) > 2:
        given = f"it is given {len(directions)} times"
        raise UserError(given, where="--to", allowed="Once for a line, twice for a plane")
    u, v = directions
    if all(a * d == b * c for a, b in zip(u, v, strict=True) for c, d in zip(u, v, strict=True)):
        raise UserError("the three points are on one line, so they do not span a plane", where="--to")
    text = f"plane from {_text(start)} to {names}"
    return Domain(start, directions, ((Fraction(0), Fraction(1)),) * 2, text, inputs=False)


def box(text: str | None, inputs: int, rows: Callable[[], NDArray[np.float64]]) -> Domain:
    """The interval or rectangle of `--box`; without it the whole line, or the rectangle that holds the rows.

    Args:
        text: `low,high`, for two inputs also `low,high,low,high`.
        inputs: 1 or 2.
        rows: the rows of the task (N, 2), asked for only if they are needed.

    Raises:
        UserError: for other numbers of inputs, or a box without inside.
    """
    if inputs > 2:
        given = f"the network has {inputs} inputs: name two points of a line, or three of a plane"
        raise UserError(given, where="--from", hint="Add --from POINT --to POINT, or --to twice for a plane")
    axes = [tuple(Fraction(int(i == k)) for k in range(inputs)) for i in range(inputs)]
    start = (Fraction(0),) * inputs
    if text is None:
        if inputs == 1:
            return Domain(start, tuple(axes), None, "whole line", inputs=True)
        found = rows()
        ends = [(Fraction(float(column.min())), Fraction(float(column.max()))) for column in found.T]
        if any(low == high for low, high in ends):
            raise UserError("the rows of the task lie on one line", where="--box", hint="Add --box LOW,HIGH,LOW,HIGH")
    else:
        numbers = _numbers(text, "--box")
        if len(numbers) == 2:
            numbers *= inputs
        if len(numbers) != 2 * inputs:
            given, allowed = f"{quoted(text)} has {count(len(numbers), 'number')}", "LOW,HIGH"
            raise UserError(given, where="--box", allowed=f"{allowed}, or {allowed} of each input")
        ends = list(zip(numbers[::2], numbers[1::2], strict=True))
        if any(low >= high for low, high in ends):
            raise UserError(f"{quoted(text)} is empty: low must be below high", where="--box")
    words = " × ".join(f"[{_number(low)}, {_number(high)}]" for low, high in ends)
    return Domain(start, tuple(axes), tuple(ends), words, inputs=True)


def _text(point: Point) -> str:
    shown = [_number(value) for value in point]
    return f"({', '.join(shown if len(shown) <= SHOWN else [*shown[:SHOWN], '…'])})"


def _number(value: Fraction) -> str:
    return short(float(value))
