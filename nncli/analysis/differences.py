"""What differs between two trees of plain data, such as two configs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import TypeAlias, TypeGuard

from nncli.errors import KeyPath

Pair: TypeAlias = tuple[object, object]
"""The values of the first and of the second; None where there is none."""


def differences(first: object, second: object, path: KeyPath = ()) -> Iterator[tuple[KeyPath, Pair]]:
    """The places at which two trees differ, in their order, each with both values.

    Mappings are compared key by key, and lists item by item; but two parts of different names,
    `{adam: {...}}` and `{sgd: {...}}`, and lists of scalars are one value each. `1` and `1.0` are equal, `1` and `true`
    are not.
    """
    if isinstance(first, Mapping) and isinstance(second, Mapping) and not _are_other_parts(first, second):
        for key in [*first, *(key for key in second if key not in first)]:
            yield from differences(first.get(key), second.get(key), (*path, key))
    elif _is_nested(first) and _is_nested(second):
        for index, (item, other) in enumerate(zip_longest(first, second)):
            yield from differences(item, other, (*path, index))
    elif first != second or isinstance(first, bool) != isinstance(second, bool):
        yield path, (first, second)


def _are_other_parts(first: Mapping[str, object], second: Mapping[str, object]) -> bool:
    return len(first) == len(second) == 1 and first.keys() != second.keys()


def _is_nested(value: object) -> TypeGuard[list[object]]:
    return isinstance(value, list) and any(isinstance(item, (Mapping, list)) for item in value)


def one_line(value: object) -> str:
    """Plain data on one line, as in YAML's flow style: `{adam: {beta1: 0.9}}`."""
    if isinstance(value, Mapping):
        inner = ", ".join(f"{key}: {one_line(item)}" for key, item in value.items())
        return f"{{{inner}}}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"[{', '.join(map(one_line, value))}]"
    return value if isinstance(value, str) else json.dumps(value)
