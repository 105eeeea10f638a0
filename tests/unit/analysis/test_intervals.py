"""Intervals, beside SciPy's."""

from __future__ import annotations

import pytest
from scipy.stats import binomtest, norm

from nncli.analysis.intervals import Z_95, wilson


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
