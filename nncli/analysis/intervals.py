"""Intervals for counts over seeds, and the quantiles that they need."""

from __future__ import annotations

import math
from collections.abc import Sequence

Z_95 = 1.959963984540054
"""The 97.5 % point of the standard normal distribution."""


def wilson(successes: float, trials: float, z: float = Z_95) -> tuple[float, float]:
    """Wilson's score interval for a proportion, by default at 95 %.

        (p + z²/2n ± z √(p(1-p)/n + z²/4n²)) / (1 + z²/n),   p = successes / n

    Unlike p ± z √(p(1-p)/n), it is accurate for few trials and near 0 and 1.

    Raises:
        ValueError: if there are no trials.
    Source: Wilson (1927); Brown, Cai & DasGupta (2001).
    """
    if trials < 1:
        raise ValueError("a proportion needs a trial")
    p, n = successes / trials, trials
    centre = p + z * z / (2 * n)
    spread = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    low, high = (centre - spread) / scale, (centre + spread) / scale
    return (0.0 if successes == 0 else low, 1.0 if successes == trials else high)


def bonett_price(only_first: int, only_second: int, pairs: int, z: float = Z_95) -> tuple[float, float]:
    """An interval for the difference of two proportions over the same seeds, by default at 95 %.

        p₁ = (only_first + 1) / (pairs + 2)        p₂ = (only_second + 1) / (pairs + 2)
        p₁ - p₂ ± z √((p₁ + p₂ - (p₁ - p₂)²) / (pairs + 2))

    The added pairs keep it from shrinking to a point where few seeds, or none, tell the two apart.

    Args:
        only_first, only_second: how many seeds succeeded under one of the two only.
        pairs: the number of seeds.

    Raises:
        ValueError: if there are no pairs.
    Source: Bonett & Price (2012); Fagerland, Lydersen & Laake (2014).
    """
    if pairs < 1:
        raise ValueError("a difference of proportions needs a pair")
    p1, p2 = (only_first + 1) / (pairs + 2), (only_second + 1) / (pairs + 2)
    spread = z * math.sqrt((p1 + p2 - (p1 - p2) ** 2) / (pairs + 2))
    return max(-1.0, p1 - p2 - spread), min(1.0, p1 - p2 + spread)


def median_interval(values: Sequence[float], level: float = 0.95) -> tuple[float, float, float]:
    """Ends between which the median of the distribution lies, whatever its shape, and how sure that is.

        [x_(k), x_(n+1-k)], k as large as  1 - 2 P(Bin(n, ½) < k) ≥ level  permits

    Of fewer than six values not even all of them reach 95 %: their ends are given, and the certainty 1 - 2^(1-n).

    Args:
        values: (n,), finite, n ≥ 1, independent draws of the distribution.

    Source: Thompson (1936), On confidence ranges for the median and other expectation distributions.
    """
    ordered, n = sorted(values), len(values)
    k, outside = 1, 2.0 * 0.5**n
    term = 0.5**n
    while 2 * (k + 1) <= n + 1:
        term *= (n - k + 1) / k  # P(Bin(n, ½) = k)
        if outside + 2 * term > 1 - level:
            break
        k, outside = k + 1, outside + 2 * term
    return float(ordered[k - 1]), float(ordered[n - k]), max(0.0, 1 - outside)


def normal_cdf(z: float) -> float:
    """Φ(z) = ½ erfc(-z / √2), the share of a standard normal distribution below z."""
    return 0.5 * math.erfc(-z / math.sqrt(2))


def normal_quantile(p: float) -> float:
    """Φ⁻¹(p), 0 < p < 1."""
    from statistics import NormalDist

    return NormalDist().inv_cdf(p)


def student_quantile(freedom: int, z: float = Z_95) -> float:
    """The point of Student's t distribution below which lies as much as below z of the normal one.

        t = z + g₁/ν + g₂/ν² + g₃/ν³ + g₄/ν⁴       ν degrees of freedom, g polynomials in z

    At 97.5 %: right to 0.2 % from 4 degrees of freedom on, to 0.01 % from 8 on.

    Source: Fisher & Cornish (1960); Abramowitz & Stegun (1964), 26.7.5.
    """
    g = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    x = 1 / freedom
    return z + x * (g[0] + x * (g[1] + x * (g[2] + x * g[3])))
