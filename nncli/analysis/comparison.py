"""Which variant is better, and how sure are we? Paired over seeds, censored where unsolved, adjusted for looking often.

A seed that diverged failed: it counts as unsolved to the end, and with the worst value of any seed of any variant.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from nncli.analysis.bootstrap import Centre, estimate
from nncli.analysis.intervals import bonett_price, wilson
from nncli.analysis.metrics import SCORE
from nncli.analysis.paired import effect_size, holm, probability_of_improvement, seeds_needed, sign_flip_test
from nncli.analysis.survival import kaplan_meier, log_rank_test

LEVEL = 0.05
"""The chance that a comparison of equal variants finds any difference."""

HUGE = 1e100
"""Larger values of a metric count as this, so that their squares are finite."""


@dataclass(frozen=True, slots=True)
class Trials:
    """What one variant did, seed by seed; all arrays (n,), in the same order of seeds for all variants.

    Attributes:
        label: the variant's name.
        seeds: the seeds.
        solved_epoch: of a seed whose final weights solve its rows, the first epoch that did; of any other, also of
            one that was solved once and lost that again, infinite.
        epochs: how many epochs were watched. Of a seed that gave up by a rule of its own (patience, repeating weights)
            it is the planned number: more epochs would not have helped.
        diverged: whether it ended so.
        metrics: the final metrics by name; NaN where diverged.
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

    @property
    def solved(self) -> NDArray[np.bool_]:
        """Which seeds are solved by their final weights, and did not diverge."""
        return np.isfinite(self.solved_epoch) & ~self.diverged

    def watched(self, horizon: float) -> NDArray[np.float64]:
        """When each seed was solved, or until when it is known not to be: to the horizon where diverged."""
        return np.where(self.solved, self.solved_epoch, np.where(self.diverged, horizon, self.epochs))

    def final(self, metric: str, everyone: Sequence[Trials]) -> NDArray[np.float64]:
        """A final metric, with the worst of everyone where this seed has none; NaN if nobody has one."""
        measured = [_measured(t, metric) for t in everyone if metric in t.metrics]
        values = np.concatenate([m[np.isfinite(m)] for m in measured])
        if not len(values):
            return np.full(len(self.seeds), math.nan)
        worst = values.min() if metric.endswith(tuple(SCORE.values())) else values.max()
        own = _measured(self, metric)
        return np.where(np.isfinite(own), own, worst)


def _measured(trials: Trials, metric: str) -> NDArray[np.float64]:
    values = np.where(trials.diverged, math.nan, trials.metrics[metric])
    return np.where(np.isfinite(values), np.clip(values, -HUGE, HUGE), math.nan)


@dataclass(frozen=True, slots=True)
class Measure:
    """A number per seed on which variants are compared; more is better.

    Attributes:
        name: `solved`, `epochs`, or a final loss.
        worse, better: what to say of a variant with less and with more of it.
    """

    name: str
    worse: str
    better: str

    def scores(self, trials: Trials, everyone: Sequence[Trials]) -> NDArray[np.float64]:
        """The scores (n,), finite: 1 where solved; minus the restricted time; minus the loss."""
        if self.name == "solved":
            return trials.solved.astype(np.float64)
        if self.name == "epochs":
            return -np.where(trials.solved, trials.solved_epoch, _horizon(everyone))
        return -np.nan_to_num(trials.final(self.name, everyone))


SOLVED = Measure("solved", "worse", "better")
EPOCHS = Measure("epochs", "slower", "faster")


def measures_for(trials: Sequence[Trials]) -> list[Measure]:
    """Solving and its pace, if the rows are complete and any seed was ever solved; else the loss.

    The loss is that on held-out rows if all variants have any. On a sample of rows, hitting every one is not the aim.
    """
    if all(t.complete for t in trials) and any(t.solved.any() for t in trials):
        return [SOLVED, EPOCHS]
    name = "validation_loss" if all("validation_loss" in t.metrics for t in trials) else "train_loss"
    return [Measure(name, "worse", "better")]


def compare(trials: Sequence[Trials], baseline: int = 0) -> dict[str, Any]:
    """The comparison as plain data: a summary of each variant, and a verdict on each against the baseline.

    On each measure, a test has the mean paired `difference` of scores (positive is better: -12 on `epochs` is 12 epochs
    slower) with its `interval`, the p-value of the sign-flip test, `p_adjusted` after Holm over all variants and
    measures, `effect_size`, `probability_of_improvement`, and, where it cannot conclude, `seeds_needed`. On `epochs` it
    has `log_rank_p` too, which is not adjusted and decides nothing. What has no value is None.

    A variant's verdict is `better`, `worse`, `faster`, `slower`, `cannot conclude` or `baseline`; its `seeds_needed` is
    the least of its tests', where it cannot conclude. `ranking` has the numbers of the variants, best first.

    Raises:
        ValueError: if the variants do not share their seeds, or if there are no seeds.
    """
    if any(not np.array_equal(t.seeds, trials[0].seeds) for t in trials):
        raise ValueError("paired variants share their seeds")
    measures = measures_for(trials)
    others = [i for i in range(len(trials)) if i != baseline]
    tests = {i: [_test(trials[i], trials[baseline], measure, trials) for measure in measures] for i in others}
    together = [test for i in others for test in tests[i]]
    for test, adjusted in zip(together, holm([test["p"] for test in together]).tolist(), strict=True):
        test["p_adjusted"] = adjusted
        if adjusted < LEVEL:
            test["seeds_needed"] = None
    variants = []
    for i, variant in enumerate(trials):
        against = tests.get(i)
        found = {"against_baseline": against, "verdict": verdict(against, measures), "seeds_needed": _least(against)}
        variants.append(summary(variant, trials) | found)
    return {
        "baseline": trials[baseline].label,
        "seeds": len(trials[0].seeds),
        "measures": [measure.name for measure in measures],
        "variants": variants,
        "ranking": ranking(trials, measures),
    }


def p_value(a: Trials, b: Trials, everyone: Sequence[Trials]) -> float:
    """One p-value for two variants: the smallest over the measures, adjusted for their number."""
    tests = [sign_flip_test(m.scores(a, everyone) - m.scores(b, everyone)) for m in measures_for(everyone)]
    return float(min(holm(tests)))


def summary(trials: Trials, everyone: Sequence[Trials] = ()) -> dict[str, Any]:
    """One variant by itself: solve rate, time to solve, final metrics, each with an interval; who diverged.

    Of a metric, `n` counts the seeds that have it; the others of the n enter with the worst of everyone.
    """
    n, k = len(trials.seeds), int(trials.solved.sum())
    rate = {"solved": k, "of": n, "rate": k / n, "interval": list(wilson(k, n))}
    median, low, high = kaplan_meier(trials.watched(_horizon([trials])), trials.solved).median()
    return {
        "label": trials.label,
        "solve_rate": rate,
        "epochs_to_solve": {"median": median, "interval": [low, high]},
        "diverged": trials.seeds[trials.diverged].tolist(),
        "metrics": _centres(trials, everyone or [trials]),
    }


def _centres(trials: Trials, everyone: Sequence[Trials]) -> dict[str, dict[str, Any]]:
    finals = {name: trials.final(name, everyone) for name in trials.metrics}
    found: dict[str, dict[str, Any]] = {name: {"n": int(np.isfinite(_measured(trials, name)).sum())} for name in finals}
    known = [name for name, values in finals.items() if np.isfinite(values).all()]
    if known:
        rows = np.stack([finals[name] for name in known])
        for centre in get_args(Centre):
            of = estimate(rows, centre)
            for name, value, low, high in zip(known, of.value, of.low, of.high, strict=True):
                found[name][centre] = {"value": float(value), "interval": [_finite(low), _finite(high)]}
    return found


def _test(a: Trials, b: Trials, measure: Measure, everyone: Sequence[Trials]) -> dict[str, Any]:
    """Variant a against b on one measure."""
    score_a, score_b = measure.scores(a, everyone), measure.scores(b, everyone)
    d = score_a - score_b
    mean = estimate(d, "mean")
    interval: tuple[float, float] = (float(mean.low), float(mean.high))
    if measure is SOLVED:
        interval = bonett_price(int((d > 0).sum()), int((d < 0).sum()), len(d))
    found = {
        "measure": measure.name,
        "difference": float(mean.value),
        "interval": [_finite(end) for end in interval],
        "p": sign_flip_test(d),
        "effect_size": _finite(effect_size(d)),
        "probability_of_improvement": probability_of_improvement(score_a, score_b),
        "seeds_needed": seeds_needed(d, LEVEL / ((len(everyone) - 1) * len(measures_for(everyone)))),
    }
    if measure is EPOCHS:
        horizon = _horizon(everyone)
        found["log_rank_p"] = log_rank_test(a.watched(horizon), a.solved, b.watched(horizon), b.solved)
    return found


def verdict(tests: Sequence[dict[str, Any]] | None, measures: Sequence[Measure]) -> str:
    """`better`, `worse`, `faster`, `slower`, or `cannot conclude`: the first measure that is sure decides."""
    if tests is None:
        return "baseline"
    for test, measure in zip(tests, measures, strict=True):
        if test["p_adjusted"] < LEVEL:
            return measure.better if test["difference"] > 0 else measure.worse
    return "cannot conclude"


def ranking(trials: Sequence[Trials], measures: Sequence[Measure]) -> list[int]:
    """The variants, best first, by their mean scores on the measures in turn; equal ones in the order given."""

    def key(i: int) -> tuple[float, ...]:
        return tuple(-math.fsum(measure.scores(trials[i], trials)) for measure in measures)

    return sorted(range(len(trials)), key=key)


def _horizon(everyone: Sequence[Trials]) -> float:
    """The longest that any seed was watched."""
    return float(max(t.epochs.max() for t in everyone))


def _least(tests: Sequence[dict[str, Any]] | None) -> int | None:
    """The fewest seeds that would settle one of the measures, if none is settled."""
    if tests is None or any(test["p_adjusted"] < LEVEL for test in tests):
        return None
    return min((test["seeds_needed"] for test in tests if test["seeds_needed"]), default=None)


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
