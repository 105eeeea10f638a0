"""Axes: overrides with several values, such as `activation=tanh,relu` or `training.learning_rate=log(1e-4,1e-1,7)`."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from nncli.errors import UserError, quoted

MAX_VALUES = 10_000
LARGEST_WHOLE = 1e16
"""Above this, not every whole number is a float, and more digits are meaningless."""

_RANGE = re.compile(r"(log|linear|range)\((.*)\)")
_OPENING, _CLOSING = "[{(", "]})"


@dataclass(frozen=True, slots=True)
class Axis:
    """One key of the config and the values it takes, as one would type them after `key=`."""

    key: str
    values: tuple[str, ...]

    def overrides(self) -> list[str]:
        """One override for each value."""
        return [f"{self.key}={value}" for value in self.values]


def parse_axes(arguments: Sequence[str]) -> tuple[list[Axis], list[str]]:
    """Split arguments into axes and plain overrides (those with one value).

    Raises:
        UserError: for an invalid range, an empty or repeated value, or an axis given twice.
    """
    axes: list[Axis] = []
    plain: list[str] = []
    for argument in arguments:
        key, equals, text = argument.partition("=")
        pieces = split(text, argument) if equals else []
        values = list(islice((v for piece in pieces for v in expanded(piece, argument)), MAX_VALUES + 1))
        if len(values) < 2:
            plain.append(f"{key}={values[0]}" if values else argument)
            continue
        if len(values) > MAX_VALUES:
            raise UserError("the axis has too many values", where=_place(argument), allowed=f"At most {MAX_VALUES}")
        if any(axis.key == key for axis in axes):
            raise UserError(f"the axis {key} is given twice", where=_place(argument))
        twice, times = Counter(values).most_common(1)[0]
        if times > 1:
            raise UserError(f"{quoted(twice)} is given twice", where=_place(argument), hint="Each value is one variant")
        axes.append(Axis(key, tuple(values)))
    return axes, plain


def split(text: str, argument: str) -> list[str]:
    """The pieces between commas outside brackets, braces, parentheses and quotes."""
    pieces, depth, quote, start = [], 0, "", 0
    for position, character in enumerate(text):
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character in _OPENING:
            depth += 1
        elif character in _CLOSING:
            depth -= 1
        elif character == "," and depth == 0:
            pieces.append(text[start:position].strip())
            start = position + 1
    pieces.append(text[start:].strip())
    if len(pieces) > 1 and not all(pieces):
        raise UserError("a value is missing next to a comma", where=_place(argument))
    return pieces


def expanded(piece: str, argument: str) -> Iterator[str]:
    """The values of `log(low,high,n)`, `linear(low,high,n)` and `range(start,stop)`; other pieces stay unchanged."""
    match = _RANGE.fullmatch(piece)
    if match is None:
        yield piece
        return
    kind, inside = match.groups()
    try:
        numbers = [float(number) for number in inside.split(",")]
        values = _range(kind, numbers)
    except (ValueError, OverflowError):
        raise UserError(
            f"{quoted(piece)} is not a range",
            where=_place(argument),
            allowed="Write log(low,high,n) with 0 < low, linear(low,high,n), or range(start,stop), excluding stop; "
            f"at most {MAX_VALUES} values",
        ) from None
    yield from values


def _place(argument: str) -> str:
    """How messages name an axis."""
    return quoted(argument, 80)


def _range(kind: str, numbers: list[float]) -> list[str]:
    if not all(map(math.isfinite, numbers)):
        raise ValueError
    if kind == "range":
        start, stop, *step = map(_whole, numbers)
        (by,) = step or [1]
        if by < 1 or not 1 <= -(-(stop - start) // by) <= MAX_VALUES:
            raise ValueError
        return [str(number) for number in range(start, stop, by)]
    low, high, count = numbers
    n = _whole(count)
    if not 2 <= n <= MAX_VALUES or (kind == "log" and min(low, high) <= 0):
        raise ValueError
    shares = [i / (n - 1) for i in range(n)]
    if kind == "linear":
        values = [low + share * (high - low) for share in shares]
    else:
        values = [low * (high / low) ** share for share in shares]
    if not all(map(math.isfinite, values)):
        raise ValueError
    return [_as_typed(low), *map(number_text, values[1:-1]), _as_typed(high)]


def _as_typed(end: float) -> str:
    """An end of a range, with all digits."""
    return text if float(text := number_text(end)) == end else repr(end)


def _whole(number: float) -> int:
    if not number.is_integer():
        raise ValueError
    return int(number)


def number_text(value: float) -> str:
    """A number with six significant digits, so that a label can be typed: 0.000316228; whole numbers keep all."""
    rounded = float(f"{value:.6g}")
    whole = value if value.is_integer() else rounded
    return str(int(whole)) if whole.is_integer() and abs(whole) < LARGEST_WHOLE else f"{value:.6g}"
