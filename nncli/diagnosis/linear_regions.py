"""The linear regions of a piecewise linear network, counted exactly.

The network is the function of the real numbers whose weights are the given ones, to the last bit; no step of the count
rounds. (The same network in floating-point arithmetic is this function up to rounding.) Of a line or a plane:

* An *activation region* is an open convex set on which no unit changes its side: z >= 0 or z < 0. Where z = 0 on a
  whole set, a unit counts as z >= 0. Units that are linear, such as a leaky relu of slope 1, have no sides.
* A *linear region* is a largest connected set of activation regions on which the network is one affine function;
  regions that share only a corner are not connected. There are at most as many as activation regions, and fewer if a
  unit's side does not matter to the output. After step units the affine functions are constants.

Values on the borders between regions, which have measure zero, do not count: two step units can make them differ.

Sources: Montúfar, Pascanu, Cho & Bengio (2014), On the number of linear regions of deep neural networks, for the
regions; Hanin & Rolnick (2019), Deep ReLU networks have surprisingly few activation patterns, for the difference
between the two.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Generic, NamedTuple, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from nncli.diagnosis.exact_cells import MINUS_INFINITY, PLUS_INFINITY, Cell, Interval, Polygon, Whole, whole
from nncli.diagnosis.neighbors import connected
from nncli.diagnosis.piecewise_layers import (
    Fork,
    Join,
    Layers,
    Units,
    WholeUnits,
    in_whole_numbers,
    lowest,
    whole_array,
)

MOST = 200_000
"""The most activation regions that are counted, unless the caller says otherwise."""


Point: TypeAlias = Sequence["Fraction | float | int"]

C = TypeVar("C", bound=Cell)


class TooManyRegions(Exception):
    """There are more activation regions than the caller wants to count.

    Attributes:
        most: how many the caller wants.
    """

    def __init__(self, most: int) -> None:
        super().__init__(f"more than {most} activation regions")
        self.most = most


@dataclass(frozen=True, slots=True)
class Piece(Generic[C]):
    """One activation region.

    Attributes:
        cell: where it is.
        function: the network on it: f_k = (Σ_i function[i][k] t_i + function[-1][k]) / denominator, with the
            coordinates t of the line or the plane. In lowest terms.
        denominator: positive.
    """

    cell: C
    function: tuple[tuple[int, ...], ...]
    denominator: int

    def affine(self) -> list[list[Fraction]]:
        """For each output the slopes along the coordinates, then the constant."""
        rows = zip(*self.function, strict=True)
        return [[Fraction(number, self.denominator) for number in row] for row in rows]


@dataclass(frozen=True, slots=True)
class Regions(Generic[C]):
    """The regions on a line or a plane.

    Attributes:
        pieces: the activation regions; on a line from left to right.
        region: for each, the number of its linear region, from 0 in order of appearance.
    """

    pieces: tuple[Piece[C], ...]
    region: tuple[int, ...]

    @property
    def activation_regions(self) -> int:
        """The number of activation regions."""
        return len(self.pieces)

    @property
    def linear_regions(self) -> int:
        """The number of linear regions."""
        return max(self.region) + 1


def regions_on_line(
    layers: Layers,
    start: Point = (0,),
    direction: Point = (1,),
    low: Fraction | float | None = None,
    high: Fraction | float | None = None,
    most: int = MOST,
) -> Regions[Interval]:
    """The regions on the points start + t direction with low < t < high, None for no end.

    Of a network of one input, t is the input unless told otherwise.

    Raises:
        TooManyRegions: if there are more than `most` activation regions.
    """
    ends = [MINUS_INFINITY if low is None else _end(low), PLUS_INFINITY if high is None else _end(high)]
    pieces = sorted(_pieces(layers, [direction, start], Interval(*ends), most), key=lambda piece: _at(piece.cell.low))
    region = [0]
    for before, after in itertools.pairwise(pieces):
        is_same = (before.function, before.denominator) == (after.function, after.denominator)
        region.append(region[-1] if is_same else region[-1] + 1)
    return Regions(tuple(pieces), tuple(region))


def regions_in_plane(
    layers: Layers,
    box: Sequence[tuple[Fraction | float, Fraction | float]],
    start: Point = (0, 0),
    directions: tuple[Point, Point] = ((1, 0), (0, 1)),
    most: int = MOST,
) -> Regions[Polygon]:
    """The regions on the points start + s directions[0] + t directions[1] with (s, t) inside a box.

    Args:
        layers: of the network.
        box: the ends of s, and those of t.
        start, directions: of the plane; of a network of two inputs, (s, t) is the input unless told otherwise.
        most: the most activation regions.

    Raises:
        TooManyRegions: if there are more than `most` activation regions.
    """
    (left, right), (bottom, top) = box
    cell = Polygon.box((Fraction(left), Fraction(right)), (Fraction(bottom), Fraction(top)))
    pieces = list(_pieces(layers, [*directions, start], cell, most))
    functions = [(piece.function, piece.denominator) for piece in pieces]
    return Regions(tuple(pieces), connected([piece.cell for piece in pieces], functions))


def breakpoints(regions: Regions[Interval]) -> list[Fraction]:
    """The borders between the linear regions on a line, in order."""
    each = zip(regions.pieces, regions.region, regions.region[1:], strict=False)
    return [Fraction(*piece.cell.high) for piece, own, following in each if own != following]


def most_regions(layers: Layers, dimension: int) -> int:
    """An upper bound on the activation regions of a line (1) or a plane (2).

    On each region of the layers before it, a layer of n units is n affine functions. Their zeros cut a line into at
    most n + 1 parts and a plane into at most 1 + n + n (n - 1) / 2, in general Σ_{i <= dimension} C(n, i), and these
    numbers multiply. So one hidden layer of n relu units has at most n + 1 pieces on a line, and needs at least p - 1
    units for p pieces, where a deep network may need only 2 log2 p (see `piecewise_layers.tent`).

    Source: Zaslavsky (1975) for the parts; Raghu, Poole, Kleinberg, Ganguli & Sohl-Dickstein (2017), On the expressive
    power of deep neural networks, for the product.
    """
    bent = [int(in_whole_numbers(layer).bent.sum()) for layer in layers if isinstance(layer, Units)]
    return math.prod(sum(math.comb(n, i) for i in range(dimension + 1)) for n in bent)


class _State(NamedTuple, Generic[C]):
    """A cell, what the layers so far compute on it, (coordinates + 1, n) / denominator, and what blocks have kept."""

    cell: C
    a: NDArray[np.object_]
    denominator: int
    kept: tuple[tuple[NDArray[np.object_], int], ...] = ()


def _pieces(layers: Layers, rows: Sequence[Point], cell: C, most: int) -> Iterator[Piece[C]]:
    """Follow the network through its layers, from x = rows[0] t_0 + ... + rows[-1], cutting the cell as it bends."""
    a, denominator = whole_array([list(row) for row in rows])
    states = [_State(cell, a, denominator)]
    for layer in layers:
        advance = _advance(layer, most)
        advanced: list[_State[C]] = []
        for state in states:
            advanced += advance(state)
            if len(advanced) > most:
                raise TooManyRegions(most)
        states = advanced
    for state in states:
        yield Piece(state.cell, tuple(map(tuple, state.a.tolist())), state.denominator)


def _advance(layer: Units | Fork | Join, most: int) -> Callable[[_State[C]], list[_State[C]]]:
    """What a layer makes of a state."""
    if isinstance(layer, Fork):
        return lambda state: [state._replace(kept=(*state.kept, (state.a, state.denominator)))]
    if isinstance(layer, Join):
        projection = None if layer.W is None else whole_array(layer.W)
        return lambda state: [_joined(state, projection)]
    prepared = in_whole_numbers(layer)
    return lambda state: _through(prepared, state, most)


def _joined(state: _State[C], projection: tuple[NDArray[np.object_], int] | None) -> _State[C]:
    a, denominator = state.kept[-1]
    if projection is not None:
        a, denominator = a @ projection[0], denominator * projection[1]
    total, common = lowest(state.a * denominator + a * state.denominator, denominator * state.denominator)
    return state._replace(a=total, denominator=common, kept=state.kept[:-1])


def _through(layer: WholeUnits, state: _State[C], most: int) -> list[_State[C]]:
    """A dense layer: z on the cell, the parts into which the units cut it, and a on each.

    Raises: `TooManyRegions` if they cut it into more than `most` parts.
    """
    fed = (state.a != 0).any(axis=0)  # of relu units, half are 0
    z = state.a[:, fed] @ layer.W[fed]
    z[-1] += layer.b * state.denominator
    denominator = state.denominator * layer.scale
    sides = np.ones(z.shape[1], bool)
    parts: list[tuple[C, NDArray[np.bool_]]] = [(state.cell, sides)]
    for unit in np.flatnonzero(layer.bent):
        line: Whole = tuple(z[:, unit])
        cut: list[tuple[C, NDArray[np.bool_]]] = []
        for cell, sides in parts:
            for part, is_above in cell.cut(line):
                own = sides
                if not is_above:
                    own = sides.copy()
                    own[unit] = False
                cut.append((part, own))
        parts = cut
        if len(parts) > most:
            raise TooManyRegions(most)
    found = []
    for cell, sides in parts:
        factors = np.where(sides, layer.above, layer.below)
        if layer.steps:
            a = np.zeros_like(z)
            a[-1] = factors * denominator
        else:
            a = z * factors
        a, common = lowest(a, denominator * layer.f_scale)
        found.append(_State(cell, a, common, state.kept))
    return found


def _end(value: Fraction | float) -> Whole:
    return whole((Fraction(value), Fraction(1)))


def _at(point: Whole) -> Fraction | float:
    """A number to sort ends by."""
    x, w = point
    return Fraction(x, w) if w else math.copysign(math.inf, x)
