"""Pictures of the axes of a study: what each explains, and where results are good."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from nncli.analysis.atlas_record import Atlas
from nncli.analysis.effects import Effect, explained
from nncli.analysis.metric_names import is_score
from nncli.analysis.seed_results import measured
from nncli.analysis.survival import median_time
from nncli.pictures.kind import Kind
from nncli.pictures.study_subject import EPOCHS, SOLVED, Numbers, StudySubject
from nncli.report.curve_panels import spans_decades
from nncli.report.metric_text import metric_name
from nncli.report.numbers import count

if TYPE_CHECKING:
    from matplotlib.figure import Figure


MOST_AXES = 3
"""Axes that have maps of every two of them."""


def measure_name(measure: str) -> str:
    """A measure in words."""
    return {SOLVED: "solved", "epochs": "epochs to solve", EPOCHS: "epochs to solve"}.get(measure) or metric_name(
        measure
    )


def _is_better_with_more(measure: str) -> bool:
    return measure == SOLVED or is_score(measure)


def _effects(study: StudySubject, width: float) -> Figure:
    from nncli.report.plots.style import figure, legend_below
    from nncli.report.plots.sweeps import draw_effects

    found, note = effects_of(study)
    with figure(1, 1, width, height=1.2 + 0.35 * len(found)) as (made, (axes,)):
        draw_effects(axes, found)
        legend_below(made, axes)
        axes.set_ylabel("explained by")
        made.suptitle(f"{study.title}: what explains {note}")
    return made


def effects_of(study: StudySubject) -> tuple[list[Effect], str]:
    """What explains the variance of the measure, the largest effect of an axis first; and what is explained."""
    values = study.per_seed(study.telling)
    note = "which seeds are solved" if study.telling == SOLVED else f"the variance of {measure_name(study.telling)}"
    lost = sum(int(member.seeds.diverged.sum()) for member in study.members)
    if study.telling != SOLVED and spans_decades([values]):
        values, note = np.log10(values), f"the variance of log₁₀ of {measure_name(study.telling)}"
    if lost and study.telling != SOLVED:
        note += f"; {count(lost, 'diverged seed')} counted as the worst"
    axes = [(key, [own.values[place] for own in study.members]) for place, key in enumerate(study.axes)]
    found = explained(values, axes)
    if "rest" not in [effect.source for effect in found] and values.shape[1] > 1:
        note += "; in a grid with holes, shares overlap"
    own, others = found[: len(axes)], found[len(axes) :]
    return [*sorted(own, key=lambda effect: -effect.share), *others], note


def _has_axes(study: StudySubject) -> bool:
    """Whether each member has a value on each axis."""
    return bool(study.axes) and all(len(own.values) == len(study.axes) for own in study.members)


def _can_be_split(study: StudySubject) -> bool:
    seeds = {member.result.seeds for member in study.members}
    return _has_axes(study) and len(seeds) == 1 and len(study.members) > 1 and not study.differing(study.telling)


def medians(study: StudySubject) -> Numbers:
    """The result of each member (T,): the share of solved seeds, or the median of the measure; NaN for none."""
    values = [member.seeds for member in study.members]
    if study.telling == SOLVED:
        return np.array([own.solved.mean() for own in values])
    if study.telling == EPOCHS:
        times = [np.where(own.solved, own.solved_epoch, np.inf).tolist() for own in values]
        return np.array([median_time(own) for own in times], float)
    worst = -np.inf if is_score(study.telling) else np.inf
    finals = [measured(own, study.telling) for own in values]
    found = [_middle(np.sort(np.where(np.isfinite(own), own, worst))) for own in finals]
    return np.where(np.isfinite(found), found, np.nan)


def _middle(ordered: Numbers) -> float:
    """The median; infinite if one of the two in the middle is."""
    low, high = ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]
    return float(low + high) / 2


def _label(study: StudySubject) -> str:
    name = measure_name(study.telling)
    return "share of seeds solved" if study.telling == SOLVED else f"{name}, median over seeds"


def _heatmap(study: StudySubject, width: float) -> Figure:
    from nncli.report.plots.style import figure
    from nncli.report.plots.sweeps import draw_heatmap

    pairs, results, more = _pairs(study), medians(study), _is_better_with_more(study.telling)
    with figure(1, len(pairs), width, height=0.9 + 0.3 * min(max(_tallest(study), 4), 12)) as (made, panels):
        for axes, (row, column) in zip(panels, pairs, strict=True):
            rows, columns = study.levels(row), study.levels(column)
            cells: list[list[list[float]]] = [[[] for _ in columns] for _ in rows]
            for member, value in zip(study.members, results, strict=True):
                cells[rows.index(member.values[row])][columns.index(member.values[column])].append(value)
            values = np.array([[_median(cell, more_is_better=more) for cell in line] for line in cells])
            draw_heatmap(
                axes,
                values,
                columns,
                rows,
                _label(study),
                more_is_better=more,
                is_share=study.telling == SOLVED,
            )
            axes.set(xlabel=_word(study, column), ylabel=_word(study, row))
        others = "\neach cell is the median over the other axes" if len(study.axes) > 2 else ""
        most = f"; the {MOST_AXES} axes that explain most" if len(study.axes) > MOST_AXES else ""
        made.suptitle(f"{study.title}{others}{most}")
    return made


def _pairs(study: StudySubject) -> list[tuple[int, int]]:
    """Every two axes; of many, those that explain most."""
    places = [*range(len(study.axes))]
    if len(places) > MOST_AXES and _can_be_split(study):
        shares = {effect.source: effect.share for effect in effects_of(study)[0]}
        places = sorted(sorted(places, key=lambda place: -shares[study.axes[place]])[:MOST_AXES])
    return [*combinations(places[:MOST_AXES], 2)]


def _word(study: StudySubject, axis: int) -> str:
    return study.axes[axis].rpartition(".")[2]


def _tallest(study: StudySubject) -> int:
    return max(len(study.levels(axis)) for axis in range(len(study.axes)))


def _median(cell: list[float], *, more_is_better: bool) -> float:
    """Of several trials; one without a number counts as the worst. NaN if there are none, or the median has none."""
    worst = -np.inf if more_is_better else np.inf
    ordered = np.sort([value if np.isfinite(value) else worst for value in cell])
    middle = ordered[[(len(cell) - 1) // 2, len(cell) // 2]] if cell else np.array([np.nan])
    return float(middle.mean()) if np.isfinite(middle).all() else np.nan


def _parallel(study: StudySubject, width: float) -> Figure:
    from nncli.report.plots.style import figure
    from nncli.report.plots.sweeps import draw_parallel

    levels = [study.levels(axis) for axis in range(len(study.axes))]
    places = np.array([[levels[a].index(value) for a, value in enumerate(own.values)] for own in study.members], float)
    with figure(1, 1, width, height=3.4) as (made, (axes,)):
        draw_parallel(
            axes,
            places,
            levels,
            study.axes,
            medians(study),
            _label(study),
            more_is_better=_is_better_with_more(study.telling),
            is_share=study.telling == SOLVED,
        )
        axes.set_xlabel("axes of the study; each line is a trial")
        axes.set_title(study.title)
    return made


def _two_axes(study: StudySubject) -> bool:
    return len(study.axes) >= 2 and _has_axes(study) and study.atlas is None and not study.differing(study.telling)


def _atlas(study: StudySubject, width: float) -> Figure:
    from nncli.report.plots.atlas import atlas_figure

    found = study.atlas
    assert isinstance(found, Atlas)  # noqa: S101 (the kind fits)
    return atlas_figure(found, width)


ALIKE = "a measure that means the same in all"

KINDS = {
    "effects": Kind(
        f"an axis, the same seeds in every trial, and {ALIKE}",
        _can_be_split,
        _effects,
        "results.csv",
        reading=(
            "The share of the variance over all trials and seeds that each axis explains, the axes together beyond "
            "that, and the seed; the rest is what a seed does in one trial and not in another. A large share of the "
            "axes together means that the best value of one depends on another. The diamond is what an axis without "
            "any effect would get by chance."
        ),
    ),
    "heatmap": Kind(
        f"two axes, and {ALIKE}",
        _two_axes,
        _heatmap,
        "results.csv",
        reading=(
            "Every two axes of a sweep as a map of the result: bright is good. Each cell is the median over all other"
            " axes. A map whose rows look alike says that the axis going up does not matter."
        ),
    ),
    "parallel": Kind(
        f"two axes, and {ALIKE}",
        _two_axes,
        _parallel,
        "results.csv",
        reading=(
            "Each trial is a line through its values on all axes, bright if its result is good. Where the bright "
            "lines meet is what good trials have in common; where they spread out, the axis does not matter."
        ),
    ),
    "atlas": Kind(
        "to be an atlas",
        lambda study: study.atlas is not None,
        _atlas,
        "atlas.csv",
        reading=(
            "Where a network learns at all, over two numbers: bright is good. The dashed line is the scale of the "
            "first weights that theory calls critical: with it, gradients neither grow nor shrink from layer to "
            "layer."
        ),
    ),
}
