"""Verdicts on statements about exact numbers, medians, rates and differences."""

from __future__ import annotations

import numpy as np
import pytest

from nncli.analysis.verdict import COMPARISONS, OPPOSITE, judge

HIGH, LOW = np.arange(20.0) + 10, np.arange(20.0) - 10
YES, NO = np.ones(20, bool), np.zeros(20, bool)
HALF = np.arange(20) % 2 == 0


@pytest.mark.parametrize(
    ("left", "comparison", "right", "verdict"),
    [
        (2.0, ">", 1.0, "holds"),
        (1.0, ">", 1.0, "fails"),
        (1.0, ">=", 1.0, "holds"),
        (np.inf, "==", np.inf, "holds"),
        (np.nan, "==", 1.0, "cannot conclude"),
        (HIGH, ">", 9.0, "holds"),
        (HIGH, "<", 9.0, "fails"),
        (HIGH, ">", 20.0, "cannot conclude"),
        (9.0, "<", HIGH, "holds"),
        (HIGH, ">", LOW, "holds"),
        (LOW, ">=", HIGH, "fails"),
        (HIGH, "!=", LOW, "holds"),
        (HIGH, ">", HIGH, "cannot conclude"),
        (HIGH, ">=", HIGH, "holds"),
        (HIGH[:5], ">", 9.0, "cannot conclude"),
        (YES, ">=", 0.7, "holds"),
        (YES, ">=", 0.9, "cannot conclude"),
        (NO, ">", 0.5, "fails"),
        (YES, ">", NO, "holds"),
        (HALF, ">", NO, "holds"),
        (HALF, ">", ~HALF, "cannot conclude"),
        (np.where(np.arange(20) == 3, np.nan, HIGH), ">", 9.0, "holds"),
        (np.where(np.arange(20) < 10, np.nan, HIGH), ">", 9.0, "cannot conclude"),
    ],
)
def test_judge(left, comparison, right, verdict):
    assert judge(left, comparison, right).verdict == verdict


@pytest.mark.parametrize("comparison", COMPARISONS)
@pytest.mark.parametrize(("left", "right"), [(HIGH, 9.0), (HIGH, 20.0), (HIGH, LOW), (1.0, 1.0), (0.0, 1.0)])
def test_a_statement_holds_where_its_opposite_fails(comparison, left, right):
    words = {"holds": "fails", "fails": "holds", "cannot conclude": "cannot conclude"}
    assert judge(left, OPPOSITE[comparison], right).verdict == words[judge(left, comparison, right).verdict]


def test_the_numbers_behind_a_verdict():
    found = judge(HIGH, ">", 9.0)
    assert (found.measured, found.seeds) == (19.5, 20)
    assert 10 <= found.low < 19.5 < found.high <= 29
    assert judge(HALF, ">", 0.1).measured == 0.5
    assert judge(HIGH, ">", LOW).measured == 20


def test_different_numbers_of_seeds_are_not_paired():
    with pytest.raises(ValueError, match="20 seeds cannot be paired with 5"):
        judge(HIGH, ">", LOW[:5])


@pytest.mark.parametrize("shift", [0.0, 3.0])
def test_a_statement_without_truth_is_seldom_decided(shift):
    """Of the same distribution at most 1 %; three standard deviations apart, nearly always."""
    rng = np.random.default_rng(1)
    words = [judge(rng.standard_normal(20) + shift, ">", rng.standard_normal(20)).verdict for _ in range(1000)]
    if shift:
        assert words.count("holds") > 950
    else:
        assert words.count("cannot conclude") >= 990


def test_ties_do_not_decide():
    """Of scores that are mostly equal, as of seeds that mostly reach 100 %, neither side is above the other."""
    rng = np.random.default_rng(2)
    words = [
        judge(np.where(rng.random(20) < 0.05, 0.75, 1.0), ">", np.where(rng.random(20) < 0.05, 0.75, 1.0)).verdict
        for _ in range(1000)
    ]
    assert words.count("cannot conclude") >= 990
