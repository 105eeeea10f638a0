"""From the labels of rows to targets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nncli.errors import UserError
from nncli.kinds import Kind
from nncli.tasks.files import MAX_NUMBERS

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

    Errors: as `check_classes`.
    """
    rows, count = len(index), len(class_names)
    check_classes(kind, rows, count)
    if kind == "binary" or (kind == "auto" and count == 2):
        return Targets("binary", index[:, None].astype(np.float64), tuple(class_names))
    values = np.zeros((rows, count))
    values[np.arange(rows), index] = 1.0
    return Targets("classes", values, tuple(class_names))


def encode_numbers(kind: AskedKind, labels: NDArray[Any]) -> Targets:
    """The same from labels (N,) that are numbers: classes come in their order, and a class is named by its number.

    Errors: as `check_classes`.
    """
    values, index = np.unique(labels, return_inverse=True)
    check_classes(kind, len(labels), len(values))
    return encode(kind, index.reshape(-1), [repr(value).removesuffix(".0") for value in values.tolist()])


def regression(values: NDArray[np.float64]) -> Targets:
    """Numbers (N, n_out) as targets. Errors: `UserError` if all rows are alike."""
    if (values == values[0]).all():
        raise UserError(ALL_ALIKE, hint=NOTHING_TO_LEARN)
    return Targets("regression", values)


def check_classes(kind: str, rows: int, count: int) -> None:
    """Refuse too few and too many classes. Errors: `UserError`."""
    if count < 2:
        raise UserError(ALL_ALIKE, hint=NOTHING_TO_LEARN)
    if kind == "binary" and count != 2:
        raise UserError(f"there are {count} different targets, and binary ones are 2", hint="Try kind: classes")
    if count > MAX_CLASSES or count * rows > MAX_NUMBERS:
        given = f"{rows} rows have {count} different targets"
        raise UserError(
            given, hint="If they are quantities, set kind: regression", allowed=f"At most {MAX_CLASSES} classes"
        )
