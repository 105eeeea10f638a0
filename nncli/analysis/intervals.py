"""Intervals for what is counted and measured over seeds."""

from __future__ import annotations

import math

Z_95 = 1.959963984540054
"""The 97.5 % point of the standard normal distribution."""


def wilson(successes: int, trials: int, z: float = Z_95) -> tuple[float, float]:
    """Wilson's score interval for a proportion, by default at 95 %.

        (p + z²/2n ± z √(p(1-p)/n + z²/4n²)) / (1 + z²/n),   p = successes / n

    Unlike p ± z √(p(1-p)/n), it is right for few trials and near 0 and 1.

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
