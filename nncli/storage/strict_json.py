"""JSON that every parser reads: no NaN, no Infinity, no NumPy."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

from nncli.errors import ExitCode, UserError
from nncli.storage.files import check_readable, read_if_there, write_atomically

PlainObject: TypeAlias = dict[str, Any]
"""An object read from JSON. `nncli.storage.json_shape.require` checks its shape, which the type system cannot."""

MAX_DEPTH = 100
"""More levels of nesting than any file of a run has."""

MAX_DIGITS = 20
"""The most digits of a number in a message; also those of a 64-bit integer with its sign."""


LONG = 1000
"""A longer list of numbers and strings is written on one line: a line for each would triple the file."""


def to_json(value: object) -> str:
    """Indented JSON in printable ASCII, keys in order; NaN and infinities become null, NumPy arrays lists.

    Raises: `TypeError` for values that JSON cannot represent.
    """
    return _text(_plain(value), "\n") + "\n"


def _text(value: object, newline: str) -> str:
    """Like `json.dumps` with an indent of 2, except for long lists. Args: `newline` includes the indent."""
    inner = newline + "  "
    if isinstance(value, dict) and value:
        items = [f"{json.dumps(key)}: {_text(item, inner)}" for key, item in value.items()]
        return "{" + inner + f",{inner}".join(items) + newline + "}"
    if isinstance(value, list) and value and not (len(value) > LONG and all(map(_is_scalar, value))):
        return "[" + inner + f",{inner}".join(_text(item, inner) for item in value) + newline + "]"
    return json.dumps(value, allow_nan=False)


def _is_scalar(value: object) -> bool:
    return not isinstance(value, (dict, list))


def json_pieces(value: Mapping[str, object], name: str, blocks: Iterable[Sequence[object]]) -> Iterator[str]:
    """The lines of `to_json({**value, name: [...]})` for a list that comes in blocks, held one at a time.

    No block is empty.
    """
    yield to_json({**value, name: []}).removesuffix("]\n}\n")
    piece = ""
    for block in blocks:
        if piece:
            yield piece + ","
        piece = to_json(block).removeprefix("[\n").removesuffix("\n]\n")
        piece = "  " + piece.replace("\n", "\n  ")
    yield f"{piece}\n  ]\n}}"


def write_json(path: Path, value: object) -> None:
    """Write a JSON file that `read_json_object` reads. Raises: `UserError` (code FILES), also if it is too large."""
    text = to_json(value)
    check_readable(path, text)
    write_atomically(path, text)


def read_json_object(path: Path) -> PlainObject | None:
    """The object in a JSON file, or None if the file is missing; all numbers are finite, integers fit 64 bits.

    Raises: `UserError` with code FILES if it cannot be read, CORRUPT if it holds anything but one JSON object.

    Source: Bray (2017), RFC 8259, The JavaScript object notation (JSON) data interchange format, sections 6 and 9.
    """
    content = read_if_there(path)
    if content is None:
        return None
    try:
        value = json.loads(content, parse_constant=_refuse, parse_int=_int, parse_float=_float)
        if isinstance(value, dict):
            _check_depth(value)
    except (ValueError, RecursionError) as error:
        reason = f"it is more than {MAX_DEPTH} levels deep" if isinstance(error, RecursionError) else error
        raise UserError(f"not valid JSON: {reason}", where=str(path), code=ExitCode.CORRUPT) from error
    if not isinstance(value, dict):
        raise UserError("not a JSON object", where=str(path), code=ExitCode.CORRUPT)
    return value


def _plain(value: object) -> object:
    if hasattr(value, "tolist"):  # a NumPy scalar or array, tested without importing NumPy
        value = value.tolist()
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a JSON number")


def _int(digits: str) -> int:
    if len(digits) > MAX_DIGITS or not -(2**63) <= (value := int(digits)) < 2**63:
        raise ValueError(f"the integer {digits:.{MAX_DIGITS}}... has more than 64 bits")
    return value


def _float(digits: str) -> float:
    if math.isinf(value := float(digits)):
        raise ValueError(f"the number {digits:.{MAX_DIGITS}} is too large")
    return value


def _check_depth(value: Mapping[str, object]) -> None:
    """Raise `RecursionError` for data nested too deep to traverse."""
    level: list[Mapping[str, object] | list[object]] = [value]
    for _ in range(MAX_DEPTH):
        items = (item for each in level for item in (each if isinstance(each, list) else each.values()))
        level = [item for item in items if isinstance(item, (dict, list))]
        if not level:
            return
    raise RecursionError
