"""Where two tables of metrics first differ, walked through together."""

from __future__ import annotations

import pytest

from nncli.experiments.reproduce import Difference, first_differences
from nncli.runs.metrics_csv import MetricsTable

BEFORE = [(7, 0, 1.0), (9, 0, 2.0), (7, 1, 0.5), (9, 1, None), (7, 2, 0.25)]
"""Seed, epoch and loss; seed 9 ends after epoch 1."""


def table(rows):
    return MetricsTable(("seed", "epoch", "loss"), iter([list(row) for row in rows]))


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (BEFORE, [Difference(9), Difference(7)]),
        ([*BEFORE[:4], (7, 2, 0.125)], [Difference(9), Difference(7, 2, "loss", 0.25, 0.125)]),
        ([(7, 0, 9.0), *BEFORE[1:3], (9, 1, 3.0), BEFORE[4]],
         [Difference(9, 1, "loss", None, 3.0), Difference(7, 0, "loss", 1.0, 9.0)]),
        (BEFORE[:4], [Difference(9), Difference(7, 2, "loss", 0.25, None)]),
        ([*BEFORE, (9, 2, 0.0)], [Difference(9, 2, "loss", None, 0.0), Difference(7)]),
        ([], [Difference(9, 0, "loss", 2.0, None), Difference(7, 0, "loss", 1.0, None)]),
    ],
    ids=["same", "last", "both", "shorter", "longer", "empty"],
)  # fmt: skip
def test_the_first_difference_of_each_seed(after, expected):
    assert list(first_differences(table(BEFORE), table(after), [9, 7])) == expected


def test_other_seeds_are_not_compared():
    after = [(seed, epoch, 0.0) for seed, epoch, _ in BEFORE]
    assert [found.seed for found in first_differences(table(BEFORE), table(after), [7])] == [7]


def test_no_more_is_read_than_the_epochs_up_to_the_last_difference():
    after = [(seed, epoch, 8.0) for seed, epoch, _ in BEFORE]
    rest = table(after)
    list(first_differences(table(BEFORE), rest, [7, 9]))
    assert len(list(rest.rows)) >= 2
