"""Match the labels of new rows with the classes that a network was trained on."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from decimal import Decimal

from nncli.errors import UserError, quoted
from nncli.tasks.data_files import data_error, named
from nncli.tasks.labels import as_number
from nncli.tasks.number_spelling import is_code


def class_number(label: str, names: Sequence[str], *, is_word: bool = True) -> int | None:
    """The number of the class that a label names.

    A label that is not a class name stands for the class that is the same number, if only one is. A code, which
    begins with a 0, matches only itself: 02134 is not 2134.

    Args:
        label: the label as written.
        names: the names of the classes.
        is_word: whether it is a word of a file, not a number of an array, which has no spelling.
    """
    if label in names:
        return names.index(label)
    same = _same_number(label, tuple(names))
    if len(same) != 1 or (is_word and (is_code(label) or is_code(names[same[0]]))):
        return None
    return same[0]


def _same_number(label: str, names: tuple[str, ...]) -> list[int]:
    """The classes whose names are the same number as a label."""
    number = as_number(label)
    return [] if number is None else _by_number(names).get(number, [])


@functools.lru_cache(maxsize=1)
def _by_number(names: tuple[str, ...]) -> dict[Decimal, list[int]]:
    found: dict[Decimal, list[int]] = {}
    for i, number in enumerate(map(as_number, names)):
        if number is not None:
            found.setdefault(number, []).append(i)
    return found


def no_class(label: str, names: Sequence[str], place: tuple[int | str, ...], also: str = "") -> UserError:
    """The error for a label at a place that no class has; `also` names what else is known."""
    known = ", ".join(map(named, names[:12])) + also
    same = [quoted(names[i]) for i in _same_number(label, tuple(names))]
    hint = f"Did you mean {' or '.join(same[:3])}?" if same else ""
    return data_error(f"{quoted(label)} is not a class of this run", *place, hint=hint, allowed=f"Known: {known}")
