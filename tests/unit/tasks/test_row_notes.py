"""Notes on the rows of a task: classes that a split lacks, one number as two classes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nncli.tasks import TaskData
from nncli.tasks.row_notes import notes
from nncli.tasks.splits import Splits, split, standardize


def classes(names, *sizes):
    """A split for each list of sizes, which are rows of each class."""
    parts: list[Any] = []
    for counts in sizes:
        labels = np.repeat(np.arange(len(counts)), counts)
        targets = np.eye(len(counts))[labels]
        kind: Any = "classes"
        if len(counts) == 2:
            kind, targets = "binary", labels[:, None].astype(float)
        parts.append(TaskData(kind, np.arange(1.0 * len(labels))[:, None], targets, ("x",), ("y",), tuple(names)))
    return Splits(*parts)


@pytest.mark.parametrize(
    ("splits", "said"),
    [
        (classes(["a", "b"], [4, 2], [2, 1]), []),
        (
            classes(["ok", "bad"], [4, 2], [2, 0]),
            ["no validation row belongs to class bad: validation metrics say nothing about it"],
        ),
        (classes(["ok", "bad"], [4, 0], [2, 1]), ["no training row belongs to class bad: the network cannot learn it"]),
        (
            classes("abcdef", [1] * 6, [1, 0, 0, 0, 0, 0], [1, 1, 1, 1, 0, 0]),
            [
                "no validation row belongs to 5 of the 6 classes (b, c, d and 2 more): "
                "validation metrics say nothing about them",
                "no test row belongs to 2 of the 6 classes (e and f): test metrics say nothing about them",
            ],
        ),
        (classes((), [3, 0]), ["no training row belongs to class 1: the network cannot learn it"]),
        (
            classes(["02134", "2134", "9"], [1, 1, 1]),
            ["'02134' and '2134' are the same number but 2 classes as written"],
        ),
        (
            classes(["1", "1.0", "1e0", "+1", "2"], [1] * 5),
            ["'+1', '1', '1.0' and 1 more are the same number but 4 classes as written"],
        ),
        (classes(["9007199254740992", "9007199254740993"], [1, 1]), []),
    ],
)
def test_classes(splits, said):
    assert list(notes(splits)) == said


def test_notes_on_a_file_outlive_its_division():
    data = TaskData("regression", np.arange(9.0)[:, None], np.arange(9.0)[:, None], ("a",), ("y",), notes=("hm",))
    assert list(notes(standardize(split(data, 0.2, 0.2, 0)))) == ["hm"]
