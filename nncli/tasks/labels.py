"""From the labels of rows to targets."""

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
from nncli.tasks.data_files import MAX_NUMBERS, named
from nncli.tasks.spelling import NUMBER

AskedKind: TypeAlias = Literal["auto", "classes", "binary", "regression"]

MAX_CLASSES = 1000

ALL_ALIKE, NOTHING_TO_LEARN = "every row has the same target", "There is nothing to learn"


KIND_HELP = "what the targets are; auto: "
"""Of the option `kind`; behind it stands what `auto` makes of which targets."""


@dataclass(frozen=True, slots=True)
class Targets:
    """What a column of a file means.

    Attributes:
        kind: as of `TaskData`.
        values: float64 (N, n_out).
        class_names: for `classes`, of each column; for `binary`, of 0 and 1.
    """

    kind: Kind
    values: NDArray[np.float64]
    class_names: tuple[str, ...] = ()


def encode(kind: AskedKind, index: NDArray[np.intp], class_names: Sequence[str]) -> Targets:
    """Targets from the number of each row's class: 0 or 1 for `binary`, one-hot rows for `classes`.

    Args:
        kind: `auto` is `binary` for two classes, and `classes` for more.
        index: (N,), from 0 on.
        class_names: of each number.

    Raises: as `check_classes`.
    """
    rows, count = len(index), len(class_names)
    check_classes(kind, rows, count)
    if kind == "binary" or (kind == "auto" and count == 2):
        return Targets("binary", index[:, None].astype(np.float64), tuple(class_names))
    return Targets("classes", one_hot(index, count), tuple(class_names))


def one_hot(index: NDArray[np.intp], count: int) -> NDArray[np.float64]:
    """A row of `count` numbers for each class number of (N,): a single 1 among zeros."""
    values = np.zeros((len(index), count))
    values[np.arange(len(index)), index] = 1.0
    return values


def encode_words(kind: AskedKind, words: Sequence[str]) -> Targets:
    """The same from the words of each row (N,), which are the names of the classes as they are written.

    Classes come in alphabetic order; if all of them are numbers, in that of the numbers.
    Raises: as `check_classes`.
    """
    found = set(words)
    check_classes(kind, len(words), len(found), spelled_alike(found) if len(found) <= MAX_CLASSES else ())
    class_names = ordered(found)
    number_of = {name: number for number, name in enumerate(class_names)}
    return encode(kind, np.array([number_of[word] for word in words]), class_names)


def encode_numbers(kind: AskedKind, labels: NDArray[Any]) -> Targets:
    """The same from labels (N,) that are numbers: classes come in their order, and a class is named by its number.

    Raises: as `check_classes`.
    """
    values, index = np.unique(labels, return_inverse=True)
    check_classes(kind, len(labels), len(values))
    return encode(kind, index.reshape(-1), [number_name(value) for value in values])


def number_name(value: Any) -> str:
    """What a class is called whose label is a number of an array: `7` also for 7.0."""
    plain = float(value) if isinstance(value, np.floating) else value.item()
    return str(int(plain)) if isinstance(plain, float) and plain.is_integer() else repr(plain)


def ordered(names: Iterable[str]) -> list[str]:
    """The names of classes in the order that they are numbered in."""
    number_of = {name: as_number(name) for name in names}
    if any(number is None for number in number_of.values()):
        return sorted(number_of)
    return sorted(number_of, key=lambda name: (number_of[name], name))


def as_number(word: str) -> Decimal | None:
    """The number that a word is, with every digit of it; None if it is not a finite one of float64's range."""
    if not NUMBER.fullmatch(word) or not math.isfinite(float(word)):
        return None
    try:
        return Decimal(word)
    except InvalidOperation:  # an exponent below all: float64 has 0 there
        return Decimal(0)


def spelled_alike(names: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    """Those of the names that are one number, written in several ways, such as 1.1 and 1.10."""
    groups: dict[Decimal, list[str]] = {}
    for name in sorted(names):
        number = as_number(name)
        if number is not None:
            groups.setdefault(number, []).append(name)
    return tuple(tuple(group) for group in groups.values() if len(group) > 1)


def regression(values: NDArray[np.float64]) -> Targets:
    """Numbers (N, n_out) as targets. Raises: `UserError` if all rows are alike."""
    if (values == values[0]).all():
        raise UserError(ALL_ALIKE, hint=NOTHING_TO_LEARN)
    return Targets("regression", values)


def check_classes(kind: str, rows: int, count: int, alike: Sequence[Sequence[str]] = ()) -> None:
    """Refuse too few and too many classes.

    Args:
        kind: that was asked for.
        rows, count: how many rows and classes there are.
        alike: the names of some that are one number.

    Raises: `UserError`.
    """
    if count < 2:
        raise UserError(ALL_ALIKE, hint=NOTHING_TO_LEARN)
    if kind == "binary" and count != 2:
        hint = f"Write {' and '.join(map(named, alike[0]))} in one way, or try" if alike else "Try"
        raise UserError(f"there are {count} different targets, and binary ones are 2", hint=f"{hint} kind: classes")
    if count > MAX_CLASSES or count * rows > MAX_NUMBERS:
        given = f"{rows} rows have {count} different targets"
        raise UserError(
            given, hint="If they are quantities, set kind: regression", allowed=f"At most {MAX_CLASSES} classes"
        )
