"""The classes of a task's rows: their names, and the number of rows of each."""

from __future__ import annotations

from nncli.tasks import TaskData
from nncli.tasks.splits import Splits


def names_of(data: TaskData) -> tuple[str, ...]:
    """The names of the classes; empty if a target is a number or has several answers."""
    if data.kind == "binary" and data.targets.shape[1] == 1:
        return data.class_names or ("0", "1")
    return data.class_names if data.kind == "classes" else ()


def class_rows(splits: Splits) -> dict[str, dict[str, int]]:
    """The rows of each class in each split: {class: {split: rows}}."""
    names = names_of(splits.train)
    found: dict[str, dict[str, int]] = {name: {} for name in names}
    for part, data in splits.named().items() if names else ():
        counts = data.targets.sum(axis=0)
        if data.kind == "binary":
            counts = [len(data.targets) - counts[0], counts[0]]
        for name, count in zip(names, counts, strict=True):
            found[name][part] = int(count)
    return found
