"""What differs between two trees of plain data, such as two configs."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import Enum
from itertools import zip_longest
from typing import TypeAlias, TypeGuard

from nncli.errors import KeyPath


class Absent(Enum):
    """What stands for a value where there is none, not even null."""

    ABSENT = "absent"


ABSENT = Absent.ABSENT

Pair: TypeAlias = tuple[object, object]
"""The values of the first and of the second; `ABSENT` where there is none."""


def differences(first: object, second: object, path: KeyPath = ()) -> Iterator[tuple[KeyPath, Pair]]:
    """The places at which two trees differ, in their order, each with both values.

    Mappings are compared key by key, and lists item by item; but two parts of different names,
    `{adam: {...}}` and `{sgd: {...}}`, and lists of scalars are one value each. Numbers are compared by value: `1`
    equals `1.0`, and NaN equals NaN. But `1`, `true` and `"1"` differ, and so do null and a missing key.
    """
    if isinstance(first, Mapping) and isinstance(second, Mapping) and not _are_other_parts(first, second):
        for key in [*first, *(key for key in second if key not in first)]:
            yield from differences(first.get(key, ABSENT), second.get(key, ABSENT), (*path, key))
    elif _is_nested(first) and _is_nested(second):
        for index, (item, other) in enumerate(zip_longest(first, second, fillvalue=ABSENT)):
            yield from differences(item, other, (*path, index))
    elif not _are_equal(first, second):
        yield path, (first, second)


def _are_equal(first: object, second: object) -> bool:
    """Whether two scalars, or two lists of scalars, are the same; values of other types never are."""
    if isinstance(first, list) and isinstance(second, list):
        return len(first) == len(second) and all(map(_are_equal, first, second))
    if _is_number(first) and _is_number(second):
        return first == second or all(isinstance(own, float) and math.isnan(own) for own in (first, second))
    return type(first) is type(second) and first == second


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _are_other_parts(first: Mapping[str, object], second: Mapping[str, object]) -> bool:
    return len(first) == len(second) == 1 and first.keys() != second.keys()


def _is_nested(value: object) -> TypeGuard[list[object]]:
    return isinstance(value, list) and any(isinstance(item, (Mapping, list)) for item in value)


def one_line(value: object, text: Callable[[str], str] = str) -> str:
    """Plain data on one line, as in YAML's flow style: `{adam: {beta1: 0.9}}`. Args: text: how a text is written."""
    if isinstance(value, Mapping):
        inner = ", ".join(f"{text(key)}: {one_line(item, text)}" for key, item in value.items())
        return f"{{{inner}}}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"[{', '.join(one_line(item, text) for item in value)}]"
    return text(value) if isinstance(value, str) else json.dumps(value)
