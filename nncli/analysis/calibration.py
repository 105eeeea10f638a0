"""Calibration: whether what a network calls 80 % likely happens in 80 % of the rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nncli.analysis.intervals import wilson

Numbers = NDArray[np.float64]

BINS = 10
"""Of equal width, from 0 to 1."""


@dataclass(frozen=True, slots=True)
class Bin:
    """The predictions in [low, high), the last bin with its end.

    Attributes:
        predictions: how many there are, of all seeds.
        stated: their mean probability.
        observed: the share of them that came true.
        interval: of that share, by Wilson at 95 %; see `reliability`.
    """

    low: float
    high: float
    predictions: int
    stated: float
    observed: float
    interval: tuple[float, float]


def reliability(probabilities: Numbers, came_true: NDArray[np.bool_], bins: int = BINS) -> list[Bin]:
    """A reliability diagram of the predictions of R seeds for the same N rows, without empty bins.

    All seeds predict the same rows, so their predictions are not independent. A bin counts for the interval as n rows,

        n = (Σ w_i)² / Σ w_i²       w_i the number of seeds that put row i into the bin

    which is its number of rows if all seeds put the same rows there.

    Args:
        probabilities: (R, N), in [0, 1].
        came_true: (R, N), whether what was predicted is so.

    Source: DeGroot & Fienberg (1983); Niculescu-Mizil & Caruana (2005); n: Kish (1965), Survey sampling.
    """
    place = _places(probabilities, bins)
    found = []
    for own in range(bins):
        inside = place == own
        if not inside.any():
            continue
        weights = inside.sum(axis=0, dtype=np.float64)
        rows = float(weights.sum() ** 2 / (weights**2).sum())
        observed = float(came_true[inside].mean())
        found.append(
            Bin(
                own / bins,
                (own + 1) / bins,
                int(inside.sum()),
                float(probabilities[inside].mean()),
                observed,
                wilson(observed * rows, rows),
            )
        )
    return found


def expected_calibration_error(
    probabilities: Numbers, came_true: NDArray[np.bool_], bins: int = BINS
) -> Sequence[float]:
    """The expected calibration error of each seed (R,): the mean distance of a reliability diagram from its diagonal.

        ECE = Σ_b n_b / N · |observed_b - stated_b|

    over bins b of equal width with n_b of N rows. It is never negative, so that few rows make it larger by chance.

    Args:
        probabilities, came_true: (R, N), as for `reliability`.

    Source: Naeini, Cooper & Hauskrecht (2015), Obtaining well calibrated probabilities using Bayesian binning; Guo,
    Pleiss, Sun & Weinberger (2017), On calibration of modern neural networks, equation 3.
    """
    found = []
    for place, stated, observed in zip(_places(probabilities, bins), probabilities, came_true, strict=True):
        gaps = np.bincount(place, observed - stated, minlength=bins)  # n_b (observed_b - stated_b)
        found.append(float(np.abs(gaps).sum() / len(place)))
    return found


def _places(probabilities: Numbers, bins: int) -> NDArray[np.intp]:
    """The bin of each prediction."""
    return np.clip((probabilities * bins).astype(np.intp), 0, bins - 1)
