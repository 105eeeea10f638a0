"""Splits: every row once, in order."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nncli.errors import UserError
from nncli.tasks import TaskData
from nncli.tasks.splits import split


def numbered(rows, classes):
    """Rows that carry their own number: of shuffled classes, as even as can be, or of a regression."""
    number = np.arange(rows, dtype=np.float64)[:, None]
    if not classes:
        return TaskData("regression", number, -number, ("x",), ("y",))
    labels = np.random.Generator(np.random.PCG64(5)).permutation(np.arange(rows) % classes)
    return TaskData("classes", number, np.eye(classes)[labels], ("x",), ("y",))


@given(
    rows=st.integers(1, 60),
    validation=st.floats(0, 0.99),
    test=st.floats(0, 0.99),
    seed=st.integers(0, 2**64),
    classes=st.integers(0, 4),
)
def test_every_row_is_in_one_part_in_its_old_order(rows, validation, test, seed, classes):
    data = numbered(rows, classes)
    try:
        splits = split(data, validation, test, seed)
    except UserError:
        held_out = sum(max(1, round(fraction * rows)) for fraction in (validation, test) if fraction)
        assert validation + test >= 1 or held_out >= rows
        return
    parts = [part for part in (splits.train, splits.validation, splits.test) if part is not None]
    numbers = [part.inputs[:, 0].astype(int) for part in parts]
    assert sorted(np.concatenate(numbers).tolist()) == list(range(rows))
    assert len(parts) == 1 + (validation > 0) + (test > 0)
    for part, own in zip(parts, numbers, strict=True):
        assert len(own) > 0
        assert (np.diff(own) > 0).all()
        assert np.array_equal(part.targets, data.targets[own])
