"""Which variant is better, and how sure is that? Paired over seeds, censored where unsolved, adjusted for all looks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import get_args

import numpy as np

from nncli.analysis.bootstrap import estimate
from nncli.analysis.comparable_metrics import Terms
from nncli.analysis.comparison_record import (
    ComparedVariant,
    Comparison,
    Estimated,
    FinalMetric,
    PairTest,
    SolveRate,
    Summary,
    TimeToSolve,
    Verdict,
)
from nncli.analysis.intervals import bonett_price, wilson
from nncli.analysis.metric_names import Centre, is_score
from nncli.analysis.paired_test import (
    effect_size,
    fewest_seeds,
    holm,
    probability_of_improvement,
    seeds_needed,
    sign_flip_test,
)
from nncli.analysis.rank_scores import rank_scores, superiority
from nncli.analysis.seed_results import EPOCHS, SOLVED, Measure, SeedResults, horizon, longest, measured, measures_for
from nncli.analysis.spread import moments
from nncli.analysis.survival import kaplan_meier, log_rank_test
from nncli.analysis.unpaired_test import permutation_test, unpaired_seeds_needed

LEVEL = 0.05
"""The chance that a comparison of equal variants finds any difference."""


def compare(trials: Sequence[SeedResults], baseline: int = 0, measures: Sequence[Measure] | None = None) -> Comparison:
    """The comparison: a summary of each variant, and a verdict on each against the baseline.

    On each measure, a test has `superiority`, the probability that a seed of the variant does better than one of the
    baseline, each drawn by itself; the p-value for its being ½, of the sign-flip test of the rank scores (of solved or
    not, of the differences themselves); `p_adjusted` after Holm over all variants and measures; how many seeds differ,
    as `seeds_differing`; and, where it cannot conclude, `seeds_needed`. Beside it stand the mean paired `difference`
    (positive is better: -12 on `epochs` is 12 epochs slower) with its `interval`, `effect_size`,
    `probability_of_improvement`, and on `epochs` `log_rank_p`, which decide nothing. Missing values are None.

    Variants on other rows than the baseline are not `paired` with it: they get a permutation test of two samples.

    A variant's verdict is `better`, `worse`, `faster`, `slower`, `cannot conclude` or `baseline`. It is that of one
    `measure`, the first that is sure, with its adjusted `p`; where none is, `p` is the least there is. `seeds_needed`
    is the least of its tests', where it cannot conclude. `ranking` has the numbers of the variants, best first.

    Args:
        trials: of all variants.
        baseline: the index of the variant that the others are compared against.
        measures: the measures to test; by default those that mean the same for all variants.

    Raises:
        ValueError: if the variants do not share their seeds, or if there are no seeds.
    """
    if any(not np.array_equal(t.seeds, trials[0].seeds) for t in trials):
        raise ValueError("variants share their seeds")
    measures = measures_for(trials) if measures is None else measures
    others = [i for i in range(len(trials)) if i != baseline]
    level = LEVEL / max(1, len(others) * len(measures))
    made = [_test(trials[i], trials[baseline], measure, trials, level) for i in others for measure in measures]
    together, of_each = _adjusted(made, len(trials[0].seeds)), len(measures)
    tests = {i: together[of_each * place : of_each * (place + 1)] for place, i in enumerate(others)}
    summaries = [summary(variant, trials) for variant in trials]
    variants = tuple(ComparedVariant(own, verdict(tests.get(i)), tests.get(i)) for i, own in enumerate(summaries))
    return Comparison(
        baseline=trials[baseline].label,
        seeds=len(trials[0].seeds),
        measures=tuple(measure.name for measure in measures),
        horizon=horizon(trials),
        differing=differing(trials),
        paired=tuple(_paired(variant, trials[baseline]) for variant in trials),
        fewest_seeds=fewest_seeds(len(together), LEVEL) if together else None,
        variants=variants,
        ranking=ranking(summaries, measures),
    )


def _adjusted(tests: Sequence[PairTest], seeds: int) -> tuple[PairTest, ...]:
    """Tests that are made together, with p-values after Holm, and the seeds needed by those that cannot conclude."""
    adjusted = holm([test.p for test in tests]).tolist()
    return tuple(
        test.adjusted(p, None if p < LEVEL or test.seeds_needed is None else max(test.seeds_needed, seeds + 1))
        for test, p in zip(tests, adjusted, strict=True)
    )


def differing(trials: Sequence[SeedResults]) -> tuple[str, ...]:
    """The terms on which numbers of the variants were measured that are not the same for all."""
    fields = Terms.__dataclass_fields__
    return tuple(name for name in fields if len({getattr(t.terms, name) for t in trials}) > 1)


def _paired(a: SeedResults, b: SeedResults) -> bool:
    """Whether a seed does the same in both, but for what is compared."""
    return a.terms.rows == b.terms.rows


def deciding(tests: Sequence[PairTest]) -> PairTest | None:
    """The test that decides the verdict: the first that is sure."""
    return next((test for test in tests if test.p_adjusted < LEVEL), None)


def verdict(tests: Sequence[PairTest] | None) -> Verdict:
    """What tests say about a variant; None for the baseline."""
    if tests is None:
        return Verdict("baseline", None, None, None)
    if (test := deciding(tests)) is None:
        seeds = min((test.seeds_needed for test in tests if test.seeds_needed), default=None)
        p = min((test.p_adjusted for test in tests), default=1.0)
        return Verdict("cannot conclude", None, p, seeds)
    words = EPOCHS if test.measure == EPOCHS.name else SOLVED
    word = words.better if (test.superiority or 0.0) > 0.5 else words.worse
    return Verdict(word, test.measure, test.p_adjusted, None)


def summary(trials: SeedResults, everyone: Sequence[SeedResults] = ()) -> Summary:
    """One variant by itself: solve rate, time to solve, final metrics, each with an interval; who diverged.

    Of a metric, `n` counts the seeds that have it; the others of the n enter with the worst of everyone.
    """
    n, k = len(trials.seeds), int(trials.solved.sum())
    median, low, high = kaplan_meier(trials.watched(longest([trials])), trials.solved).median()
    return Summary(
        label=trials.label,
        solve_rate=SolveRate(k, n, k / n, wilson(k, n)),
        epochs_to_solve=TimeToSolve(median, (low, high)),
        diverged=tuple(trials.seeds[trials.diverged].tolist()),
        metrics=_metrics(trials, everyone or [trials]),
    )


def _metrics(trials: SeedResults, everyone: Sequence[SeedResults]) -> dict[str, FinalMetric]:
    finals = {name: trials.final(name, everyone) for name in trials.metrics}
    centres: dict[str, dict[Centre, Estimated]] = {name: {} for name in finals}
    known = [name for name, values in finals.items() if np.isfinite(values).all()]
    if known:
        rows = np.stack([finals[name] for name in known])
        for centre in get_args(Centre):
            of = estimate(rows, centre)
            for name, value, low, high in zip(known, of.value, of.low, of.high, strict=True):
                centres[name][centre] = Estimated(float(value), (_finite(low), _finite(high)))
    return {name: FinalMetric(int(np.isfinite(measured(trials, name)).sum()), centres[name]) for name in finals}


def _test(a: SeedResults, b: SeedResults, measure: Measure, everyone: Sequence[SeedResults], level: float) -> PairTest:
    """Variant a against b on one measure, not yet adjusted for other tests."""
    value_a, value_b = measure.values(a, everyone), measure.values(b, everyone)
    score_a, score_b = (value_a, value_b) if measure is SOLVED else rank_scores(value_a, value_b)
    finite_a, finite_b = (
        np.maximum(value, -horizon(everyone)) if measure is EPOCHS else value for value in (value_a, value_b)
    )
    log_rank = None
    if measure is EPOCHS:
        end = longest(everyone)
        log_rank = log_rank_test(a.watched(end), a.solved, b.watched(end), b.solved)
    if not _paired(a, b):
        return PairTest(
            measure=measure.name,
            superiority=superiority(value_a, value_b),
            difference=_finite(float(moments(finite_a)[0]) - float(moments(finite_b)[0])),
            interval=(None, None),
            p=(p := permutation_test(score_a, score_b)),
            effect_size=None,
            probability_of_improvement=None,
            seeds_differing=None,
            seeds_needed=unpaired_seeds_needed(score_a, score_b, level),
            log_rank_p=log_rank,
            p_adjusted=p,
        )
    flipped, d = score_a - score_b, finite_a - finite_b
    mean = estimate(d, "mean")
    interval: tuple[float, float] = (float(mean.low), float(mean.high))
    if measure is SOLVED:
        interval = bonett_price(int((d > 0).sum()), int((d < 0).sum()), len(d))
    return PairTest(
        measure=measure.name,
        superiority=superiority(value_a, value_b),
        difference=float(mean.value),
        interval=(_finite(interval[0]), _finite(interval[1])),
        p=(p := sign_flip_test(flipped)),
        effect_size=_finite(effect_size(d)),
        probability_of_improvement=probability_of_improvement(value_a, value_b),
        seeds_differing=int(np.count_nonzero(flipped)),
        seeds_needed=seeds_needed(flipped, level),
        log_rank_p=log_rank,
        p_adjusted=p,
    )


def ranking(variants: Sequence[Summary], measures: Sequence[Measure]) -> tuple[int, ...]:
    """The variants, best first, by what a table shows of them: how many solved and the median time, or a median.

    Equal ones stay in the order given.
    """

    def key(i: int) -> tuple[float, ...]:
        return tuple(_place(variants[i], measure) for measure in measures)

    return tuple(sorted(range(len(variants)), key=key))


def _place(variant: Summary, measure: Measure) -> float:
    """A number that is smaller for a better variant."""
    if measure is SOLVED:
        return -variant.solve_rate.rate
    if measure is EPOCHS:
        return math.inf if variant.epochs_to_solve.median is None else variant.epochs_to_solve.median
    median = variant.metrics[measure.name].centres.get("median")
    return math.inf if median is None else median.value * (-1 if is_score(measure.name) else 1)


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
