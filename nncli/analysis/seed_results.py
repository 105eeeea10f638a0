"""The results of variants, seed by seed, and the measures on which they are compared.

A seed that diverged failed: it counts as unsolved to the end, and with the worst value of any seed of any variant.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nncli.analysis.comparable_metrics import SAME, Terms, in_the_way
from nncli.analysis.metric_names import SCORE, is_score

HUGE = 1e100
"""Metric values are clipped to this, so that their squares are finite."""


@dataclass(frozen=True, slots=True)
class SeedResults:
    """The results of one variant, seed by seed; all arrays (n,), in the same order of seeds for all variants.

    Attributes:
        label: the variant's name.
        seeds: the seeds.
        solved_epoch: of a seed whose final weights solve its rows, the first epoch that did; of any other, also of
            one that was solved once and lost that again, infinite.
        epochs: the number of observed epochs. For a seed that stopped early by a rule (patience, repeating weights)
            it is the planned number: more epochs would not have helped.
        diverged: whether the seed diverged.
        metrics: the final metrics by name; NaN where diverged.
        terms: the terms on which its numbers were measured.
        complete: whether solving every row is the aim: they are all there are, as in a truth table, or training stopped
            as soon as they were solved.
    """

    label: str
    seeds: NDArray[np.int64]
    solved_epoch: NDArray[np.float64]
    epochs: NDArray[np.float64]
    diverged: NDArray[np.bool_]
    metrics: dict[str, NDArray[np.float64]]
    complete: bool = True
    terms: Terms = SAME

    @property
    def solved(self) -> NDArray[np.bool_]:
        """Which seeds are solved by their final weights, and did not diverge."""
        return np.isfinite(self.solved_epoch) & ~self.diverged

    def watched(self, horizon: float) -> NDArray[np.float64]:
        """When each seed was solved, or until when it is known not to be: to the horizon where diverged."""
        return np.where(self.solved, self.solved_epoch, np.where(self.diverged, horizon, self.epochs))

    def final(self, metric: str, everyone: Sequence[SeedResults]) -> NDArray[np.float64]:
        """A final metric, replaced by the worst of all variants where a seed has none; NaN if no seed has one.

        Only variants whose metric means the same are considered.
        """
        alike = [t for t in everyone if metric in t.metrics and not in_the_way(metric, [self.terms, t.terms])]
        values = np.concatenate([own[np.isfinite(own)] for own in (measured(t, metric) for t in alike)])
        if not len(values):
            return np.full(len(self.seeds), math.nan)
        worst = values.min() if is_score(metric) else values.max()
        own = measured(self, metric)
        return np.where(np.isfinite(own), own, worst)


def measured(trials: SeedResults, metric: str) -> NDArray[np.float64]:
    """A final metric, NaN where a seed has none."""
    values = np.where(trials.diverged, math.nan, trials.metrics[metric])
    return np.where(np.isfinite(values), np.clip(values, -HUGE, HUGE), math.nan)


@dataclass(frozen=True, slots=True)
class Measure:
    """A number per seed on which variants are compared; more is better.

    Attributes:
        name: `solved`, `epochs`, or a final metric.
        worse, better: what to say of a variant with less and with more of it.
    """

    name: str
    worse: str = "worse"
    better: str = "better"

    def values(self, trials: SeedResults, everyone: Sequence[SeedResults]) -> NDArray[np.float64]:
        """The values (n,): 1 where solved; minus the time to solve, -∞ beyond the horizon; a score, or minus a loss."""
        if self.name == "solved":
            return trials.solved.astype(np.float64)
        if self.name == "epochs":
            epochs = np.where(trials.solved, trials.solved_epoch, math.inf)
            return -np.where(epochs <= horizon(everyone), epochs, math.inf)
        final = np.nan_to_num(trials.final(self.name, everyone))
        return final if is_score(self.name) else -final


SOLVED = Measure("solved")
EPOCHS = Measure("epochs", "slower", "faster")


def horizon(everyone: Sequence[SeedResults]) -> float:
    """The epochs for which every seed of every variant was observed: times to solve are compared up to there.

    A diverged seed counts as unsolved at any time.
    """
    epochs = np.concatenate([t.epochs[~t.diverged] for t in everyone])
    return float(epochs.min()) if len(epochs) else longest(everyone)


def longest(everyone: Sequence[SeedResults]) -> float:
    """The most epochs for which any seed was observed."""
    return float(max(t.epochs.max() for t in everyone))


def measures_for(trials: Sequence[SeedResults]) -> list[Measure]:
    """Solving and its pace, if the rows are complete and any seed was ever solved; else the loss or a score.

    The loss is that on held-out rows if all variants have any: on a sample of rows, hitting every one is not the aim.
    Where losses do not mean the same, it is the score on these rows, R² or the accuracy; if that is not common either,
    solving. A measure that does not mean the same for all variants is never taken.
    """
    terms = [t.terms for t in trials]
    if all(t.complete for t in trials) and any(t.solved.any() for t in trials):
        found = [measure for measure in (SOLVED, EPOCHS) if not in_the_way(measure.name, terms)]
        if found:
            return found
    split = "validation" if all("validation_loss" in t.metrics for t in trials) else "train"
    for name in (f"{split}_loss", *(f"{split}_{score}" for score in dict.fromkeys(SCORE.values()))):
        if not in_the_way(name, terms) and all(_has(t, name) for t in trials):
            return [Measure(name)]
    return [] if in_the_way(SOLVED.name, terms) else [SOLVED]


def _has(trials: SeedResults, metric: str) -> bool:
    """Whether a variant has a metric; a score may have no value, as R² of equal targets."""
    values = trials.metrics.get(metric)
    if values is None or not is_score(metric):
        return values is not None
    return bool(np.all(np.isfinite(values) | trials.diverged))
