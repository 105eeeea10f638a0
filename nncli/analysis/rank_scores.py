"""Rank scores: what a test of medians uses, so that a few extreme values do not dominate."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def rank_scores(a: ArrayLike, b: ArrayLike) -> tuple[Floats, Floats]:
    """Twice the midrank of each value among all of both samples: whole numbers.

        score(x) = [number of values < x] + [number of values ≤ x] + 1

    If the two samples have one distribution, swapping the labels of a pair only swaps its two scores, as the ranks are
    those of all values together. So the sign-flip test of the differences is exact. Seeds unsolved at a common horizon
    are infinite times, and tie: then these are the scores of the paired Prentice-Wilcoxon test.

    Args:
        a, b: (n,) and (m,); infinite values are allowed, NaN is not.

    Source: O'Brien & Fleming (1987), "A paired Prentice-Wilcoxon test for censored paired data"; Conover & Iman (1981).
    """
    first, second = np.asarray(a, np.float64), np.asarray(b, np.float64)
    ordered = np.sort(np.concatenate([first, second]))
    return _scores(first, ordered), _scores(second, ordered)


def _scores(values: Floats, ordered: Floats) -> Floats:
    scores = np.searchsorted(ordered, values, "left") + np.searchsorted(ordered, values, "right") + 1
    return scores.astype(np.float64)


def superiority(a: ArrayLike, b: ArrayLike) -> float:
    """The chance that a value drawn from a is larger than one drawn from b, ties counted half.

        P = (mean score of a - mean score of b) / (2 (n + m)) + ½

    It is ½ if neither sample tends to larger values, and what a test of the rank scores decides about.

    Source: Mann & Whitney (1947); Agarwal et al. (2021) call it the probability of improvement.
    """
    first, second = rank_scores(a, b)
    return float((np.mean(first) - np.mean(second)) / (2 * (len(first) + len(second))) + 0.5)
