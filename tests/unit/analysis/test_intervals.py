"""Intervals, beside SciPy's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest, norm, t

from nncli.analysis.intervals import (
    Z_95,
    bonett_price,
    median_interval,
    normal_cdf,
    normal_quantile,
    student_quantile,
    wilson,
)


@pytest.mark.parametrize("trials", [1, 2, 3, 10, 50, 1000, 100_000])
@pytest.mark.parametrize("share", [0.0, 0.02, 1 / 3, 0.5, 0.98, 1.0])
@pytest.mark.parametrize("level", [0.5, 0.95, 0.999])
def test_wilson_is_that_of_scipy(trials, share, level):
    successes = round(share * trials)
    expected = binomtest(successes, trials).proportion_ci(level, method="wilson")
    low, high = wilson(successes, trials, z=norm.ppf(0.5 + level / 2))
    assert (low, high) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_wilson_by_hand():
    """Of 49 of 50: p = 0.98; at 95 % the textbook's interval is [0.895, 0.996]."""
    assert wilson(49, 50) == pytest.approx((0.89505, 0.99646), abs=1e-5)
    assert pytest.approx(norm.ppf(0.975), rel=1e-15) == Z_95


@pytest.mark.parametrize("trials", [1, 7, 50])
def test_wilson_reaches_exactly_0_and_1_and_is_symmetric(trials):
    assert wilson(0, trials)[0] == 0.0
    assert wilson(trials, trials)[1] == 1.0
    for successes in range(trials + 1):
        low, high = wilson(successes, trials)
        assert 0 <= low < high <= 1
        assert wilson(trials - successes, trials) == pytest.approx((1 - high, 1 - low))


def test_wilson_needs_a_trial():
    with pytest.raises(ValueError, match="needs a trial"):
        wilson(0, 0)


@pytest.mark.parametrize(
    ("only_first", "only_second", "pairs", "expected"),
    [
        (0, 0, 50, (-0.05330, 0.05330)),  # 0 ± 1.96 √((2/52) / 52): not a point, though no seed tells the two apart
        (17, 0, 50, (0.18873, 0.46511)),  # 17/52 ± 1.96 √((19/52 - (17/52)²) / 52)
        (0, 1, 50, (-0.08430, 0.04584)),
        (1, 0, 1, (-0.73354, 1.0)),
    ],
)
def test_bonett_price_by_hand(only_first, only_second, pairs, expected):
    low, high = bonett_price(only_first, only_second, pairs)
    assert (low, high) == pytest.approx(expected, abs=1e-5)
    assert bonett_price(only_second, only_first, pairs) == pytest.approx((-high, -low))


def test_bonett_price_needs_a_pair():
    with pytest.raises(ValueError, match="needs a pair"):
        bonett_price(0, 0, 0)


@pytest.mark.parametrize("p", [1e-6, 0.025, 0.5, 0.8, 0.999])
def test_the_normal_distribution_is_that_of_scipy(p):
    assert normal_quantile(p) == pytest.approx(norm.ppf(p), abs=1e-12)
    assert normal_cdf(normal_quantile(p)) == pytest.approx(p, rel=1e-12)


@pytest.mark.parametrize(
    ("freedom", "tolerance"), [(4, 2e-3), (5, 7e-4), (8, 1e-4), (19, 1e-5), (49, 1e-6), (999, 1e-9)]
)
def test_student_is_that_of_scipy(freedom, tolerance):
    assert student_quantile(freedom) == pytest.approx(t.ppf(0.975, freedom), rel=tolerance)


@pytest.mark.parametrize(
    ("n", "low", "high", "certainty"),
    [  # the table of Conover (1999), A6, and by hand
        (1, 1, 1, 0),
        (2, 1, 2, 0.5),
        (5, 1, 5, 0.9375),
        (6, 1, 6, 0.96875),
        (8, 1, 8, 0.9921875),
        (9, 2, 8, 0.9609375),
        (20, 6, 15, 0.9586),
        (50, 18, 33, 0.9672),
    ],
)
def test_the_interval_of_a_median_are_two_of_the_values(n, low, high, certainty):
    found = median_interval(list(range(n, 0, -1)))
    assert found == (low, high, pytest.approx(certainty, abs=1e-4))


def test_the_median_is_held_whatever_the_distribution():
    """Losses of which one in 50 is a hundred times as large, where an interval for the mean holds in a third."""
    random = np.random.default_rng(0)
    for n in (6, 20, 50):
        draws = random.exponential(size=(4000, n)) * np.where(random.random((4000, n)) < 0.02, 100, 1)
        truth = float(np.median(random.exponential(size=10**6) * np.where(random.random(10**6) < 0.02, 100, 1)))
        held = [low <= truth <= high for low, high, _ in map(median_interval, draws.tolist())]
        assert 0.94 < np.mean(held) < 0.98
