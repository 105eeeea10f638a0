"""Which learning rate is best, from what became of seeds with each."""

from __future__ import annotations

import math

import numpy as np
import pytest

from nncli.analysis.best_rate import best_rate, rank_rates

NEVER = math.inf


def test_the_first_to_solve_ranks_first_then_the_lowest_loss_and_what_diverges_last():
    solved = np.array([NEVER, 9, 5, 9, NEVER, NEVER])[:, None]
    loss = np.array([0.3, 0.1, 0.2, 0.05, math.inf, 0.001])[:, None]
    assert rank_rates(solved, loss)[:, 0].tolist() == [5, 2.5, 1, 2.5, 6, 4]


def test_seeds_are_ranked_one_by_one():
    ranks = rank_rates(np.full((3, 2), NEVER), [[1, 3], [2, 2], [3, 1]])
    assert ranks.T.tolist() == [[1, 2, 3], [3, 2, 1]]


@pytest.mark.parametrize(
    ("ranks", "place"),
    [
        ([4, 3, 2, 1, 5], 2),  # the fastest is the last before training breaks
        ([5, 3, 1, 2, 4], 2),
        ([1, 2, 3, 4, 5], 0),
        ([5, 4, 3, 2, 1], 3),  # the highest cannot be the suggestion
        ([3, 3, 3, 3, 3], 0),  # nothing tells them apart
    ],
)
def test_a_rate_counts_only_as_much_as_the_next_higher_one_allows(ranks, place):
    found = best_rate(np.array(ranks, float)[:, None])
    assert (found.place, found.low, found.high) == (place, None, None)


def test_a_rate_that_fails_for_some_seeds_loses_to_one_that_serves_all():
    reliable, brilliant_for_most = [3] * 10, [1] * 7 + [9] * 3
    ranks = np.array([reliable, reliable, brilliant_for_most, [9] * 10], float)
    assert np.median(ranks[2]) < np.median(ranks[1])
    assert best_rate(ranks).place == 0


def test_the_interval_holds_the_suggestion_and_widens_where_seeds_disagree():
    agree = np.tile(np.array([[3.0], [1.0], [2.0], [4.0]]), 20)
    found = best_rate(agree)
    assert (found.place, found.low, found.high) == (1, 1, 1)
    other = np.tile(np.array([[1.0], [2.0], [3.0], [4.0]]), 20)
    mixed = best_rate(np.concatenate([agree[:, :11], other[:, :9]], axis=1))
    assert mixed.low == 0
    assert mixed.high == 1
    assert best_rate(agree[:, :5]).low is None  # five seeds are too few for an interval
