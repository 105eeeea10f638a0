"""Parts of a stack: hyperparameters that differ between replicas, and rows leaving the stack."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from nncli.nn.arrays import PerReplica

P = TypeVar("P")


def merge(parts: Sequence[P]) -> P:
    """Merge parts into one for a stack: numbers that differ become float64 (R, 1), one row per replica.

    Equal numbers stay scalars, so that a uniform stack makes the same calls on the same contiguous memory as one
    replica. Nested parts and tuples of parts are merged likewise.

    Raises:
        ValueError: if the parts differ in anything but numbers whose option is marked `per_replica`.
    """
    first = parts[0]
    if all(part == first for part in parts):
        return first
    if isinstance(first, tuple):
        if len({len(part) for part in parts}) > 1:  # type: ignore[arg-type]
            raise ValueError("replicas of one stack have the same number of parts")
        return tuple(merge(column) for column in zip(*parts, strict=True))  # type: ignore[return-value]
    if not dataclasses.is_dataclass(first) or any(type(part) is not type(first) for part in parts):
        raise ValueError(f"replicas of one stack cannot differ in {first!r}")
    changes: dict[str, object] = {}
    for field in dataclasses.fields(first):
        values = [getattr(part, field.name) for part in parts]
        if all(value == values[0] for value in values):
            continue
        option = field.metadata.get("option")
        if option is not None and option.per_replica:
            changes[field.name] = merge_numbers(values)
        else:
            changes[field.name] = merge(values)
    return dataclasses.replace(first, **changes)  # type: ignore[type-var]


def merge_numbers(values: Sequence[float]) -> PerReplica:
    """One number if all are equal, else float64 (R, 1)."""
    equal = all(value == values[0] for value in values)
    return values[0] if equal else np.array(values, dtype=np.float64)[:, None]


def select(part: P, rows: NDArray[np.intp] | slice) -> P:
    """The same part for some rows of the stack."""
    if isinstance(part, np.ndarray):
        return part[rows]  # type: ignore[return-value]
    if isinstance(part, (tuple, list)):
        kept = [select(item, rows) for item in part]
        if all(new is old for new, old in zip(kept, part, strict=True)):
            return part
        return type(part)(kept)
    if not dataclasses.is_dataclass(part):
        return part
    changes = {f.name: select(getattr(part, f.name), rows) for f in dataclasses.fields(part)}
    if all(changes[name] is getattr(part, name) for name in changes):
        return part
    return dataclasses.replace(part, **changes)  # type: ignore[type-var]


def single(part: P, row: int) -> P:
    """The part of one replica, with plain numbers, also in nested parts."""
    if isinstance(part, np.ndarray):
        return float(part[row, 0])  # type: ignore[return-value]
    if not dataclasses.is_dataclass(part):
        return part
    changes = {f.name: single(getattr(part, f.name), row) for f in dataclasses.fields(part)}
    if all(changes[name] is getattr(part, name) for name in changes):
        return part
    return dataclasses.replace(part, **changes)  # type: ignore[type-var]
