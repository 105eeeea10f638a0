"""Pictures of the variants of a comparison, or of the best trials of a sweep."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from nncli.analysis.comparison_record import ComparedVariant, ComparisonStudy, PairTest
from nncli.analysis.metric_names import is_score
from nncli.analysis.seed_results import Measure, SeedResults, horizon
from nncli.analysis.survival import kaplan_meier
from nncli.pictures.kind import Kind
from nncli.pictures.study_subject import EPOCHS, SOLVED, Member, StudySubject, first
from nncli.pictures.sweeps import measure_name
from nncli.report.comparison_text import verdict_text
from nncli.report.metric_text import metric_name
from nncli.report.study_pictures import Bar, Pairs

if TYPE_CHECKING:
    from matplotlib.figure import Figure


MOST_BARS = 20
"""Members that have an interval."""
SIGNS = {"epochs": "epochs saved"}


def _survival(study: StudySubject, width: float) -> Figure:
    from nncli.report.plots.survival import survival_figure

    shown, note = first(study.members)
    return survival_figure([member.seeds for member in shown], f"{study.title}{note}", width)


def can_be_solved(seeds: Sequence[SeedResults]) -> bool:
    """Whether solving is an aim, and was reached by some seed."""
    return all(own.complete for own in seeds) and any(own.solved.any() for own in seeds)


def _solves(study: StudySubject) -> bool:
    return bool(study.members) and can_be_solved([member.seeds for member in study.members])


def _metrics(study: StudySubject) -> list[str]:
    """The measures of a picture of intervals: solving and its pace, or the loss and the score that goes with it."""
    if _solves(study):
        return [SOLVED, EPOCHS]
    names = [{"epochs": EPOCHS}.get(study.measure, study.measure)]
    split = names[0].partition("_")[0]
    common = set.intersection(*({*member.result.metrics} for member in study.members))
    return names + sorted(
        name for name in common if is_score(name) and name.startswith(f"{split}_") and name not in names
    )


def _bar(study: StudySubject, place: int, metric: str, *, last: bool) -> Bar:
    """Of the place-th member; beside the last panel stands the verdict."""
    member, record = study.members[place], study.record
    if isinstance(record, ComparisonStudy):
        variant = record.comparison.variants[record.comparison.ranking[place]]
        value, interval = _estimated(variant, metric)
        return Bar(
            member.label,
            value,
            interval,
            verdict_text(variant) if last else "",
            is_baseline=variant.outcome.verdict == "baseline",
        )
    row = next(row for row in record.leaderboard if row.values == member.values)
    if metric == SOLVED:
        return Bar(member.label, row.solve_rate.rate, row.solve_rate.interval)
    return Bar(member.label, *_median_of(member, metric))


def _estimated(variant: ComparedVariant, metric: str) -> tuple[float | None, tuple[float | None, float | None]]:
    own = variant.summary
    if metric == SOLVED:
        return own.solve_rate.rate, own.solve_rate.interval
    if metric == EPOCHS:
        return own.epochs_to_solve.median, own.epochs_to_solve.interval
    found = own.metrics[metric].median if metric in own.metrics else None
    return (None, (None, None)) if found is None else (found.value, found.interval)


def _median_of(member: Member, metric: str) -> tuple[float | None, tuple[float | None, float | None]]:
    """The median over the seeds of a trial, with its 95 % interval."""
    from nncli.analysis.bootstrap import FEWEST, estimate

    seeds = member.seeds
    if metric == EPOCHS:
        end = horizon([seeds])
        value, low, high = kaplan_meier(seeds.watched(end), seeds.solved).median()
        return value, (low, high)
    values = seeds.metrics[metric][~seeds.diverged]
    if not len(values) or not np.isfinite(values).all():
        return None, (None, None)
    found = estimate(values, "median")
    ends = (float(found.low), float(found.high)) if len(values) >= FEWEST else (None, None)
    return float(found.value), ends


def _intervals(study: StudySubject, width: float) -> Figure:
    from nncli.report.plots.studies import draw_intervals
    from nncli.report.plots.style import NARROW, figure

    metrics, number = _metrics(study), min(len(study.members), MOST_BARS)
    note = f", the best {MOST_BARS} of {len(study.members)}" if len(study.members) > MOST_BARS else ""
    with figure(len(metrics), 1, width, height=0.9 + 0.28 * number) as (made, panels):
        for place, (axes, metric) in enumerate(zip(panels, metrics, strict=True)):
            last = place == len(metrics) - 1
            bars = [_bar(study, index, metric, last=last) for index in range(number)]
            below = width < NARROW * len(metrics) / 1.5
            draw_intervals(axes, bars, names=place == 0 or below)
            axes.set_xlabel("share of seeds solved" if metric == SOLVED else f"{measure_name(metric)}, median")
        made.suptitle(f"{study.title}{note}: best first, 95 % intervals")
    return made


def _deciding(variant: ComparedVariant, measure: str) -> PairTest | None:
    return next((test for test in variant.tests if test.measure == measure), None)


def _paired(study: StudySubject, width: float) -> Figure:
    from nncli.report.plots.studies import draw_paired
    from nncli.report.plots.style import figure

    record = study.record
    assert isinstance(record, ComparisonStudy)  # noqa: S101 (the kind fits)
    measures = record.comparison.measures
    measure = "epochs" if "epochs" in measures else measures[0]
    pairs = [*_pairs(study, record, measure)]
    with figure(1, 1, width, height=1 + 0.45 * len(pairs)) as (made, (axes,)):
        draw_paired(axes, pairs)
        sign = "fewer epochs to solve" if measure == "epochs" else _better(measure)
        axes.set_xlabel(f"{sign} than {record.comparison.baseline} with the same seed →")
        means = ", mean and 95 % interval" if any(own.mean is not None for own in pairs) else ""
        axes.set_title(f"{study.title}: differences per seed{means}")
    return made


def _better(measure: str) -> str:
    if measure == SOLVED:
        return "more solved"
    return f"{'higher' if is_score(measure) else 'lower'} {metric_name(measure)}"


def _pairs(study: StudySubject, record: ComparisonStudy, measure: str) -> list[Pairs]:
    """Differences of each variant from the baseline, the best variant first."""
    seeds = {member.label: member.seeds for member in study.members}
    everyone = [*seeds.values()]
    base = Measure(measure).values(seeds[record.comparison.baseline], everyone)
    found = []
    for index in record.comparison.ranking:
        variant = record.comparison.variants[index]
        test = _deciding(variant, measure)
        if test is None or not record.comparison.paired[index]:
            continue
        own = Measure(measure).values(seeds[variant.label], everyone)
        both = np.isfinite(own) & np.isfinite(base)
        complete = bool(both.all())
        found.append(
            Pairs(
                variant.label,
                own[both] - base[both],
                test.difference if complete else None,
                test.interval if complete else (None, None),
                better=int((np.isfinite(own) & ~np.isfinite(base)).sum()),
                worse=int((~np.isfinite(own) & np.isfinite(base)).sum()),
            )
        )
    return found[:MOST_BARS]


def _is_paired(study: StudySubject) -> bool:
    record = study.record
    if not isinstance(record, ComparisonStudy) or not record.comparison.measures:
        return False
    measures = record.comparison.measures
    return bool(_pairs(study, record, "epochs" if "epochs" in measures else measures[0]))


def _curves(study: StudySubject, width: float) -> Figure:
    from nncli.report.plots.studies import draw_variants
    from nncli.report.plots.style import figure

    shown, note = first(study.members)
    curves = {own.label: of for own, of in zip(shown, study.curves, strict=True) if of is not None}
    common = set.intersection(*({*of.metrics} for of in curves.values()))
    score = sorted(name for name in common if is_score(name))[:1]
    names = [name for split in ("train", "validation") for name in (f"{split}_loss",) if name in common]
    panels = [*names, *[name for name in common if score and name.endswith(score[0].partition("_")[2])]]
    panels = sorted(panels, key=lambda name: (not name.endswith("loss"), not name.startswith("train")))[:4]
    with figure(2, -(-len(panels) // 2), width, height=2.4) as (made, drawn):
        for axes, metric in zip(drawn, panels, strict=False):
            draw_variants(axes, curves, metric)
            axes.set_ylabel(metric.replace("_", " ") if metric.startswith("train") else metric_name(metric))
        for spare in drawn[len(panels) :]:
            spare.remove()
        handles, labels = drawn[0].get_legend_handles_labels()
        columns = max(1, int(width * 2.2) // (4 + max(map(len, labels)) // 6))
        made.legend(handles, labels, loc="outside lower center", ncols=columns)
        made.suptitle(f"{study.title}{note}: median, and 5–95 %")
    return made


KINDS = {
    "intervals": Kind("a result", lambda study: bool(study.members), _intervals, "study.json"),
    "survival": Kind("seeds that were solved, where solving is the aim", _solves, _survival, "results.csv"),
    "paired": Kind("variants on the same seeds and rows as the baseline", _is_paired, _paired, "study.json"),
    "curves": Kind(
        "recorded epochs of runs in its folder",
        lambda study: bool(study.curves) and all(own is not None and own.seeds for own in study.curves),
        _curves,
        "metrics.csv of each run",
    ),
}
