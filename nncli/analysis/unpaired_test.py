"""Comparisons of two samples that do not pair: the same seeds, but on different rows."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nncli.analysis.paired_test import FEWEST_DIFFERENT, needed

EXACT_STEPS = 30_000_000
"""Whole scores are counted exactly as long as (values · the smaller sample · the sum of scores) stays below this."""


def permutation_test(a: ArrayLike, b: ArrayLike) -> float:
    """The two-sided p-value of a difference of means, without assuming a distribution.

    If both samples were drawn alike, every choice of n of the n + m values could as well have been the first sample:

        p = share of the choices whose sum is at least as far from its expectation as the measured one

    Exact for whole scores of few values; of 0 and 1 it is Fisher's exact test, of ranks the test of Mann and Whitney.
    For many values the limit, the normal distribution.

    Args:
        a, b: (n,) and (m,), finite.

    Returns:
        p, 0 < p ≤ 1; 1 if all values are equal.
    Source: Fisher (1935); Pitman (1937); Streitberg & Röhmel (1986) for counting whole scores.
    """
    first, second = sorted([np.asarray(a, np.float64), np.asarray(b, np.float64)], key=len)
    values = np.concatenate([first, second])
    n, total = len(first), len(values)
    least = values.min()
    if values.max() == least:
        return 1.0
    shifted, own = values - least, float(np.sum(first - least))
    if np.all(shifted == np.rint(shifted)) and total * n * float(shifted.sum()) <= EXACT_STEPS:
        return _count_whole(shifted.astype(np.int64), n, own)
    variance = n * (total - n) / total * float(np.var(values, ddof=1))
    return math.erfc(abs(own - n * float(shifted.mean())) / math.sqrt(2 * variance))


def _count_whole(values: NDArray[np.int64], n: int, measured: float) -> float:
    """The p-value from the number of choices of n values with each sum, built up one value at a time."""
    step = int(np.gcd.reduce(values))
    values = values // step
    most = int(np.sort(values)[-n:].sum())
    ways = np.zeros((n + 1, most + 1))  # [k, s]: how many choices of k of the values so far have the sum s
    ways[0, 0] = 1.0
    for value in values.tolist():
        ways *= 0.5  # a factor of all alike, against an overflow
        if value <= most:
            ways[1:, value:] += ways[:-1, : most + 1 - value].copy()
    expected = n * float(values.mean())
    away = abs(measured / step - expected)
    extreme = np.abs(np.arange(most + 1) - expected) >= away - 1e-9 * max(1.0, expected)
    return min(1.0, float(ways[n][extreme].sum() / ways[n].sum()))


def unpaired_seeds_needed(a: ArrayLike, b: ArrayLike, level: float = 0.05, power: float = 0.8) -> int | None:
    """How many seeds of each sample show a difference of the measured size; as `paired.seeds_needed`.

        n = ((z_{1-level/2} √2 sd(all) + z_power √(var(a) + var(b))) / (mean(a) - mean(b)))²

    Source: Lachin (1981).
    """
    first, second = np.asarray(a, np.float64), np.asarray(b, np.float64)
    both = np.concatenate([first, second])
    _, times = np.unique(both, return_counts=True)
    if len(both) - times.max() < FEWEST_DIFFERENT:
        return None
    alike, spread = math.sqrt(2) * float(np.std(both)), math.sqrt(float(np.var(first) + np.var(second)))
    return needed(float(first.mean() - second.mean()), alike, spread, FEWEST_DIFFERENT, level, power)
