"""Charts in a terminal: lines of dots, letters for rows and seeds, and color only as a second signal.

The dots are braille, eight in a character. Where only ASCII can be written, a line is one letter per column.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nncli.report.names import short_name
from nncli.report.numbers import short

Numbers = NDArray[np.float64]

ROWS = 11
"""Lines of a chart; odd, so that one is in the middle."""
APART = 6
"""Every sixth character of a line carries its letter, those of different lines in different columns."""
COLORS = ("36", "33", "35", "32", "34", "31")
"""Of the terminal, in the order of lines or classes."""
LETTERS = "oxvsabcdefghijklmnpqrtuwyz"
"""A letter for each class; those it gets wrong are capitals."""
PLAIN = str.maketrans({"–": "-", "²": "2", "±": "+-", "…": "~", "×": "x", "→": "->", "█": "#", "▒": "=", "░": ":"})
AXES = str.maketrans({"┤": "|", "│": "|", "└": "+", "─": "-", "⠒": "-"})


class Span(NamedTuple):
    """Characters of one color; none if it is empty."""

    text: str
    color: str = ""


Line: TypeAlias = tuple[Span, ...] | str
"""A line of a chart, whose width is right; or a text, to be escaped and wrapped by whoever prints it."""


@dataclass(frozen=True, slots=True)
class Room:
    """What there is to draw on.

    Attributes:
        columns: characters in a line.
        dots: whether it can show braille and blocks; otherwise ASCII alone.
    """

    columns: int
    dots: bool = True

    def text(self, text: str) -> str:
        """A text as it can be shown."""
        return text if self.dots else text.translate(PLAIN).translate(AXES)

    def name(self, name: str) -> str:
        """The name of a column or class, no longer than a third of a line."""
        return self.text(short_name(name, self.columns // 3))


@dataclass(frozen=True, slots=True)
class Scale:
    """The range that an axis shows, perhaps on a logarithmic scale."""

    low: float
    high: float
    name: str
    is_log: bool = False

    @classmethod
    def of(cls, values: Sequence[Numbers], name: str, *, is_log: bool = False) -> Scale:
        """From the least to the largest finite value; a range around it if there is only one, from 0 to 1 if none."""
        known = np.concatenate([own[np.isfinite(own)] for own in values]) if values else np.zeros(0)
        low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
        if low == high:
            low, high = low - (abs(low) / 2 or 0.5), high + (abs(high) / 2 or 0.5)
        return cls(low, high, name, is_log and low > 0)

    def place(self, values: Numbers, cells: int) -> Numbers:
        """Where values are, from 0 to cells - 1; those beyond the ends at the ends."""
        low, high = self._ends()
        with np.errstate(divide="ignore"):
            on_scale = np.log(values) if self.is_log else values
        shares = (on_scale / 2 - low / 2) / (high / 2 - low / 2)  # halves, as the whole may overflow
        return np.asarray(np.clip(shares, 0, 1) * (cells - 1), np.float64)

    @property
    def middle(self) -> float:
        """The value halfway; 0 where only rounding keeps it from that."""
        low, high = self._ends()
        value = low / 2 + high / 2
        if self.is_log:
            return math.exp(value)
        return value if abs(value) > 1e-9 * (high / 2 - low / 2) else 0.0

    def _ends(self) -> tuple[float, float]:
        return (math.log(self.low), math.log(self.high)) if self.is_log else (self.low, self.high)


class Chart:
    """Characters to draw on, between two axes."""

    def __init__(self, x: Scale, y: Scale, room: Room, rows: int = ROWS) -> None:
        """Args: the axes, what there is to draw on, and the number of lines."""
        self.x, self.y, self.room, self.rows = x, y, room, rows
        self._labels = {rows - 1: short(y.low, 3), rows // 2: short(y.middle, 3), 0: short(y.high, 3)}
        self._left = max(map(len, self._labels.values())) + 1
        self.columns = room.columns - self._left - 2
        self._cells = [[Span(" ")] * self.columns for _ in range(rows)]  # the top row first

    def shade(self, inside: NDArray[np.bool_], character: str) -> None:
        """Fill the characters that are inside (rows, columns), the top row first."""
        for row, column in np.argwhere(inside):
            self._cells[row][column] = Span(self.room.text(character))

    def band(self, x: Numbers, low: Numbers, high: Numbers) -> None:
        """Shade between two curves."""
        known = np.isfinite(low) & np.isfinite(high)
        if not known.any():
            return
        at, columns = self.x.place(x[known], self.columns), np.arange(self.columns)
        bottom, top = (np.interp(columns, at, self.y.place(end[known], self.rows)) for end in (low, high))
        rows = self.rows - 1 - np.arange(self.rows)[:, None]
        self.shade((rows >= np.round(bottom)) & (rows <= np.round(top)), "░")

    def line(self, x: Numbers, y: Numbers, letter: str = "", color: str = "") -> None:
        """Draw a line, with its letter here and there; without dots, of its letter or of dashes."""
        from plotille import Canvas

        canvas = Canvas(self.columns, self.rows, 0, 0, 2 * self.columns, 4 * self.rows)
        known = np.isfinite(x) & np.isfinite(y)
        at = np.stack([self.x.place(x[known], 2 * self.columns), self.y.place(y[known], 4 * self.rows)], axis=1)
        for before, after in pairwise([*at[:1], *at]):
            canvas.line(*before.tolist(), *after.tolist())
        self._put(canvas.plot("\n").split("\n"), letter, color)

    def border(self, regions: NDArray[np.intp]) -> None:
        """Draw dots where neighbors on a grid (4 rows, 2 columns) differ, the lowest row first."""
        from plotille import Canvas

        canvas = Canvas(self.columns, self.rows, 0, 0, 2 * self.columns, 4 * self.rows)
        differs = np.zeros(regions.shape, bool)
        differs[:, 1:] |= regions[:, 1:] != regions[:, :-1]
        differs[1:] |= regions[1:] != regions[:-1]
        for row, column in np.argwhere(differs):
            canvas.point(int(column), int(row))
        self._put(canvas.plot("\n").split("\n"), "" if self.room.dots else "#", "", apart=0)

    def letters(self, points: Numbers, letter: str, color: str = "") -> None:
        """Put a letter at each point (N, 2)."""
        x, y = points[np.isfinite(points).all(axis=1)].T
        columns = np.round(self.x.place(x, self.columns)).astype(int)
        rows = self.rows - 1 - np.round(self.y.place(y, self.rows)).astype(int)
        for row, column in zip(rows, columns, strict=True):
            self._cells[row][column] = Span(letter, color)

    def lines(self) -> list[Line]:
        """The chart with its axes: the ends and the middle of y, the ends and the name of x."""
        found: list[Line] = []
        for row, cells in enumerate(self._cells):
            label, mark = self._labels.get(row, ""), "┤" if row in self._labels else "│"
            start = Span(self.room.text(f"{label:>{self._left}} {mark}"))
            runs = [Span("".join(span.text for span in own), color) for color, own in groupby(cells, lambda s: s.color)]
            found.append((start, *runs))
        low, high, name = short(self.x.low, 3), short(self.x.high, 3), self.room.name(self.x.name)
        space = self.columns - len(low) - len(high)
        axis = self.room.text(" " * (self._left + 1) + "└" + "─" * self.columns)
        middle = f"{name[: max(0, space - 2)]:^{space}}"
        return [*found, (Span(axis),), (Span(" " * (self._left + 2) + self.room.text(f"{low}{middle}{high}")),)]

    def _put(self, drawn: Sequence[str], letter: str, color: str, apart: int = APART) -> None:
        """Put dots over what is there; dots join those of other lines, and letters of rows stay at every third."""
        for row, text in enumerate(drawn):
            for column, dots in enumerate(text):
                if dots == "\u2800":
                    continue
                before = self._cells[row][column].text
                if before.isalpha() and column % 3 == 0:
                    continue
                if not self.room.dots:
                    shown = letter or "-"
                elif letter and column % apart == ord(letter) % apart:
                    shown = letter
                else:
                    shown = chr(ord(dots) | ord(before)) if "\u2800" <= before <= "\u28ff" else dots
                self._cells[row][column] = Span(shown, color)


def line_key(room: Room, name: str, letter: str = "") -> str:
    """A line and what it means, for a legend."""
    return f"{room.text(f'⠒⠒{letter}⠒⠒') if room.dots else (letter or '-') * 3} {name}"


def legend(room: Room, keys: Mapping[str, str]) -> str:
    """What characters mean, three spaces apart."""
    return "   ".join(f"{room.text(character)} {name}" for character, name in keys.items())
