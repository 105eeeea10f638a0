"""Pictures of the variants of a comparison, or of the best trials of a sweep."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from nncli.analysis.bootstrap import FEWEST, estimate
from nncli.analysis.comparison_record import ComparisonStudy, Interval
from nncli.analysis.metric_names import is_score
from nncli.analysis.seed_results import Measure, SeedResults, horizon, longest
from nncli.analysis.survival import kaplan_meier
from nncli.pictures.kind import Kind
from nncli.pictures.study_subject import EPOCHS, SOLVED, Member, Numbers, StudySubject, finals, first
from nncli.pictures.sweeps import measure_name
from nncli.report.comparison_text import verdict_text
from nncli.report.curve_panels import BAND
from nncli.report.names import distinct_names
from nncli.report.numbers import count
from nncli.report.study_pictures import Bar, Pairs

if TYPE_CHECKING:
    from matplotlib.figure import Figure


MOST_BARS = 30
"""Members that have an interval."""
MOST_PAIRS = 15
"""Variants whose seeds are compared with those of the baseline."""
LABEL, NARROW_LABEL = 24, 14
"""Characters of a name, in a narrow picture of one with something beside it."""


def _survival(study: StudySubject, width: float) -> Figure:
    from nncli.report.plots.survival import survival_figure

    shown, note = first(study.members)
    differs = study.differing(EPOCHS)
    notes = [_diverged(shown, "unsolved to the end"), differs and f"mind that {differs}"]
    title = "; ".join([f"{study.title}{note}: 95 % bands", *(own for own in notes if own)])
    return survival_figure([member.seeds for member in shown], title, width)


def _diverged(shown: Sequence[Member], meaning: str) -> str:
    """How many seeds of the shown members diverged, and what they count as."""
    number = sum(int(own.seeds.diverged.sum()) for own in shown)
    return f"{count(number, 'diverged seed')} counted as {meaning}" if number else ""


def can_be_solved(seeds: Sequence[SeedResults]) -> bool:
    """Whether solving is an aim, and was reached by some seed."""
    return all(own.complete for own in seeds) and any(own.solved.any() for own in seeds)


def _solves(study: StudySubject) -> bool:
    return can_be_solved([member.seeds for member in study.members])


def _metrics(study: StudySubject) -> list[str]:
    """The measures of a picture of intervals: solving and its pace, or the loss and the score that goes with it.

    Those that do not mean the same for all members are left out.
    """
    if _solves(study):
        names = [SOLVED, EPOCHS]
    else:
        split = study.measure.partition("_")[0]
        common = set.intersection(*({*member.seeds.metrics} for member in study.members))
        scores = sorted(name for name in common if is_score(name) and name.startswith(f"{split}_"))
        names = [study.measure, *(name for name in scores if name != study.measure)]
    return [name for name in names if not study.differing(name)]


def _bars(study: StudySubject, shown: Sequence[Member], metric: str, room: int) -> list[Bar]:
    """The estimates of members, with their intervals and verdicts; names have this many characters at most."""
    names = distinct_names([own.label for own in shown], room)
    values = {} if metric in (SOLVED, EPOCHS) else _finals(study, metric)
    bars = []
    for name, own in zip(names, shown, strict=True):
        value, interval = _recorded(study, own, metric)
        if own.compared is None and metric == EPOCHS:
            curve = kaplan_meier(own.seeds.watched(longest([own.seeds])), own.seeds.solved)
            interval = curve.median()[1:]
        elif own.compared is None and value is not None and metric in own.seeds.metrics:
            interval = _ends(values[own.label])
        verdict = "" if own.compared is None else "baseline" if own.is_baseline else verdict_text(own.compared)
        bars.append(Bar(name, value, interval, verdict, is_baseline=own.is_baseline))
    return bars


def _finals(study: StudySubject, metric: str) -> dict[str, Numbers]:
    everyone = [own.seeds for own in study.members]
    return {own.label: values for own, values in zip(everyone, finals(everyone, metric), strict=True)}


def _recorded(study: StudySubject, own: Member, metric: str) -> tuple[float | None, Interval]:
    """An estimate as `study.json` has it; a sweep has no intervals of medians."""
    if own.compared is not None:
        summary = own.compared.summary
        if metric == SOLVED:
            return summary.solve_rate.rate, summary.solve_rate.interval
        if metric == EPOCHS:
            return summary.epochs_to_solve.median, summary.epochs_to_solve.interval
        found = summary.metrics[metric].median if metric in summary.metrics else None
        return (None, (None, None)) if found is None else (found.value, found.interval)
    assert not isinstance(study.record, ComparisonStudy)  # noqa: S101 (its members have verdicts)
    row = next(row for row in study.record.leaderboard if row.values == own.values)
    if metric == SOLVED:
        return row.solve_rate.rate, row.solve_rate.interval
    spread = row.epochs_to_solve if metric == EPOCHS else row.metrics.get(metric)
    return None if spread is None else spread.median, (None, None)


def _ends(values: Numbers) -> Interval:
    """The interval of a median; None for few values."""
    if len(values) < FEWEST or not np.isfinite(values).all():
        return None, None
    found = estimate(values, "median")
    return float(found.low), float(found.high)


def _intervals(study: StudySubject, width: float) -> Figure:
    from nncli.report.plots.studies import draw_intervals
    from nncli.report.plots.style import NARROW, figure

    metrics, (shown, note) = _metrics(study), first(study.members, MOST_BARS)
    with figure(len(metrics), 1, width, height=0.9 + 0.22 * len(shown)) as (made, panels):
        below = width < NARROW * len(metrics) / 1.5
        for place, (axes, metric) in enumerate(zip(panels, metrics, strict=True)):
            beside = place == len(metrics) - 1
            draw_intervals(
                axes,
                _bars(study, shown, metric, LABEL if width > NARROW else NARROW_LABEL),
                is_share=metric == SOLVED,
                names=place == 0 or below,
                beside=beside or below,
            )
            axes.set_xlabel("seeds solved" if metric == SOLVED else f"{measure_name(metric)}, median")
            axes.set_ylabel(study.varied if place == 0 or below else "")
        worst = _diverged(shown, "the worst")
        made.suptitle(f"{study.title}{note}: 95 % intervals{f'; {worst}' if worst else ''}")
    return made


def _paired(study: StudySubject, width: float) -> Figure:
    from nncli.report.plots.studies import draw_paired
    from nncli.report.plots.style import figure

    measures, others = _tested(study), _others(study)
    shown, note = first(others, MOST_PAIRS)
    with figure(1, len(measures), width, height=1.0 + 0.42 * len(shown)) as (made, panels):
        for axes, measure in zip(panels, measures, strict=True):
            draw_paired(axes, _pairs(study, shown, measure))
            axes.set(xlabel=f"{_gain(measure)} →", ylabel=study.varied)
        (baseline,) = distinct_names([own.label for own in study.members if own.is_baseline], LABEL)
        each = f"each seed compared with itself under {baseline}"
        made.suptitle(f"{study.title}{note}: {each}; 95 % intervals")
    return made


def _tested(study: StudySubject) -> tuple[str, ...]:
    return study.record.comparison.measures if isinstance(study.record, ComparisonStudy) else ()


def _others(study: StudySubject) -> list[Member]:
    """The variants that are paired with the baseline."""
    if not isinstance(study.record, ComparisonStudy):
        return []
    comparison = study.record.comparison
    paired = {own.label for own, is_paired in zip(comparison.variants, comparison.paired, strict=False) if is_paired}
    return [own for own in study.members if not own.is_baseline and own.label in paired]


def _pairs(study: StudySubject, shown: Sequence[Member], measure: str) -> list[Pairs]:
    """Differences from the baseline. Of solved seeds, their mean, as in `study.json`; of other measures, medians."""
    everyone = [member.seeds for member in study.members]
    base = _compared(next(own.seeds for own in study.members if own.is_baseline), measure, everyone)
    found = []
    for name, own in zip(distinct_names([own.label for own in shown], LABEL), shown, strict=True):
        seeds = tuple(own.seeds.seeds.tolist())
        differences = _compared(own.seeds, measure, everyone) - base
        test = next((test for test in own.compared.tests if test.measure == measure), None) if own.compared else None
        if measure == SOLVED and test is not None:
            found.append(Pairs(name, differences, seeds, float(differences.mean()), test.interval))
        else:
            centre = float(estimate(differences, "median").value)
            found.append(Pairs(name, differences, seeds, centre, _ends(differences)))
    return found


def _compared(own: SeedResults, measure: str, everyone: Sequence[SeedResults]) -> Numbers:
    """As tests compare it, more is better; times to solve end where every seed was observed."""
    values = Measure(measure).values(own, everyone)
    return np.maximum(values, -horizon(everyone)) if measure == "epochs" else values


def _gain(measure: str) -> str:
    if measure == SOLVED:
        return "more seeds solved, mean"
    if measure == "epochs":
        return "epochs saved, median"
    return f"{'higher' if is_score(measure) else 'lower'} {measure_name(measure)}, median"


def _curves(study: StudySubject, width: float) -> Figure:
    from nncli.report.plots.studies import draw_variants
    from nncli.report.plots.style import figure, legend_below

    shown, note = first(study.members)
    names = distinct_names([own.label for own in shown], LABEL)
    curves = {name: of for name, of in zip(names, study.curves, strict=True) if of is not None}
    panels = _panels(study)
    across = min(2, len(panels))
    with figure(across, -(-len(panels) // across), width, height=2.6) as (made, drawn):
        for axes, metric in zip(drawn, panels, strict=False):
            draw_variants(axes, curves, metric)
            split, _, name = metric.partition("_")
            axes.set_ylabel(f"{split} {measure_name(f'train_{name}')}")
        for spare in drawn[len(panels) :]:
            spare.remove()
        legend_below(made, drawn[0])
        made.suptitle(f"{study.title}{note}: median, and {BAND[0]}–{BAND[1]} %")
    return made


def _panels(study: StudySubject) -> list[str]:
    """Losses and scores on training and validation rows that mean the same for all, and that all recorded."""
    if not all(own is not None and own.seeds for own in study.curves):
        return []
    common = set.intersection(*({*of.metrics} for of in study.curves if of is not None))
    score = next((name.partition("_")[2] for name in sorted(common) if is_score(name)), "")
    wanted = [f"{split}_{name}" for name in ("loss", score) for split in ("train", "validation")]
    return [name for name in wanted if name in common and not study.differing(name)]


KINDS = {
    "intervals": Kind(
        "a result that means the same for all variants",
        lambda s: bool(_metrics(s)),
        _intervals,
        "study.json",
        reading=(
            "Each variant with the interval of its metric, the best first; in a comparison, the baseline is marked, "
            "and the verdict of the tests stands beside it. Two intervals that overlap may still differ: where "
            "seeds are paired, the tests compare the same seeds in pairs, which intervals cannot."
        ),
    ),
    "survival": Kind(
        "seeds that were solved, where solving is the aim",
        _solves,
        _survival,
        "results.csv",
        reading=(
            "The share of seeds not solved yet, with a curve for each variant: it steps down where a seed is solved. "
            "One that falls early and levels off high is quick but unreliable; where curves cross, it depends on the "
            "number of epochs which variant is better."
        ),
    ),
    "paired": Kind(
        "variants on the same seeds and rows as the baseline",
        lambda s: bool(_tested(s) and _others(s)),
        _paired,
        "study.json",
        reading=(
            "What each variant changes compared with the baseline, seed by seed: the same seed gives both the same "
            "random numbers. Dots to the right of 0 are seeds for which the variant is better. Where the dots lie on "
            "both sides, the middle hides that it depends on the seed."
        ),
    ),
    "curves": Kind(
        "recorded epochs of runs in its folder, in numbers that mean the same for all",
        lambda s: bool(_panels(s)),
        _curves,
        "metrics.csv of each run",
        reading=(
            "The medians of all variants over the epochs; a band covers 5–95 % of the seeds. The curve that falls "
            "first need not end lowest: compare them at the number of epochs that you would train."
        ),
    ),
}
