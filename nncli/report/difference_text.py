"""Two values that differ, side by side: their texts never look alike."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from functools import partial
from itertools import zip_longest
from json import dumps, loads
from math import isfinite
from unicodedata import normalize

from nncli.analysis.differences import ABSENT, Pair, one_line
from nncli.errors import visible
from nncli.report.numbers import NOTHING, short

LONGEST = 120
"""Characters of a value in the table; --json has all of it."""

BEFORE = 30
"""Of these, those shown before two long values begin to differ."""


def value_texts(pair: Pair) -> tuple[str, str]:
    """Two values that differ, as two texts that look different, with no more digits than that takes."""
    roundings = [partial(_rounded, digits=digits) for digits in range(4, 17)]
    writers: list[Callable[[object], str]] = [*roundings, _exact, _quoted]
    for write in writers:
        first, second = (write(value) for value in pair)
        if not _look_alike(first, second):
            break
    return _cut(first, second)


def _rounded(value: object, digits: int) -> str:
    return short(value, digits) if isinstance(value, float) and isfinite(value) else _exact(value)


def _exact(value: object) -> str:
    return NOTHING if value is ABSENT else one_line(value, _plain_text)


def _plain_text(text: str) -> str:
    """A text as it is, in quotes if it would look like a number, a list or nothing."""
    try:
        loads(text)
    except (ValueError, RecursionError):
        return text if text.strip() else dumps(text)
    return dumps(text)


def _quoted(value: object) -> str:
    """A value with all its texts in quotes and printable ASCII."""
    return NOTHING if value is ABSENT else one_line(value, dumps)


def _look_alike(first: str, second: str) -> bool:
    """Whether two texts look the same in a table, or are the same number, as `1` and `1.000`."""
    try:
        return _looks(first) == _looks(second) or Decimal(first) == Decimal(second)
    except InvalidOperation:  # not numbers
        return False


def _looks(text: str) -> str:
    """What is seen of a text in a table, where spaces and line ends are alike."""
    return " ".join(normalize("NFKC", visible(text)).split())


def _cut(first: str, second: str) -> tuple[str, str]:
    """Two texts of at most `LONGEST` characters each; of longer ones, the part where they begin to differ."""
    places = enumerate(zip_longest(first, second))
    same = next((place for place, (own, other) in places if own != other), len(first))
    start = same - BEFORE if same > LONGEST - BEFORE else 0

    def part(text: str) -> str:
        shown = text if start == 0 else f"…{text[start + 1 :]}"
        return shown if len(shown) <= LONGEST else f"{shown[: LONGEST - 1]}…"

    return (part(first), part(second)) if max(len(first), len(second)) > LONGEST else (first, second)
