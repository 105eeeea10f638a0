"""Bootstrap intervals: resampling the seeds at hand to estimate what other seeds would give.

Mean, median and interquartile mean are one statistic, the mean of what is left when some of the sorted values are cut
off at each end. For sorted values every one of its resamples is a fixed weighted sum, with weights that depend on the
number of values only. So the weights are drawn once, and all intervals are matrix products.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nncli.analysis.intervals import Z_95, normal_cdf, student_quantile
from nncli.analysis.metric_names import Centre
from nncli.analysis.spread import unusual_exponents

Floats: TypeAlias = NDArray[np.float64]

RESAMPLES = 1999
"""Chosen so that (RESAMPLES + 1) · 2.5 % is an integer."""

LARGEST = 500
"""Above this number of values, the normal limit replaces the resamples."""

FEWEST = 6
"""With fewer values there is no interval: all of them lie on one side of the truth by chance in more
than 5 % of the cases, 2 · 2⁻⁵."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A center and its 95 % interval, each (...); the ends are NaN for too few values."""

    value: Floats
    low: Floats
    high: Floats


def centre_of(values: ArrayLike, centre: Centre) -> Floats:
    """The mean, the median, or the mean of the middle half of values (..., n), as (...).

        IQM = mean of the values between the first and the third quartile; a quarter is cut off each end, and the
              two values at the cuts count partially if n is not a multiple of four

    The interquartile mean is nearly as robust as the median, with less noise.

    Source: Agarwal et al. (2021), "Deep Reinforcement Learning at the Edge of the Statistical Precipice", for the IQM.
    """
    ordered = np.sort(np.asarray(values, np.float64), axis=-1)
    n = ordered.shape[-1]
    value = ordered @ _weights(np.ones((1, n)), _cut(centre, n))[0]
    inside: Floats = np.clip(value, ordered[..., 0], ordered[..., -1])  # a sum may leave it by its last bit
    return inside


def estimate(values: ArrayLike, centre: Centre) -> Estimate:
    """A centre of values (..., n) over the last axis, with a 95 % bootstrap interval.

    The mean: the symmetric studentized bootstrap, or bootstrap-t,

        T ± q s        q the 95 % quantile of |T* - T| / s* over resamples *, s the standard deviation

    which, unlike the percentiles of T*, keeps its coverage for few or skewed values; it is clipped to the smallest and
    largest value. The median and the interquartile mean, and the mean where over 5 % of the resamples have no spread
    (nearly all values equal): the expanded percentile interval,

        the quantiles α' and 1 - α' of T*        α' as in `expanded_tail`

    which is wider than the plain one, with 2.5 %, by what a t interval is wider than one with s = √(Σ (x - T)² / n).

    The resamples are the same in each call, and the order of the values does not matter: the same values give the same
    interval. Above 500 values it is the normal limit: T ± 1.96 standard errors, for the median the order statistics
    n/2 ± 1.96 √n / 2. Coverage is measured by `benchmarks/false_alarms.py`; of the means of very skewed values
    (lognormal) it is 91 to 92 %.

    Args:
        values: finite.
        centre: `mean`, `median` or `interquartile_mean`.

    Raises:
        ValueError: without values, or if one is not finite.
    Source: Efron & Tibshirani (1993), chapters 12 and 13; Hall (1988) for the symmetric bootstrap-t; Hesterberg (2015),
        "What Teachers Should Know About the Bootstrap", for the expanded percentiles; Bahadur & Savage (1956) for why
        not every mean can be covered; Tukey & McLaughlin (1963) for the standard error of a trimmed mean.
    """
    x = np.sort(np.asarray(values, np.float64), axis=-1)
    n = x.shape[-1]
    if n == 0 or not np.all(np.isfinite(x)):
        raise ValueError("an interval needs values, all finite")
    exponent = unusual_exponents(x)  # of numbers of any size, squares and sums are finite
    if exponent.any():
        found = estimate(np.ldexp(x, -exponent), centre)
        return Estimate(*(np.ldexp(part, exponent[..., 0]) for part in (found.value, found.low, found.high)))
    value = centre_of(x, centre)
    if n < FEWEST:
        nothing = np.full_like(value, math.nan)
        return Estimate(value, nothing, nothing)
    low, high = _limits(x, value, centre) if n > LARGEST else _resampled_limits(x, value, centre)
    return Estimate(value, np.clip(low, x[..., 0], x[..., -1]), np.clip(high, x[..., 0], x[..., -1]))


def _resampled_limits(x: Floats, value: Floats, centre: Centre) -> tuple[Floats, Floats]:
    n = x.shape[-1]
    deviation = x - value[..., None]  # of sums of squares about the centre fewer digits cancel
    weights = _resample(n, _cut(centre, n))
    shift = deviation @ weights.T
    tail = expanded_tail(n)
    low, high = value + np.quantile(shift, [tail, 1 - tail], axis=-1, method="weibull")
    if centre != "mean":
        return low, high
    spread = np.sqrt(np.mean(deviation**2, axis=-1))
    spreads = np.sqrt(np.maximum(deviation**2 @ weights.T - shift**2, 0))
    none = spreads <= 1e-6 * spread[..., None]
    t = np.where(none, math.inf, np.abs(shift) / np.where(none, 1, spreads))
    q = np.sort(t, axis=-1)[..., round(0.95 * (RESAMPLES + 1)) - 1]
    sure = np.isfinite(q)
    half = np.where(sure, q, 0) * spread
    return np.where(sure, value - half, low), np.where(sure, value + half, high)


def expanded_tail(n: int) -> float:
    """α' = Φ(-√(n / (n - 1)) t_{0.975, n-1}), what an expanded percentile interval of n values leaves out on each side.

    Source: Hesterberg (2015).
    """
    return normal_cdf(-math.sqrt(n / (n - 1)) * student_quantile(n - 1))


def _limits(x: Floats, value: Floats, centre: Centre) -> tuple[Floats, Floats]:
    """The normal limit, for many values."""
    n = x.shape[-1]
    if centre == "median":
        rank = math.floor(n / 2 - Z_95 * math.sqrt(n) / 2)
        return x[..., rank - 1], x[..., n - rank]
    cut = int(_cut(centre, n))
    winsorized = np.clip(x, x[..., cut, None], x[..., n - 1 - cut, None])
    half = Z_95 * np.std(winsorized, axis=-1) / ((1 - 2 * cut / n) * math.sqrt(n))
    return value - half, value + half


def _cut(centre: Centre, n: int) -> float:
    """The number of the n sorted values that are trimmed from each end."""
    return {"mean": 0.0, "median": (n - 1) // 2, "interquartile_mean": n / 4}[centre]


def _weights(counts: Floats, cut: float) -> Floats:
    """The weight of each of n sorted values in the trimmed mean of a resample, given its counts: (..., n)."""
    upto = np.cumsum(counts, axis=-1)
    n = counts.shape[-1]
    inside = np.minimum(upto, n - cut) - np.maximum(upto - counts, cut)
    weights: Floats = np.maximum(inside, 0) / (n - 2 * cut)
    return weights


@functools.lru_cache(maxsize=4)
def _resample(n: int, cut: float) -> Floats:
    """The weights of `RESAMPLES` resamples of n values: (RESAMPLES, n)."""
    drawn = np.random.Generator(np.random.PCG64(n)).integers(0, n, (RESAMPLES, n))
    places = drawn + n * np.arange(RESAMPLES)[:, None]
    counts = np.bincount(places.reshape(-1), minlength=RESAMPLES * n)
    return _weights(counts.reshape(RESAMPLES, n).astype(np.float64), cut)
