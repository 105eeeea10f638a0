"""Equations with numbers in them: aligned matrices, sums of products, long lines broken at their operators."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable, Sequence

from nncli.report.numbers import short
from nncli.report.step_record import Numbers

DIGITS = 4
"""Significant digits of a number in an equation."""

WIDEST = 68
"""The widest matrix, which leaves room for its name."""


def number(value: float, digits: int = DIGITS) -> str:
    """A number with a few significant digits; fewer if it has no more: 0.4321, 0.5, -0.001234, 1.2e-07."""
    text = short(value, digits)
    if "." not in text or "e" in text or not math.isfinite(value) or not math.isclose(float(text), value, rel_tol=1e-7):
        return text
    return text.rstrip("0").removesuffix(".")


def factor(value: float, digits: int = DIGITS) -> str:
    """A number as part of a product or a difference: in parentheses if it is negative."""
    text = number(value, digits)
    return f"({text})" if text.startswith("-") else text


def sum_of_products(left: Iterable[float], right: Iterable[float], constant: float | None = None) -> str:
    """`0 · 0.4321 + 1 · (-0.5) + 0.1`."""
    terms = [f"{factor(x)} · {factor(y)}" for x, y in zip(left, right, strict=True)]
    return " + ".join([*terms, *([] if constant is None else [factor(constant)])])


def element(name: str, index: Sequence[int], shape: Sequence[int]) -> str:
    """The name of a number of a vector or matrix: `z1[2]`, `W1[2,1]`; just `z1` if it is the only one of a vector."""
    if len(shape) == 1 and shape[0] == 1:
        return name
    return f"{name}[{','.join(str(i + 1) for i in index)}]"


def matrix(values: Numbers, digits: int = DIGITS) -> list[str]:
    """The lines of a matrix (n, m), its decimal points aligned; a vector (m,) is one line.

    Wide columns are aligned to the right and have a digit less, so that six of them are at most `WIDEST`.
    """
    rows = values if values.ndim == 2 else values[None]
    lines = _bracketed([aligned([number(value, digits) for value in column]) for column in rows.T])
    if len(lines[0]) <= WIDEST:
        return lines
    cells = [[number(value, digits - 1) for value in column] for column in rows.T]
    return _bracketed([[cell.rjust(max(map(len, column))) for cell in column] for column in cells])


def _bracketed(columns: Sequence[Sequence[str]]) -> list[str]:
    return [f"[ {'  '.join(row)} ]" for row in zip(*columns, strict=True)]


def aligned(cells: Sequence[str]) -> list[str]:
    """Numbers padded to one width, with their decimal points below each other."""
    parts = [re.fullmatch(r"([^.e]*)(.*)", cell) for cell in cells]
    before = max(len(part[1]) for part in parts if part)
    after = max(len(part[2]) for part in parts if part)
    return [part[1].rjust(before) + part[2].ljust(after) for part in parts if part]


def beside(*blocks: str | list[str]) -> list[str]:
    """Blocks of lines next to each other, one space apart, texts in the middle row."""
    lines = [[block] if isinstance(block, str) else block for block in blocks]
    height = max(map(len, lines))
    drawn = []
    for block in lines:
        width, above = max(map(len, block)), (height - len(block)) // 2
        rows = [*[""] * above, *block, *[""] * (height - above - len(block))]
        drawn.append([row.ljust(width) for row in rows])
    return [" ".join(row).rstrip() for row in zip(*drawn, strict=True)]


def broken(text: str, columns: int, indent: int) -> list[str]:
    """An equation in lines of at most `columns`, broken before `=`, `+` and `-` and indented below its first `=`.

    Parentheses stay whole, but for a sum of several terms in one pair: (x² + y²) / 2.
    """
    first, *others = _terms(text)
    start = indent + len(first) + 1 if len(first) < columns // 3 else indent + 2
    found = [" " * indent + first]
    for part in others:
        if len(longer := f"{found[-1]} {part}") <= columns:
            found[-1] = longer
        else:
            found.append(" " * start + part)
    return found


def _terms(text: str) -> list[str]:
    """The text, cut before the operators where it may be broken."""
    cuts, depth = [0], 0
    for at, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if text[at : at + 3] in (" = ", " - ", " + ") and (
            depth == 0 or (depth == 1 and text[at + 1] == "+" and not text[at + 3].isdigit())
        ):
            cuts.append(at + 1)
    return [text[start:stop].rstrip() for start, stop in itertools.pairwise([*cuts, len(text)])]
