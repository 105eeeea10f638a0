"""A run as one row of a list: what is filtered and sorted there."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import get_args

from nncli.runs.directory import Status

CORRUPT = "corrupt"

STATUSES = (*get_args(get_args(Status)[0]), *get_args(get_args(Status)[1]), CORRUPT)
"""All that can be the status of a row."""


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run in the list; what is not known is None."""

    run: str
    name: str
    status: str
    task: str | None = None
    seeds: int | None = None
    solved: int | None = None
    loss: float | None = None
    epochs: float | None = None
    parameters: int | None = None
    started: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Filter:
    """What rows are listed: those with all of these tags, one of these tasks, and one of these statuses, if given."""

    tags: Collection[str] = ()
    tasks: Collection[str] = ()
    statuses: Collection[str] = ()

    def fits(self, row: RunRow) -> bool:
        """Whether it lets a row through."""
        return (
            {*self.tags} <= {*row.tags}
            and (not self.tasks or row.task in self.tasks)
            and (not self.statuses or row.status in self.statuses)
        )


Key = Callable[[RunRow], float | str | None]

ORDERS: Mapping[str, tuple[Key, bool]] = {
    "started": (lambda row: row.started, True),
    "when": (lambda row: row.started, True),
    "name": (lambda row: row.name, False),
    "status": (lambda row: row.status, False),
    "task": (lambda row: row.task, False),
    "seeds": (lambda row: row.seeds, True),
    "solved": (lambda row: row.solved / row.seeds if row.solved is not None and row.seeds else None, True),
    "loss": (lambda row: row.loss, False),
    "epochs": (lambda row: row.epochs, False),
    "parameters": (lambda row: row.parameters, False),
}
"""What rows can be sorted by: the value of each, and whether the largest comes first."""


def ordered(rows: Iterable[RunRow], order: str) -> list[RunRow]:
    """Rows sorted by one of `ORDERS`; of equal ones, the order stays, and those without a value come last."""
    key, falls = ORDERS[order]
    rows = list(rows)
    known = [(value, row) for row in rows if (value := key(row)) is not None]
    known.sort(key=lambda own: own[0], reverse=falls)
    return [row for _, row in known] + [row for row in rows if key(row) is None]
