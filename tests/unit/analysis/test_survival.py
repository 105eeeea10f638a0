"""Survival curves and the log-rank test, beside SciPy's and by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from nncli.analysis.survival import kaplan_meier, log_rank_test, median_time

SEEDS = st.lists(st.tuples(st.integers(1, 30), st.booleans()), min_size=1, max_size=30)


def seeds(number, n, censored):
    """Times with ties, some of them censored."""
    random = np.random.default_rng(number)
    return random.integers(1, 25, n).astype(float), random.random(n) >= censored


@pytest.mark.parametrize(
    ("time", "solved", "curve", "median"),
    [
        ([1, 2, 3, 4], [1, 1, 1, 1], [0.75, 0.5, 0.25, 0], 2),
        ([1, 2, 3], [1, 1, 1], [2 / 3, 1 / 3, 0], 2),
        ([1, 2, 2, 3], [1, 1, 0, 1], [0.75, 0.5, 0], 2),  # who left at 2 was still there when one was solved at 2
        ([1, 2, 3, 4, 5], [1, 0, 1, 0, 0], [0.8, 0.8 * 2 / 3], None),
        ([5, 5, 5], [0, 0, 0], [], None),
        ([7], [1], [0], 7),
    ],
)
def test_curves_by_hand(time, solved, curve, median):
    found = kaplan_meier(time, solved)
    assert found.survival == pytest.approx(curve)
    assert found.median()[0] == median


@pytest.mark.parametrize(
    "epochs", [(87, 97), (5, None), (None, 5, None), (None, None), (3, 1, 2), (58, 73, 87, 97, None, None)]
)
def test_the_median_of_times_is_that_of_their_curve(epochs):
    solved = [epoch is not None for epoch in epochs]
    assert median_time(epochs) == kaplan_meier([epoch or 500 for epoch in epochs], solved).median()[0]


@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning", "ignore:invalid value:RuntimeWarning")
@pytest.mark.filterwarnings("ignore:.*confidence interval is undefined:RuntimeWarning")
@pytest.mark.parametrize("censored", [0.0, 0.3, 0.8])
@pytest.mark.parametrize("n", [5, 20, 100])
def test_curves_and_intervals_are_those_of_scipy(n, censored):
    time, solved = seeds(n, n, censored)
    expected: Any = stats.ecdf(stats.CensoredData.right_censored(time, ~solved)).sf
    found = kaplan_meier(time, solved)
    assert found.survival == pytest.approx(expected.evaluate(found.time), abs=1e-12)
    ends: Any = expected.confidence_interval(method="log-log")
    inside = found.survival > 0
    for mine, end in ((found.low, ends.low), (found.high, ends.high)):
        assert mine[inside] == pytest.approx(end.evaluate(found.time)[inside], abs=1e-12)


def test_the_interval_of_a_median_is_where_the_ends_of_the_curve_pass_a_half():
    """Of 50 seeds one is solved in each epoch: (ln(-ln S) - ln(ln 2)) / σ is -1.85 at 18, 1.79 at 31, 2.10 at 32."""
    epochs = np.arange(1, 51)
    assert kaplan_meier(epochs, epochs > 0).median() == (25, 18, 32)
    assert kaplan_meier(np.minimum(epochs, 30), epochs < 30).median() == (25, 18, None)
    assert kaplan_meier(np.minimum(epochs, 10), epochs < 10).median() == (None, None, None)


def test_where_the_last_seed_is_solved_the_upper_end_stays_where_it_was():
    found = kaplan_meier([3, 3, 3], [True] * 3)
    assert (found.low, found.high) == ([0.0], [1.0])
    found = kaplan_meier([3, 4, 5], [True] * 3)
    assert found.low[-1] == 0
    assert found.high[-1] == found.high[-2] < 1


@pytest.mark.parametrize("censored", [0.0, 0.3, 0.8])
@pytest.mark.parametrize("sizes", [(12, 9), (20, 31), (100, 50)])
def test_log_rank_is_that_of_scipy(sizes, censored):
    (time_a, solved_a), (time_b, solved_b) = (seeds(n, n, censored) for n in sizes)
    time_b = time_b + 3
    groups: Any = [stats.CensoredData.right_censored(t, ~s) for t, s in ((time_a, solved_a), (time_b, solved_b))]
    expected = stats.logrank(*groups).pvalue
    assert log_rank_test(time_a, solved_a, time_b, solved_b) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("solved", [(False, False), (True, False)], ids=["nobody", "one, when nobody else is left"])
def test_log_rank_without_anything_to_compare_is_1(solved):
    assert log_rank_test([9], [solved[0]], [3], [solved[1]]) == 1


@given(SEEDS, SEEDS, st.randoms())
def test_log_rank_is_symmetric_and_blind_to_order(a, b, random):
    def p(first, second):
        return log_rank_test(*zip(*first, strict=True), *zip(*second, strict=True))

    found = p(a, b)
    assert 0 <= found <= 1
    assert p(b, a) == pytest.approx(found, abs=1e-9)
    assert p(a, a) == 1
    random.shuffle(a)
    assert p(a, b) == found
