"""Which of several learning rates is best, from short runs of the same seeds with each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nncli.analysis.bootstrap import FEWEST, RESAMPLES

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class BestRate:
    """The place of the best of several rates, and those of the ends of its interval; None for too few seeds."""

    place: int
    low: int | None
    high: int | None


def rank_rates(solved: ArrayLike, loss: ArrayLike) -> Floats:
    """The rank of each rate for each seed (G, R): 1 for the best; rates that did equally well share theirs.

    A rate is better if it solved the task in fewer epochs; among those that did not solve it, if its loss is lower.
    Rates that solved it in the same epoch are equally good: larger ones would only be surer of the same answers.

    Args:
        solved: the epoch (G, R) in which a seed with a rate solved the task; infinite if it did not.
        loss: its loss (G, R) at the end; infinite if it diverged.
    """
    epoch = np.asarray(solved, np.float64)
    end = np.where(np.isfinite(epoch), 0.0, np.asarray(loss, np.float64))
    same = epoch[:, None] == epoch[None, :]
    better = (epoch[None, :] < epoch[:, None]) | (same & (end[None, :] < end[:, None]))
    equal = same & (end[None, :] == end[:, None])
    ranks: Floats = 1 + better.sum(axis=1) + (equal.sum(axis=1) - 1) / 2
    return ranks


def best_rate(ranks: Floats) -> BestRate:
    """The rate that ranks best together with the next higher one, the lowest of several, with a bootstrap interval.

        suggestion = argmin_g (1/R) Σ_r (rank_gr + rank_(g+1)r) / 2

    A rate that fails for some seeds ranks last for these, so this one serves all of them. The fastest rate is often the
    last before training breaks, and on other seeds it breaks: a rate counts only as much as the next higher one allows.
    The highest of all rates cannot be the suggestion. The interval holds the suggestions of 95 % of resamples of the
    seeds, which are the same in each call.

    Args:
        ranks: (G, R), of `rank_rates`, rates ascending, G ≥ 2.
    Source: Friedman (1937) for ranks within blocks; Efron & Tibshirani (1993), chapter 13, for percentiles.
    """
    both, count = (ranks[:-1] + ranks[1:]) / 2, ranks.shape[1]
    place = int(np.argmin(both.sum(axis=1)))
    if count < FEWEST:
        return BestRate(place, None, None)
    drawn = np.random.Generator(np.random.PCG64(count)).integers(0, count, (RESAMPLES, count))
    resampled = np.argmin(both[:, drawn].sum(axis=2), axis=0)
    low, high = np.quantile(resampled, [0.025, 0.975], method="inverted_cdf")
    return BestRate(place, int(low), int(high))
