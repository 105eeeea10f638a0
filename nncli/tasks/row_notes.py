"""Notes on the rows of a task, to print before training."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nncli.tasks.classes import class_rows, names_of
from nncli.tasks.data_files import named
from nncli.tasks.labels import spelled_alike
from nncli.tasks.splits import Splits

SHOWN = 3
"""The most names that a note lists; of more, the first ones."""

LACKING = {
    "train": ("training", "the network cannot learn it"),
    "validation": ("validation", "validation metrics say nothing about it"),
    "test": ("test", "test metrics say nothing about it"),
}
"""The name of a split, and the consequence if it has no row of a class."""


def notes(splits: Splits) -> Iterator[str]:
    """Notes on the rows and their classes."""
    yield from splits.train.notes
    for names in spelled_alike(names_of(splits.train)):
        yield f"{_several([repr(name) for name in names])} are the same number but {len(names)} classes as written"
    yield from _lacking_classes(splits)


def _lacking_classes(splits: Splits) -> Iterator[str]:
    rows = class_rows(splits)
    for part in splits.named():
        lacking = [named(name) for name, counts in rows.items() if not counts[part]]
        if lacking:
            split, meaning = LACKING[part]
            meaning = meaning.replace(" it", " them") if len(lacking) > 1 else meaning
            which = f"class {lacking[0]}" if len(lacking) == 1 else f"{len(lacking)} of the {len(rows)} classes"
            which += f" ({_several(lacking)})" if len(lacking) > 1 else ""
            yield f"no {split} row belongs to {which}: {meaning}"


def _several(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b, c and 4 more`."""
    shown = list(names[:SHOWN])
    last = f"{len(names) - SHOWN} more" if len(names) > SHOWN else shown.pop()
    return f"{', '.join(shown)} and {last}" if shown else last
