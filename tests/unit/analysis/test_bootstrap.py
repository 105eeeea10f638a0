"""Bootstrap intervals, beside SciPy's and a loop of the textbook."""

from __future__ import annotations

import math
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from nncli.analysis.bootstrap import FEWEST, LARGEST, centre_of, estimate, expanded_tail
from nncli.analysis.metric_names import Centre

CENTRES = get_args(Centre)
SAMPLES = {
    "normal": np.random.default_rng(1).standard_normal(50),
    "skewed": np.random.default_rng(2).lognormal(size=20),
    "whole": np.random.default_rng(3).integers(0, 9, 33).astype(float),
    "far from 0": 1e6 + np.random.default_rng(4).standard_normal(30),
}


@pytest.mark.parametrize(
    ("values", "mean", "median", "interquartile_mean"),
    [
        ([3.0], 3, 3, 3),
        ([1, 2], 1.5, 1.5, 1.5),
        ([1, 2, 9], 4, 2, (0.25 * 1 + 2 + 0.25 * 9) / 1.5),
        ([100, 2, 3, -7], 24.5, 2.5, 2.5),
        ([0, 1, 2, 3, 1000], 201.2, 2, (0.75 * 1 + 2 + 0.75 * 3) / 2.5),
    ],
)
def test_centres_by_hand(values, mean, median, interquartile_mean):
    found = [float(centre_of(values, centre)) for centre in CENTRES]
    assert found == pytest.approx([mean, median, interquartile_mean])


@pytest.mark.parametrize("sample", SAMPLES)
def test_centres_are_those_of_numpy_and_scipy(sample):
    x = SAMPLES[sample]
    assert centre_of(x, "mean") == pytest.approx(np.mean(x), rel=1e-12)
    assert centre_of(x, "median") == np.median(x)
    whole = x[: len(x) // 4 * 4]
    assert centre_of(whole, "interquartile_mean") == pytest.approx(stats.trim_mean(whole, 0.25), rel=1e-12)


@pytest.mark.parametrize("centre", ["median", "interquartile_mean"])
@pytest.mark.parametrize("sample", SAMPLES)
def test_percentile_intervals_are_those_of_scipy(sample, centre):
    """Within a tenth of their width: the two draw different resamples."""
    x = SAMPLES[sample]
    expected = stats.bootstrap(
        (x,),
        lambda v, axis: centre_of(np.moveaxis(v, axis, -1), centre),
        confidence_level=1 - 2 * expanded_tail(len(x)),
        method="percentile",
        rng=np.random.default_rng(0),
    ).confidence_interval
    found = estimate(x, centre)
    assert (found.low, found.high) == pytest.approx(tuple(expected), abs=0.1 * (expected.high - expected.low))


@pytest.mark.parametrize("n", [6, 20, 50, 500])
def test_percentiles_are_expanded_as_by_scipy(n):
    expected = stats.norm.cdf(-math.sqrt(n / (n - 1)) * stats.t.ppf(0.975, n - 1))
    assert expanded_tail(n) == pytest.approx(expected, rel=0.01)


def studentized(x):
    """The symmetric bootstrap-t of the textbook, resample by resample."""
    random, n = np.random.default_rng(0), len(x)
    t = []
    for _ in range(4000):
        again = x[random.integers(0, n, n)]
        t.append(abs(again.mean() - x.mean()) / again.std())
    half = np.quantile(t, 0.95) * x.std()
    return x.mean() - half, x.mean() + half


@pytest.mark.parametrize("sample", SAMPLES)
def test_intervals_of_the_mean_are_those_of_the_textbook(sample):
    x = SAMPLES[sample]
    low, high = np.clip(studentized(x), x.min(), x.max())
    found = estimate(x, "mean")
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.06 * (high - low))
    assert found.high - found.value == pytest.approx(found.value - found.low)


def test_the_mean_of_nearly_equal_values_falls_back_to_percentiles():
    """In a third of the resamples all values are 1: they have no spread to divide by."""
    x = np.r_[np.ones(49), 0.75]
    found = estimate(x, "mean")
    assert (found.low, found.high) == pytest.approx((0.98, 1.0), abs=0.0051)


@pytest.mark.parametrize("centre", CENTRES)
@pytest.mark.parametrize("value", [0.0, 0.1, -1e99])
def test_equal_values_have_a_point_as_interval(centre, value):
    found = estimate(np.full(50, value), centre)
    assert (found.value, found.low, found.high) == (value, value, value)


@pytest.mark.parametrize("centre", CENTRES)
def test_few_values_have_no_interval(centre):
    for n in range(1, FEWEST):
        assert math.isnan(estimate(np.arange(float(n)), centre).low)
    found = estimate(np.arange(float(FEWEST)), centre)
    assert 0 <= found.low < found.value < found.high <= FEWEST - 1


@pytest.mark.parametrize("centre", CENTRES)
def test_many_values_have_the_limit_of_the_interval(centre):
    x = np.random.default_rng(0).exponential(size=LARGEST)
    drawn, limit = estimate(x, centre), estimate(np.r_[x, np.median(x)], centre)
    assert (limit.low, limit.high) == pytest.approx((drawn.low, drawn.high), abs=float(0.15 * (drawn.high - drawn.low)))


@pytest.mark.parametrize("centre", CENTRES)
def test_many_intervals_at_once_are_those_one_by_one(centre):
    rows = np.random.default_rng(0).lognormal(size=(2, 3, 20))
    together = estimate(rows, centre)
    for place in np.ndindex(2, 3):
        alone = estimate(rows[place], centre)
        found = [together.value[place], together.low[place], together.high[place]]
        assert found == pytest.approx([alone.value, alone.low, alone.high], rel=1e-12)


@pytest.mark.parametrize("values", [[], [1.0, math.nan], [math.inf]])
def test_values_must_be_there_and_finite(values):
    with pytest.raises(ValueError, match="needs values, all finite"):
        estimate(values, "mean")


@given(st.lists(st.floats(-1e100, 1e100), min_size=FEWEST, max_size=30), st.sampled_from(CENTRES), st.randoms())
def test_intervals_hold_their_centre_within_the_range_in_any_order(values, centre, random):
    found = estimate(values, centre)
    assert min(values) <= found.low <= found.high <= max(values)
    slack = 1e-12 * max(map(abs, values))
    assert found.low - slack <= found.value <= found.high + slack
    random.shuffle(values)
    assert estimate(values, centre) == found


@pytest.mark.parametrize("centre", CENTRES)
@pytest.mark.parametrize("exponent", [-1000, -300, 0, 300, 1010])
def test_an_interval_does_not_depend_on_the_unit(exponent, centre):
    with np.errstate(all="raise", under="ignore"):
        for x in (SAMPLES["skewed"], np.stack([SAMPLES["normal"], -SAMPLES["normal"]]), np.tile(SAMPLES["normal"], 20)):
            one, other = estimate(x, centre), estimate(np.ldexp(x, exponent), centre)
            for name in ("value", "low", "high"):
                assert np.array_equal(np.ldexp(getattr(one, name), exponent), getattr(other, name))
