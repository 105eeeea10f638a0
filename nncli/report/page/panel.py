"""What scripts and tests know of a picture: where its axes are, what they show, and whose its marks are."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Numbers = Sequence[float]

NO_TICKS: Mapping[float, str] = {}


@dataclass(frozen=True, slots=True)
class Cells:
    """A map in a panel.

    Attributes:
        x, y: the edges of its columns and rows.
        values: row by row, not finite where there is none.
        name: of the values.
        at: where each cell stands for one place along x and one along y, those of its columns and rows.
    """

    x: Numbers
    y: Numbers
    values: Sequence[Numbers]
    name: str
    at: tuple[Numbers, Numbers] | None = None


@dataclass(frozen=True, slots=True)
class Panel:
    """Where the axes of a picture are, so that scripts can turn positions into numbers.

    Attributes:
        gid: the id of its group in the SVG.
        box: left, top, width and height, in units of the SVG.
        x, y: the numbers at its left and right, and at its bottom and top.
        scales: of x and y: `linear`, `log`, `symlog` with its threshold, or `none` where positions mean nothing.
        names: of x and y.
        seed: whose network it shows alone; None for none.
        ticks: of x and y, where whole numbers have names.
        cells: the map in it, if there is one.
    """

    gid: str
    box: tuple[float, float, float, float]
    x: tuple[float, float]
    y: tuple[float, float]
    scales: tuple[str, str]
    names: tuple[str, str]
    seed: int | None = None
    ticks: tuple[Mapping[float, str], Mapping[float, str]] = (NO_TICKS, NO_TICKS)
    cells: Cells | None = None

    def attributes(self) -> dict[str, str]:
        """The attributes of its group."""
        ticks = {f"data-{axis}-ticks": _named(own) for axis, own in zip("xy", self.ticks, strict=True) if own}
        seed = {} if self.seed is None else {"data-seed": str(self.seed)}
        return {
            "data-box": " ".join(f"{round(number, 2):g}" for number in self.box),
            "data-x": _numbers(self.x),
            "data-y": _numbers(self.y),
            "data-scales": ",".join(self.scales),
            "data-x-name": self.names[0],
            "data-y-name": self.names[1],
            **ticks,
            **seed,
            **({} if self.cells is None else _map(self.cells)),
        }


@dataclass(frozen=True, slots=True)
class Mark:
    """An artist that belongs to seeds.

    Attributes:
        name: what it shows.
        seeds: of one, all of it is the mark of that seed; of several, it has a point for each.
    """

    name: str
    seeds: tuple[int, ...]

    def attributes(self) -> dict[str, str]:
        """The attributes of its group; its points have their own."""
        shows = {"data-shows": self.name} if self.name else {}
        return {**shows, **({"data-seed": str(self.seeds[0])} if len(self.seeds) == 1 else {})}


def _numbers(numbers: Numbers, digits: int = 9) -> str:
    return " ".join(f"{number:.{digits}g}" for number in numbers)


def _named(ticks: Mapping[float, str]) -> str:
    return json.dumps({f"{place:g}": name for place, name in ticks.items()}, ensure_ascii=False, separators=(",", ":"))


def _map(cells: Cells) -> dict[str, str]:
    return {
        "data-map-name": cells.name,
        "data-map-x": _numbers(cells.x, 7),
        "data-map-y": _numbers(cells.y, 7),
        **({} if cells.at is None else {"data-map-at": ";".join(map(_numbers, cells.at))}),
        "data-map": ";".join(_numbers(row, 3) for row in cells.values),
    }
