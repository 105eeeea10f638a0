"""Paired comparisons: the same seeds under two variants."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nncli.analysis.intervals import normal_quantile

EXACT_PAIRS = 20
"""Up to this number of differing pairs, all 2ⁿ sign flips are counted, whatever the differences."""

EXACT_STEPS = 10_000_000
"""Whole differences are counted exactly as long as (pairs · Σ |d|) stays below this: some 10 ms."""

BLOCKS, BLOCK = 20, 1000
"""The number of random flips where neither is possible; drawn in blocks to save memory."""

LARGEST = 1000
"""Above this number of pairs, the sum of flipped differences is treated as normal."""

FEWEST_DIFFERENT = 6
"""With fewer differing pairs no test can be significant: 2 · 2⁻⁵ > 5 %. No effect size is given either."""


def sign_flip_test(differences: ArrayLike) -> float:
    """The two-sided p-value of a mean paired difference, without assuming a distribution.

    If the two variants were alike, each difference would be as likely to have the other sign:

        p = share of the 2ⁿ sign flips whose |mean| is at least the measured one

    Exact for up to 20 pairs that differ, and for differences that are whole numbers, such as epochs or solved or not
    (then it is McNemar's exact test). Else of 20,000 random flips, the same in each call, and the measured one:
    p = (hits + 1) / (flips + 1). Beyond 1000 pairs their limit, the normal distribution. Pairs that do not differ have
    no sign to flip and say nothing; the order of the pairs does not matter.

    Args:
        differences: (n,), finite, one for each seed.

    Returns:
        p, 0 < p ≤ 1; 1 if no pair differs.
    Source: Fisher (1935), section 21; Streitberg & Röhmel (1986) for counting whole differences; Phipson & Smyth (2010)
        for the + 1.
    """
    d = np.asarray(differences, np.float64)
    sizes = np.sort(np.abs(d[d != 0]))
    n = len(sizes)
    if n == 0:
        return 1.0
    measured, total = abs(math.fsum(d)), math.fsum(sizes)
    if n * total <= EXACT_STEPS * _common_step(sizes):
        return _count_whole(sizes, measured)
    measured -= 1e-12 * total  # sums in another order differ in their last bits
    if n <= EXACT_PAIRS:
        sums = sizes[:1]  # a flip of all signs leaves |sum|: half of the flips are enough
        for size in sizes[1:]:
            sums = np.concatenate([sums - size, sums + size])
        return float(np.mean(np.abs(sums) >= measured))
    if n > LARGEST:
        return math.erfc(measured / math.sqrt(2 * math.fsum(sizes**2)))
    random, hits = np.random.Generator(np.random.PCG64(n)), 0
    for _ in range(BLOCKS):
        signs = 2.0 * random.integers(0, 2, (BLOCK, n), dtype=np.int8) - 1
        hits += int(np.count_nonzero(np.abs(signs @ sizes) >= measured))
    return (hits + 1) / (BLOCKS * BLOCK + 1)


def _common_step(sizes: NDArray[np.float64]) -> int:
    """The greatest common divisor of whole numbers; 0 if they are not whole."""
    if sizes[-1] >= 2**53 or np.any(sizes != np.rint(sizes)):
        return 0
    return int(np.gcd.reduce(sizes.astype(np.int64)))


def _count_whole(sizes: NDArray[np.float64], measured: float) -> float:
    """The p-value from the distribution of Σ ± size, built up one size at a time."""
    step = _common_step(sizes)
    whole = (sizes / step).astype(np.int64)
    total = int(whole.sum())
    chance = np.zeros(total + 1)  # of each sum of the sizes with a plus
    chance[0], end = 1.0, 1
    for size in whole.tolist():
        chance[:end] *= 0.5
        chance[size : size + end] += chance[:end].copy()
        end += size
    extreme = np.abs(2 * np.arange(total + 1) - total) >= round(measured / step)
    return min(1.0, float(chance[extreme].sum()))


def holm(p_values: ArrayLike) -> NDArray[np.float64]:
    """Adjusted p-values (m,): the chance of even one false alarm among all m comparisons stays below the level.

        sorted p_(1) ≤ ... ≤ p_(m):   adjusted p_(i) = max over j ≤ i of min(1, (m - j + 1) p_(j))

    Source: Holm (1979).
    """
    p = np.asarray(p_values, np.float64)
    order = np.argsort(p, kind="stable")
    steps = np.minimum(1.0, (len(p) - np.arange(len(p))) * p[order])
    adjusted = np.empty_like(p)
    adjusted[order] = np.maximum.accumulate(steps)
    return adjusted


def probability_of_improvement(better: ArrayLike, than: ArrayLike) -> float:
    """How often a seed does better under one variant than under the other, ties counted half (higher is better).

        P = mean over seeds of [a > b] + ½ [a = b]

    Source: Agarwal et al. (2021), here for paired seeds.
    """
    a, b = np.asarray(better), np.asarray(than)
    return float(np.mean((a > b) + 0.5 * (a == b)))


def effect_size(differences: ArrayLike) -> float:
    """Cohen's d for paired differences: their mean in units of their standard deviation; NaN for one pair.

        d_z = mean(d) / sd(d)        0 if all are 0, infinite if all are another number

    Source: Cohen (1988), section 2.3.5.
    """
    d = np.sort(np.asarray(differences, np.float64))
    if len(d) < 2:
        return math.nan
    if d[0] == d[-1]:
        return 0.0 if d[0] == 0 else math.copysign(math.inf, d[0])
    d = d / np.abs(d).max()  # a ratio has no scale, but squares of tiny numbers underflow
    return float(np.mean(d) / np.std(d, ddof=1))


def seeds_needed(differences: ArrayLike, level: float = 0.05, power: float = 0.8) -> int | None:
    """How many seeds the sign-flip test needs to see a difference of the measured size with a probability of 80 %.

        n = ((z_{1-level/2} √mean(d²) + z_power sd(d)) / mean(d))²

    √mean(d²) is the spread of the flipped differences, sd(d) that of the differences. For solved or not, this is the
    formula of McNemar's test. It is at least log2(2 / level) / (share of pairs that differ): fewer flips cannot reach
    the level. For differences beyond one sd it asks for some more than are needed. The measured size is itself an
    estimate, and so is this number.

    Args:
        differences: (n,), finite, one for each seed.
        level: of the test; with m tests, level / m is what Holm's adjustment asks at most.

    Returns:
        None if the mean difference is 0, or if fewer than `FEWEST_DIFFERENT` pairs differ.
    Source: Connor (1987); Lachin (1981).
    """
    d = np.sort(np.asarray(differences, np.float64))
    different = int(np.count_nonzero(d))
    if different < FEWEST_DIFFERENT:
        return None
    mean = math.fsum(d) / len(d)
    fewest = math.log2(2 / level) / (different / len(d))
    return needed(mean, float(np.sqrt(np.mean(d**2))), float(np.std(d)), fewest, level, power)


def needed(mean: float, alike: float, spread: float, fewest: float, level: float, power: float) -> int | None:
    """How many seeds show a difference: its mean, its spread if there were none, its spread, the least number."""
    if abs(mean) <= 1e-12 * alike:
        return None
    roots = (normal_quantile(1 - level / 2) * alike + normal_quantile(power) * spread) / mean
    return math.ceil(max(roots * roots, fewest))


def fewest_seeds(comparisons: int, level: float = 0.05) -> int:
    """The least number of seeds with which one of some paired comparisons can be sure.

    n pairs that all differ in one direction have p = 2^(1 - n);   Holm's adjustment asks for p < level / comparisons
    """
    return math.floor(1 - math.log2(level / max(1, comparisons))) + 1
