"""A comparison, a sweep or an atlas, as pictures look at it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nncli.analysis.atlas_record import Atlas, NumericAxis
from nncli.analysis.comparison_record import ComparisonStudy, StudyAxis, StudyVariant
from nncli.analysis.metric_names import is_score
from nncli.analysis.seed_results import SeedResults
from nncli.analysis.sweep_record import SweepStudy
from nncli.report.numbers import count
from nncli.runs.curves import Curves, recorded_curves
from nncli.runs.directory import RunDirectory
from nncli.runs.listing import list_runs
from nncli.runs.result_record import Result
from nncli.studies.atlas import AtlasPlan, atlas_of, critical_line
from nncli.studies.compare import trials_of
from nncli.studies.plan import Plan, read_plan
from nncli.studies.study_directory import ATLAS, is_sweep, read_study
from nncli.studies.sweep import read_sweep
from nncli.studies.trials import finished_runs

Numbers = NDArray[np.float64]

MOST = 8
"""Members that have a color of their own."""
SOLVED, EPOCHS = "solved", "epochs_to_solve"


@dataclass(frozen=True, slots=True)
class Member:
    """A variant of a comparison, or a finished trial of a sweep.

    Attributes:
        label: its name.
        values: on the axes, as one would type them.
        result: of its run.
        run: where that is; None if it is not in the study's folder.
    """

    label: str
    values: tuple[str, ...]
    result: Result
    run: RunDirectory | None

    @property
    def seeds(self) -> SeedResults:
        """Its results, seed by seed."""
        return trials_of(self.label, self.result)


@dataclass(frozen=True)
class StudySubject:
    """A study, as pictures look at it.

    Attributes:
        path: its folder.
        name: in titles.
        axes: the keys of the axes.
        members: best first.
        record: the content of its `study.json`.
        measure: what its members are ranked by: `solved`, `epochs_to_solve`, or a final metric.
        plan: of a sweep.
    """

    path: Path
    name: str
    axes: tuple[str, ...]
    members: tuple[Member, ...]
    record: ComparisonStudy | SweepStudy
    measure: str
    plan: Plan | None = None

    @property
    def title(self) -> str:
        """What was varied, on how many seeds."""
        n = {len(member.result.seeds) for member in self.members}
        seeds = count(n.pop(), "seed") if len(n) == 1 else "different numbers of seeds"
        varied = " × ".join(self.axes) or count(len(self.members), "run")
        return f"{self.name}: {varied}, {seeds}"

    @cached_property
    def curves(self) -> tuple[Curves | None, ...]:
        """The recorded metrics of the first members; None for one whose run is not in the folder."""
        return tuple(None if own.run is None else recorded_curves(own.run) for own in self.members[:MOST])

    @cached_property
    def atlas(self) -> Atlas | None:
        """The study as an atlas, if it was made as one."""
        if self.plan is None or not isinstance(self.record, SweepStudy) or not os.path.isfile(self.path / ATLAS):
            return None
        x, y = (_numeric(self.plan, column) for column in (1, 0))
        planned = AtlasPlan(x, y, self.plan)
        return atlas_of(planned, self.record, critical_line(planned))

    def levels(self, axis: int) -> list[str]:
        """The values of an axis, in the order given."""
        if isinstance(self.record, ComparisonStudy):
            return [*self.record.axes[axis].values]
        return [*dict.fromkeys(own.values[axis] for own in self.plan.trials)] if self.plan else []

    def per_seed(self, metric: str) -> Numbers:
        """A measure of each member and seed (T, R); where a seed diverged or was never solved, the worst of all.

        Solved seeds count 1, others 0. Members need the same number of seeds.
        """
        if metric == SOLVED:
            return np.array([member.seeds.solved for member in self.members], np.float64)
        if metric == EPOCHS:
            epochs = [np.where(own.seeds.solved, own.seeds.solved_epoch, np.inf) for own in self.members]
            return _worst_filled(np.array(epochs), more_is_better=False)
        values = [np.where(own.seeds.diverged, np.nan, own.seeds.metrics[metric]) for own in self.members]
        return _worst_filled(np.array(values), more_is_better=is_score(metric))


def _worst_filled(values: Numbers, *, more_is_better: bool) -> Numbers:
    known = values[np.isfinite(values)]
    worst = (known.min() if more_is_better else known.max()) if len(known) else 0.0
    return np.where(np.isfinite(values), values, worst)


def _numeric(plan: Plan, column: int) -> NumericAxis:
    """An axis of an atlas, ascending."""
    texts = sorted({own.values[column] for own in plan.trials}, key=float)
    return NumericAxis(plan.axes[column], tuple(map(float, texts)), tuple(texts))


def study_subject(path: Path) -> StudySubject:
    """A study to draw.

    Raises:
        UserError: (code FILES or CORRUPT) if it cannot be read.
    """
    return _sweep(path) if is_sweep(path) else _comparison(path)


def _comparison(path: Path) -> StudySubject:
    study = read_study(path)
    runs = {run.folder: run for run in list_runs(path)}
    members = [
        Member(own.label, _values(own, study.axes), own.result, runs.get(own.result.run)) for own in study.variants
    ]
    return StudySubject(
        path,
        study.name,
        tuple(axis.key for axis in study.axes),
        tuple(members[index] for index in study.comparison.ranking),
        study,
        study.comparison.measures[0] if study.comparison.measures else SOLVED,
    )


def _values(variant: StudyVariant, axes: Sequence[StudyAxis]) -> tuple[str, ...]:
    """The values of a variant on the axes; its label if it was not made by overrides."""
    last = [override.partition("=") for override in variant.overrides[-len(axes) :]] if axes else []
    if [key for key, _, _ in last] == [axis.key for axis in axes]:
        return tuple(value for _, _, value in last)
    return (variant.label,)


def _sweep(path: Path) -> StudySubject:
    plan, record = read_plan(path), read_sweep(path).record
    done = finished_runs(path, [own.trial for own in plan.trials])
    by_id = {own.id: own for own in plan.trials}
    members = [
        Member(", ".join(row.values) or row.trial, row.values, done[by_id[row.trial].trial.name][1], run)
        for row in sorted(record.leaderboard, key=lambda row: row.rank)
        for run in (done[by_id[row.trial].trial.name][0],)
    ]
    return StudySubject(path, record.name, plan.axes, tuple(members), record, record.measure, plan)


def first(members: Sequence[Member], most: int = MOST) -> tuple[Sequence[Member], str]:
    """The best members, and a note if these are not all."""
    return members[:most], f", the best {most} of {len(members)}" if len(members) > most else ""
