"""Which polygons of a partition share a side, and how they connect."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Sequence
from fractions import Fraction

from nncli.diagnosis.exact_cells import Polygon, Whole


def connected(cells: Sequence[Polygon], values: Sequence[Hashable]) -> tuple[int, ...]:
    """Number the connected sets of polygons with equal values, from 0 in order of appearance.

    Args:
        cells: polygons that do not overlap.
        values: one for each.
    """
    parent = list(range(len(cells)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    for first, second in _neighbors(cells, values):
        parent[root(second)] = root(first)
    numbers: dict[int, int] = {}
    return tuple(numbers.setdefault(root(index), len(numbers)) for index in range(len(cells)))


def _neighbors(cells: Sequence[Polygon], values: Sequence[Hashable]) -> Iterator[tuple[int, int]]:
    """Pairs of polygons with equal values whose sides overlap in more than a point."""
    often = Counter(values)
    on_line: dict[Whole, list[tuple[Fraction, Fraction, int]]] = defaultdict(list)
    for index, (cell, value) in enumerate(zip(cells, values, strict=True)):
        if often[value] > 1:
            for corner, after, line in zip(cell.corners, cell.corners[1:] + cell.corners[:1], cell.sides, strict=True):
                axis = 0 if line[1] else 1  # along a vertical line only y changes
                low, high = sorted(Fraction(point[axis], point[2]) for point in (corner, after))
                on_line[line].append((low, high, index))
    for stretches in on_line.values():
        open_now: list[tuple[Fraction, int]] = []
        for low, high, index in sorted(stretches):
            open_now = [(end, other) for end, other in open_now if end > low]
            yield from ((other, index) for _, other in open_now if values[other] == values[index])
            open_now.append((high, index))
