"""What came out of a study, in sentences, and how to read the tests of a comparison."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nncli.analysis.comparison import deciding
from nncli.analysis.comparison_record import ComparedVariant, Comparison, SolveRate
from nncli.analysis.metric_names import is_score
from nncli.analysis.sweep_record import LeaderboardRow, SweepStudy
from nncli.report.metric_text import metric_name, metric_text
from nncli.report.numbers import count, p_value, short

SOLVING = ("solved", "epochs", "epochs_to_solve")
"""Measures that are about solving, of comparisons and of sweeps."""


def comparison_sentences(comparison: Comparison) -> Iterator[tuple[int, str]]:
    """The number of each variant, best first, with a sentence: what its seeds reached, and the verdict."""
    baseline = next(own for own in comparison.variants if own.outcome.verdict == "baseline")
    for index in comparison.ranking:
        own = comparison.variants[index]
        reached = _reached(own, baseline, comparison.measures)
        if own is baseline:
            yield index, f"{own.label}, the baseline, {reached or 'has no measure in common with the others'}."
        elif not own.tests:
            yield index, f"{own.label} cannot be compared with {baseline.label}: they have no measure in common."
        else:
            diverged = f"; {count(len(own.summary.diverged), 'seed')} diverged" if own.summary.diverged else ""
            yield index, f"{own.label} {reached}: {_verdict(own)}{diverged}."


def _reached(own: ComparedVariant, baseline: ComparedVariant, measures: Sequence[str]) -> str:
    """What the seeds of a variant reached, beside those of the baseline where that is different."""
    found = []
    other = None if own is baseline else baseline.summary
    for measure in measures:
        if measure == "solved":
            rate = own.summary.solve_rate
            differs = other is not None and rate.of > 1 and other.solve_rate.solved != rate.solved
            found.append(_solves(rate) + (f" instead of {baseline.summary.solve_rate.solved or 'none'}" * differs))
        elif measure == "epochs":
            before_that = None if other is None else other.epochs_to_solve.median
            found += _epochs(own.summary.epochs_to_solve.median, before_that)
        elif (median := own.summary.metrics[measure].median) is not None:
            text = f"ends with a median {metric_name(measure)} of {metric_text(measure, median.value)}"
            before = None if other is None else other.metrics[measure].median
            found.append(text if before is None else f"{text} instead of {metric_text(measure, before.value)}")
    return ", ".join(found)


def _solves(rate: SolveRate) -> str:
    if rate.of == 1:
        return "solves its seed" if rate.solved else "does not solve its seed"
    if rate.solved in (0, rate.of):
        return f"solves {'all' if rate.solved else 'none of the'} {rate.of} seeds"
    return f"solves {rate.solved} of {rate.of} seeds"


def _epochs(median: float | None, other: float | None) -> Iterator[str]:
    if median is not None:
        instead = "" if other in (None, median) else f" instead of {short(other)}"
        yield f"in {short(median)} epochs (median){instead}"


def _verdict(variant: ComparedVariant) -> str:
    verdict = variant.outcome.verdict
    test = deciding(variant.tests) or min(variant.tests, key=lambda test: test.p_adjusted)
    p = f"p {p_value(test.p_adjusted, '= ')}"
    if verdict == "cannot conclude":
        return f"no difference can be concluded, {p}"
    why = f", as it solves {'more' if verdict == 'better' else 'fewer'} seeds" * (test.measure == "solved")
    return f"{verdict}{why}, {p}"


def how_to_read_tests(comparison: Comparison) -> Iterator[str]:
    """What the columns of the table of tests are, in sentences."""
    measures = comparison.measures
    tests = sum(len(variant.tests) for variant in comparison.variants)
    known = ", ".join(map(_sign, measures))
    text = f"A positive difference says that the variant is better than {comparison.baseline}: {known}."
    if "epochs" in measures and comparison.horizon is not None:
        text += f" A seed that is not solved counts as {short(comparison.horizon)} epochs."
    yield text
    adjusted = f" It is adjusted for all {tests} tests in the table, by Holm's method." if tests > 1 else ""
    yield f"{_how_p(comparison)}{adjusted} A verdict needs p < 0.05."
    alone = ", for each test by itself, without this adjustment" if tests > 1 else ""
    yield f"The interval is that of the mean difference{alone}. So it may exclude 0 where p cannot conclude."
    yield (
        f"Superiority is the probability that a seed of the variant, drawn at random, does better than one of "
        f"{comparison.baseline}; 0.5 is no difference."
    )
    if any(test.seeds_needed for variant in comparison.variants for test in variant.tests):
        yield (
            "Seeds needed is about how many seeds would show a difference of the measured size "
            "with a probability of 80 %."
        )


def _sign(measure: str) -> str:
    if measure == "epochs":
        return "epochs are saved (a negative number is spent)"
    if measure == "solved":
        return "a larger share of its seeds is solved"
    return "its score is higher" if is_score(measure) else "its loss is lower"


def _how_p(comparison: Comparison) -> str:
    """Which test gives p, and of what."""
    pairs = comparison.pairings
    solved = "solved" in comparison.measures
    flips = "from a sign-flip test on pairs of the same seed" + " (for solved: McNemar's test)" * solved
    unpaired = "from a permutation test without pairs" + " (for solved: Fisher's exact test)" * solved
    tests = {True: flips, False: f"{'where the rows differ, ' if True in pairs else ''}{unpaired}"}
    ranked = " and ".join(_word(measure) for measure in comparison.measures if measure != "solved")
    text = f"p comes {'; '.join(tests[paired] for paired in sorted(pairs, reverse=True))}."
    if not ranked:
        return text
    return (
        f"{text} For {ranked}, it compares the ranks of the seeds, not their means: a few extreme seeds can turn "
        "a mean the other way."
    )


def _word(measure: str) -> str:
    return measure if measure == "epochs" else metric_name(measure)


def sweep_sentences(study: SweepStudy) -> Iterator[tuple[str, str]]:
    """Sentences on the first and the last trial, and on how many solve all seeds; each with the keys it is from."""
    known = sorted(study.leaderboard, key=lambda row: row.rank)
    if not known:
        yield "No trial is finished.", "leaderboard"
        return
    keys = "values, solve_rate, epochs_to_solve" if study.measure in SOLVING else f"values, metrics.{study.measure}"
    place = study.leaderboard.index(known[0])
    of = f" of {count(len(known), 'trial')}" if len(known) > 1 else ""
    yield f"{_values(study, known[0])} comes first{of}: it {_row(study, known[0])}.", f"leaderboard[{place}] {keys}"
    if len(known) > 1:
        last = study.leaderboard.index(known[-1])
        yield f"{_values(study, known[-1])} comes last: it {_row(study, known[-1])}.", f"leaderboard[{last}] {keys}"
    if study.measure in SOLVING and len(known) > 2:
        every = sum(row.solve_rate.solved == row.solve_rate.of for row in known)
        none = sum(row.solve_rate.solved == 0 for row in known)
        yield f"All seeds are solved in {every} of {len(known)} trials, none in {none}.", "leaderboard solve_rate"


def _values(study: SweepStudy, row: LeaderboardRow) -> str:
    axes = (axis.rpartition(".")[2] for axis in study.axes)
    return ", ".join(f"{axis}={own}" for axis, own in zip(axes, row.values, strict=True))


def _row(study: SweepStudy, row: LeaderboardRow) -> str:
    diverged = f"; {count(row.diverged, 'seed')} diverged" if row.diverged else ""
    if study.measure in SOLVING:
        return ", ".join([_solves(row.solve_rate), *_epochs(row.epochs_to_solve.median, None)]) + diverged
    spread = row.metrics.get(study.measure)
    if spread is None or spread.median is None:
        return f"ends without a {metric_name(study.measure)}{diverged}"
    return f"ends with a median {metric_name(study.measure)} of {metric_text(study.measure, spread.median)}{diverged}"


def axis_values(study: SweepStudy, place: int) -> list[str]:
    """The values of the finished trials on an axis, once each: numbers by their size, others as they rank."""
    found = list(dict.fromkeys(row.values[place] for row in sorted(study.leaderboard, key=lambda row: row.rank)))
    try:
        return sorted(found, key=float)
    except ValueError:
        return found
