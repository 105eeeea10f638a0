"""A comparison as a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import itemgetter

from nncli.analysis.comparable_metrics import WORDS
from nncli.analysis.comparison import deciding
from nncli.analysis.comparison_record import (
    ComparedVariant,
    Comparison,
    ComparisonStudy,
    FinalMetric,
    Interval,
    PairTest,
    SolveRate,
    TimeToSolve,
)
from nncli.analysis.metric_names import is_score
from nncli.report import cells
from nncli.report.metric_text import LOSSES_AT_STOP, ends, metric_name, metric_text
from nncli.report.numbers import NOTHING, count, grouped, p_value, percent, rounded_up, short


def headline(study: ComparisonStudy) -> str:
    """What was compared: `xor   activation × 50 seeds, paired   up to 500 epochs   baseline tanh`."""
    comparison = study.comparison
    axes = " × ".join(axis.key for axis in study.axes) or count(len(study.variants), "run")
    return "   ".join(
        [
            study.title,
            f"{axes} × {count(comparison.seeds, 'seed')}, {_pairing(comparison)}",
            f"up to {count(study.epochs, 'epoch')}",
            f"baseline {comparison.baseline}",
        ]
    )


def _pairing(comparison: Comparison) -> str:
    """Whether seeds are compared in pairs: not if the baseline has different rows."""
    if all(comparison.pairings):
        return "paired"
    return "paired on the same rows only" if any(comparison.pairings) else "unpaired: the rows differ"


def columns(study: ComparisonStudy) -> list[str]:
    """The headings of the table."""
    axes = ", ".join(axis.key.rpartition(".")[2] for axis in study.axes) or "run"
    solving = ["solved", "epochs to solve"] if _solves(study) else []
    parameters = ["parameters"] if _sizes_differ(study) else []
    against = f"against {study.comparison.baseline}"
    return [axes, *parameters, *solving, *(metric_name(name) for name in _shown(study)), against]


def sources(study: ComparisonStudy) -> list[str]:
    """The keys of the numbers of each column, in `comparison.variants` of `study.json`; of `parameters`, in results."""
    parameters = ["parameters"] if _sizes_differ(study) else []
    solving = ["solve_rate", "epochs_to_solve.median"] if _solves(study) else []
    return ["label", *parameters, *solving, *(f"metrics.{name}.median" for name in _shown(study)), "verdict"]


def rows(study: ComparisonStudy, *, bars: bool = True) -> list[list[str]]:
    """A row for each variant, best first."""
    comparison = study.comparison
    found = []
    for index in comparison.ranking:
        variant, result = comparison.variants[index], study.variants[index].result
        own = variant.summary
        size = [grouped(result.parameters)] if _sizes_differ(study) else []
        solving = [_solved(own.solve_rate, bars), _epochs(own.epochs_to_solve)] if _solves(study) else []
        finals = [_final(name, own.metrics.get(name), interval=name in _bracketed(study)) for name in _shown(study)]
        found.append([own.label, *size, *solving, *finals, verdict_text(variant)])
    return found


def verdict_text(variant: ComparedVariant) -> str:
    """The verdict with its measure and its p-value: `worse (solved), p = 0.0002`."""
    verdict, diverged = variant.outcome.verdict, variant.summary.diverged
    if verdict == "baseline":
        return NOTHING
    test = deciding(variant.tests)
    if test is not None:
        p = test.p_adjusted
        verdict += f" ({_measure(test.measure)}), p {p_value(p, '= ')}"
        if test.measure == "epochs":
            verdict += _beside(variant, faster=variant.outcome.verdict == "faster")
    return verdict + (f", {len(diverged)} diverged" if diverged else "")


def _beside(variant: ComparedVariant, *, faster: bool) -> str:
    """The solve counts, if they contradict a verdict on time."""
    solved = next((test for test in variant.tests if test.measure == "solved"), None)
    more = round((solved.difference or 0.0) * variant.summary.solve_rate.of) if solved else 0
    if faster and more < 0:
        return f", {-more} fewer solved"
    return f", {more} more solved" if more > 0 and not faster else ""


def _measure(name: str) -> str:
    return name if name in ("solved", "epochs") else metric_name(name)


def footnotes(study: ComparisonStudy, most: int = 3) -> Iterator[str]:
    """What was compared and why, which seeds lost a solution, and how many seeds would settle open verdicts."""
    comparison = study.comparison
    yield from _terms(study)
    if _solves(study):
        for index in comparison.ranking:
            if lost := study.variants[index].result.lost_epochs:
                label = study.variants[index].label
                yield f"{label}: {count(len(lost), 'seed')} {cells.lost_text(lost)}."
    open_ = [index for index in comparison.ranking if comparison.variants[index].outcome.verdict == "cannot conclude"]
    least = comparison.fewest_seeds
    if open_ and least and all(comparison.paired) and comparison.seeds < least:
        tests = sum(len(variant.tests) for variant in comparison.variants)
        yield f"{too_few_text(tests, least, comparison.seeds)}."
        return
    for index in open_[:most]:
        variant = comparison.variants[index]
        yield f"{comparison.baseline} and {variant.label}: {_what_it_takes(variant.tests)}."


def _what_it_takes(tests: Sequence[PairTest]) -> str:
    """How many seeds would settle which measure, if that can be estimated."""
    known = [(test.seeds_needed, test.measure) for test in tests if test.seeds_needed]
    if known:
        needed, measure = min(known, key=itemgetter(0))
        seeds = count(rounded_up(needed), "seed")
        return f"about {seeds} would settle a difference in {_measure(measure)} of this size"
    if not tests:
        return "no common measure"
    differing = [(_measure(test.measure), test.seeds_differing) for test in tests]
    if all(number == 0 for _, number in differing):
        return f"no seed differs in {' or '.join(name for name, _ in differing)}"
    counts = ", ".join(f"{count(number, 'seed')} in {name}" for name, number in differing if number is not None)
    return "the number of seeds needed cannot be estimated" + (f" (differing: {counts})" if counts else "")


def too_few_text(comparisons: int, least: int, seeds: int) -> str:
    """Message for when the seeds are too few for any verdict."""
    together = count(comparisons, "comparison")
    return f"With {together}, a verdict needs at least {least} seeds; there are {seeds}"


def legend(study: ComparisonStudy) -> Iterator[str]:
    """What the numbers in brackets are, if there are any, and what losses of solved seeds are."""
    variants = [variant.summary for variant in study.comparison.variants]
    shown = [variant.epochs_to_solve for variant in variants if _solves(study)]
    shown = [epochs for epochs in shown if epochs.median is not None and _is_interval(epochs.interval)]
    metrics = [variant.metrics[name] for variant in variants for name in _bracketed(study) if name in variant.metrics]
    if shown or any(metric.median is not None and None not in metric.median.interval for metric in metrics):
        late = f"; {NOTHING}: later than the last epoch" if any(None in epochs.interval for epochs in shown) else ""
        yield f"Medians over the seeds [and their 95 % intervals]{late}."
    stops = any("solved" in variant.result.stop_reason for variant in study.variants)
    if _solves(study) and "train_loss" in _shown(study) and stops:
        yield LOSSES_AT_STOP


def _bracketed(study: ComparisonStudy) -> list[str]:
    """The metrics shown with an interval: those that decide the verdict."""
    return [name for name in _shown(study) if name in study.comparison.measures]


def _is_interval(interval: Interval) -> bool:
    """Whether it is informative: the lower end of a survival interval is missing only if the upper one is."""
    return interval[0] is not None


def _terms(study: ComparisonStudy) -> Iterator[str]:
    """Which numbers were not compared, and why."""
    comparison = study.comparison
    differing, measures = comparison.differing, comparison.measures
    solves = _solves(study)
    if solves and "epochs" not in measures and (why := _first(differing, "epoch")):
        yield f"Epochs are not compared: {WORDS[why]}."
    if not solves and measures and is_score(measures[0]) and (why := _first(differing, "loss", "rows")):
        yield f"Compared by {metric_name(measures[0])}: {WORDS[why]}, so losses are not comparable."
    if (why := _first(differing, "tolerance")) and not solves:
        yield f"Solved is not compared: {WORDS[why]}."
    planned = {variant.result.epochs_planned for variant in study.variants}
    if "epochs" in measures and len(planned) > 1 and comparison.horizon is not None:
        yield f"Epochs to solve are compared up to epoch {short(comparison.horizon)}; later counts as unsolved."


def _first(differing: Sequence[str], *terms: str) -> str | None:
    return next((term for term in terms if term in differing), None)


def markdown(study: ComparisonStudy) -> str:
    """The same as a Markdown page."""
    lines = [f"# {cells.markdown_text(study.study)}", "", cells.markdown_text(headline(study)), ""]
    lines += cells.markdown_table(columns(study), rows(study, bars=False))
    notes = [cells.markdown_text(text) for text in (*legend(study), *footnotes(study))]
    return "\n".join([*lines, *([""] if notes else []), *notes]) + "\n"


def _solves(study: ComparisonStudy) -> bool:
    return "solved" in study.comparison.measures


def _sizes_differ(study: ComparisonStudy) -> bool:
    return len({variant.result.parameters for variant in study.variants}) > 1


def _shown(study: ComparisonStudy) -> list[str]:
    """The metrics to show: on training and held-out rows; losses only if they are comparable."""
    known = [variant.result.metrics for variant in study.variants]
    comparable = not {"loss", "rows"} & set(study.comparison.differing)
    scores = [name for name in known[0] if is_score(name) and not name.startswith("test")]
    names = ["train_loss", "validation_loss"] if comparable else scores
    return [name for name in names if all(name in metrics for metrics in known)]


def _solved(rate: SolveRate, bars: bool) -> str:
    if bars:
        return cells.solved(rate, bars=True)
    return f"{rate.solved}/{rate.of} {percent(round(rate.rate, 2)):>5}"


def _epochs(epochs: TimeToSolve) -> str:
    low, high = epochs.interval
    if epochs.median is None:
        return NOTHING
    if not _is_interval(epochs.interval):
        return short(epochs.median)
    return f"{short(epochs.median)} [{short(low)}, {short(high)}]"


def _final(name: str, metric: FinalMetric | None, *, interval: bool) -> str:
    median = metric.median if metric is not None else None
    if median is None:
        return NOTHING
    found, (low, high) = metric_text(name, median.value), median.interval
    if not interval or low is None or high is None:
        return found
    return f"{found} [{', '.join(ends(name, low, high))}]"
