"""How much of the variance between the seeds of all trials of a sweep each of its axes explains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

RESAMPLES = 999
"""Of the seeds, for the intervals."""


@dataclass(frozen=True, slots=True)
class Effect:
    """The share of the variance that a source explains.

    Attributes:
        source: the key of an axis, `seed`, `axes together` (what the axes explain only in combination), or `rest`.
        share: η², from 0 to 1.
        interval: 95 %, over seeds; None with a single seed.
        by_chance: the share to be expected if the source had no effect; None for the rest.
    """

    source: str
    share: float
    interval: tuple[float, float] | None
    by_chance: float | None


def explained(values: Numbers, axes: Sequence[tuple[str, Sequence[str]]]) -> list[Effect]:
    """Split the variance of a measure into main effects of axes and seeds, interactions, and the rest.

        SS_A  = Σ over levels a of n_a (mean_a - mean)²        the same for each axis and for the seeds
        η²_A  = SS_A / SS                                      SS = Σ (y - mean)²
        axes together = (SS between trials - Σ SS_A) / SS      in full grids only
        rest  = 1 - all of these
        by chance: (levels - 1) / (n - 1)

    In a grid that is not full, the main effects overlap; there, neither `axes together` nor `rest` has a meaning, and
    they are left out. Intervals are percentiles over resampled seeds.

    Args:
        values: (T, R) of T trials on the same R seeds, finite.
        axes: the key of each axis, and its value in each trial.

    Returns:
        The effects, as given, then those of seeds and the rest; all 0 if the values are equal.
    Source: Fisher (1925), chapter 7; Cohen (1973) for η²; Hutter et al. (2014) for its use on hyperparameters.
    """
    levels = [(key, np.unique([*texts], return_inverse=True)[1]) for key, texts in axes]
    full = len({*zip(*(texts for _, texts in axes), strict=True)}) == len(values) == _size(levels)
    trials, seeds = values.shape
    found = _shares(values, levels, full=full)
    rng = np.random.default_rng(0)
    draws = rng.integers(0, seeds, (RESAMPLES, seeds)) if seeds > 1 else np.zeros((0, 1), int)
    resampled = [_shares(values[:, own], levels, full=full) for own in draws]
    counts = {key: int(own.max()) + 1 for key, own in levels} | {"seed": seeds}
    counts["axes together"] = trials - sum(counts[key] - 1 for key, _ in levels)
    return [
        Effect(
            source,
            share,
            _ends([own[source] for own in resampled]),
            None if source == "rest" else (counts[source] - 1) / max(trials * seeds - 1, 1),
        )
        for source, share in found.items()
    ]


def _size(levels: Sequence[tuple[str, NDArray[np.intp]]]) -> int:
    return int(np.prod([int(own.max()) + 1 for _, own in levels]))


def _shares(values: Numbers, levels: Sequence[tuple[str, NDArray[np.intp]]], *, full: bool) -> dict[str, float]:
    """η² of each source."""
    mean, seeds = values.mean(), values.shape[1]
    total = float(np.square(values - mean).sum())
    of_trials = values.mean(axis=1)
    found = {}
    for key, own in levels:
        n = np.bincount(own)
        means = np.bincount(own, of_trials) / n
        found[key] = seeds * float(n @ np.square(means - mean))
    main = sum(found.values())
    between = seeds * float(np.square(of_trials - mean).sum())
    if full and len(levels) > 1:
        found["axes together"] = max(between - main, 0.0)
    if seeds > 1:
        found["seed"] = len(values) * float(np.square(values.mean(axis=0) - mean).sum())
        if full:
            found["rest"] = max(total - between - found["seed"], 0.0)
    return {source: part / total if total else 0.0 for source, part in found.items()}


def _ends(shares: Sequence[float]) -> tuple[float, float] | None:
    if not shares:
        return None
    low, high = np.percentile(shares, [2.5, 97.5])
    return float(low), float(high)
