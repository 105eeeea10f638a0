"""Turn the labels of rows into targets."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nncli.analysis.metric_names import Kind
from nncli.errors import UserError
from nncli.storage.npz import StoredArray
from nncli.tasks.data_files import MAX_NUMBERS, named
from nncli.tasks.number_spelling import NUMBER

AskedKind: TypeAlias = Literal["auto", "classes", "binary", "regression"]

MAX_CLASSES = 1000

ONE_TARGET, NOTHING_TO_LEARN = "every row has the same target", "There is nothing to learn"


KIND_HELP = "what the targets are; auto: "
"""The description of the option `kind`; the rule for `auto` is appended."""


@dataclass(frozen=True, slots=True)
class Targets:
    """The meaning of a column of a file.

    Attributes:
        kind: see `TaskData`.
        values: float64 (N, n_out).
        class_names: for `classes`, of each column; for `binary`, of 0 and 1.
    """

    kind: Kind
    values: NDArray[np.float64]
    class_names: tuple[str, ...] = ()


def encode(kind: AskedKind, index: NDArray[np.intp], class_names: Sequence[str]) -> Targets:
    """Make targets from the class number of each row: 0 or 1 for `binary`, one-hot rows for `classes`.

    Args:
        kind: `auto` is `binary` for two classes, and `classes` for more.
        index: (N,), from 0 on.
        class_names: the name of each number.

    Raises: see `check_classes`.
    """
    rows, count = len(index), len(class_names)
    check_classes(kind, rows, count)
    if kind == "binary" or (kind == "auto" and count == 2):
        return Targets("binary", index[:, None].astype(np.float64), tuple(class_names))
    return Targets("classes", one_hot(index, count), tuple(class_names))


def one_hot(index: NDArray[np.intp], count: int) -> NDArray[np.float64]:
    """One-hot rows with `count` numbers, for class numbers (N,)."""
    values = np.zeros((len(index), count))
    values[np.arange(len(index)), index] = 1.0
    return values


def encode_words(kind: AskedKind, words: Sequence[str]) -> Targets:
    """Make targets from the words of each row (N,), which are the names of the classes as written.

    Classes are in alphabetical order; if all of them are numbers, in numeric order.
    Raises: see `check_classes`.
    """
    found = set(words)
    check_classes(kind, len(words), len(found), spelled_alike(found) if len(found) <= MAX_CLASSES else ())
    class_names = ordered(found)
    number_of = {name: number for number, name in enumerate(class_names)}
    return encode(kind, np.array([number_of[word] for word in words]), class_names)


def encode_numbers(kind: AskedKind, labels: StoredArray) -> Targets:
    """Make targets from numeric labels (N,): classes are in numeric order, and a class is named by its number.

    Raises: see `check_classes`.
    """
    values, index = np.unique(labels, return_inverse=True)
    check_classes(kind, len(labels), len(values))
    return encode(kind, index.reshape(-1), [number_name(value) for value in values])


def number_name(value: Any) -> str:
    """The name of a class whose label is a number of an array: `7` also for 7.0."""
    plain = float(value) if isinstance(value, np.floating) else value.item()
    return str(int(plain)) if isinstance(plain, float) and plain.is_integer() else repr(plain)


def ordered(names: Iterable[str]) -> list[str]:
    """The names of classes in the order of their numbers."""
    number_of = {name: as_number(name) for name in names}
    if any(number is None for number in number_of.values()):
        return sorted(number_of)
    return sorted(number_of, key=lambda name: (number_of[name], name))


def as_number(word: str) -> Decimal | None:
    """The exact number that a word stands for; None unless it is finite and in the range of float64."""
    if not NUMBER.fullmatch(word) or not math.isfinite(float(word)):
        return None
    try:
        return Decimal(word)
    except InvalidOperation:  # an exponent below the range: it is 0 in float64
        return Decimal(0)


def spelled_alike(names: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    """Names that are the same number in different spellings, such as 1.1 and 1.10."""
    groups: dict[Decimal, list[str]] = {}
    for name in sorted(names):
        number = as_number(name)
        if number is not None:
            groups.setdefault(number, []).append(name)
    return tuple(tuple(group) for group in groups.values() if len(group) > 1)


def regression(values: NDArray[np.float64]) -> Targets:
    """Numbers (N, n_out) as targets. Raises: `UserError` if all rows are alike."""
    if (values == values[0]).all():
        raise UserError(ONE_TARGET, hint=NOTHING_TO_LEARN)
    return Targets("regression", values)


def check_classes(kind: str, rows: int, count: int, alike: Sequence[Sequence[str]] = ()) -> None:
    """Refuse too few or too many classes.

    Args:
        kind: the requested kind.
        rows, count: the numbers of rows and classes.
        alike: names that are the same number.

    Raises: `UserError`.
    """
    if count < 2:
        raise UserError(ONE_TARGET, hint=NOTHING_TO_LEARN)
    if kind == "binary" and count != 2:
        hint = f"Write {' and '.join(map(named, alike[0]))} the same way, or try" if alike else "Try"
        raise UserError(f"there are {count} different targets, but a binary task has 2", hint=f"{hint} kind: classes")
    if count > MAX_CLASSES or count * rows > MAX_NUMBERS:
        given = f"{rows} rows have {count} different targets"
        raise UserError(
            given, hint="If they are quantities, set kind: regression", allowed=f"At most {MAX_CLASSES} classes"
        )
