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
from nncli.analysis.comparable_metrics import WORDS, in_the_way
from nncli.analysis.comparison_record import ComparedVariant, ComparisonStudy, StudyAxis, StudyVariant
from nncli.analysis.metric_names import is_score
from nncli.analysis.seed_results import SeedResults, horizon, measured
from nncli.analysis.sweep_record import SweepStudy
from nncli.errors import ExitCode, UserError
from nncli.report.numbers import count
from nncli.runs.curves import Curves, recorded_curves
from nncli.runs.directory import RunDirectory
from nncli.runs.listing import list_runs
from nncli.runs.result_record import Result
from nncli.studies.atlas import AtlasPlan, atlas_of, critical_line
from nncli.studies.compare import seed_results, trials_of, variants_terms
from nncli.studies.plan import Plan
from nncli.studies.study_directory import ATLAS, is_sweep, read_study
from nncli.studies.sweep import read_trials

Numbers = NDArray[np.float64]

MOST = 8
"""Members that have a color of their own."""
LONGEST = 60
"""Of what was held fixed, in the characters of a title."""
SOLVED, EPOCHS = "solved", "epochs_to_solve"


@dataclass(frozen=True, slots=True)
class Member:
    """A variant of a comparison, or a finished trial of a sweep.

    Attributes:
        label: its name.
        values: on the axes, as one would type them.
        result: of its run.
        seeds: the same, seed by seed.
        run: where that is; None if it is not in the study's folder.
        compared: with its verdict, in a comparison.
    """

    label: str
    values: tuple[str, ...]
    result: Result
    seeds: SeedResults
    run: RunDirectory | None
    compared: ComparedVariant | None = None

    @property
    def is_baseline(self) -> bool:
        """Whether the others are compared with it."""
        return self.compared is not None and self.compared.outcome.verdict == "baseline"


@dataclass(frozen=True)
class StudySubject:
    """A study, as pictures look at it.

    Attributes:
        path: its folder.
        name: in titles.
        axes: the keys of the axes.
        members: best first.
        planned: how many members it should have.
        record: the content of its `study.json`.
        measure: what its members are ranked by: `solved`, `epochs_to_solve`, or a final metric.
        plan: of a sweep.
    """

    path: Path
    name: str
    axes: tuple[str, ...]
    members: tuple[Member, ...]
    planned: int
    record: ComparisonStudy | SweepStudy
    measure: str
    plan: Plan | None = None

    @property
    def title(self) -> str:
        """What was varied, in how many variants, on how many seeds: `xor: activation, 4 variants × 50 seeds`.

        What was held fixed comes after the name: `parity4, bits=6: activation, 4 variants × 50 seeds`.
        """
        of = f"{len(self.members)} of " if len(self.members) < self.planned else ""
        kind = "variant" if isinstance(self.record, ComparisonStudy) else "trial"
        counts = sorted({len(member.result.seeds) for member in self.members})
        seeds = count(counts[0], "seed") if len(counts) == 1 else f"{counts[0]} to {counts[-1]} seeds"
        fixed = [f"{key.rpartition('.')[2]}={value}" for key, _, value in (o.partition("=") for o in self.record.fixed)]
        held = f", {', '.join(fixed)}" if fixed else ""
        held = held if len(held) <= LONGEST else f"{held[: LONGEST - 1]}…"
        return f"{self.name}{held}: {self.varied}, {of}{count(self.planned, kind)} × {seeds}"

    @property
    def varied(self) -> str:
        """The last words of the keys that were varied."""
        return " × ".join(axis.rpartition(".")[2] for axis in self.axes) or "run"

    def differing(self, quantity: str) -> str:
        """Why a quantity does not mean the same for all members, in words; empty if it does."""
        return ", ".join(WORDS[term] for term in in_the_way(quantity, [own.seeds.terms for own in self.members]))

    @cached_property
    def telling(self) -> str:
        """The measure, if it tells seeds apart; or else the time to solve, or a loss."""
        losses = [f"{split}_loss" for split in ("validation", "train")]
        known = set.intersection(*({*own.seeds.metrics} for own in self.members)) | {SOLVED, EPOCHS}
        for name in (self.measure, EPOCHS, *losses):
            if name in known and not self.differing(name):
                values = np.concatenate([own.ravel() for own in self._of_members(name)])
                if (values != values[0]).any():
                    return name
        return self.measure

    @cached_property
    def curves(self) -> tuple[Curves | None, ...]:
        """The recorded metrics of the `first` members; None for one whose run is not in the folder."""
        return tuple(None if own.run is None else recorded_curves(own.run) for own in first(self.members)[0])

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
        return np.array(self._of_members(metric))

    def _of_members(self, metric: str) -> list[Numbers]:
        everyone = [member.seeds for member in self.members]
        if metric == SOLVED:
            return [own.solved.astype(np.float64) for own in everyone]
        if metric == EPOCHS:
            end = horizon(everyone)
            return [np.where(own.solved, np.minimum(own.solved_epoch, end), end) for own in everyone]
        return [np.nan_to_num(own) for own in finals(everyone, metric)]


def finals(everyone: Sequence[SeedResults], metric: str) -> list[Numbers]:
    """A final metric of each seed of each member, as `SeedResults.final` has it where all mean the same."""
    measured_values = [measured(own, metric) for own in everyone]
    known = np.concatenate([own[np.isfinite(own)] for own in measured_values])
    worst = (known.min() if is_score(metric) else known.max()) if len(known) else np.nan
    return [np.where(np.isfinite(own), own, worst) for own in measured_values]


def _numeric(plan: Plan, column: int) -> NumericAxis:
    """An axis of an atlas, ascending."""
    texts = sorted({own.values[column] for own in plan.trials}, key=float)
    return NumericAxis(plan.axes[column], tuple(map(float, texts)), tuple(texts))


def study_subject(path: Path) -> StudySubject:
    """A study to draw.

    Raises:
        UserError: (code FILES or CORRUPT) if it cannot be read; (code FILES) if no trial of a sweep is finished.
    """
    return _sweep(path) if is_sweep(path) else _comparison(path)


def _comparison(path: Path) -> StudySubject:
    study = read_study(path)
    runs = {run.folder: run for run in list_runs(path)}
    members = [
        Member(own.label, _values(own, study.axes), own.result, seeds, runs.get(own.result.run), compared)
        for own, seeds, compared in zip(
            study.variants, seed_results(study.variants), study.comparison.variants, strict=True
        )
    ]
    measure = study.comparison.measures[0] if study.comparison.measures else SOLVED
    return StudySubject(
        path,
        study.name,
        tuple(axis.key for axis in study.axes),
        tuple(members[index] for index in study.comparison.ranking),
        len(members),
        study,
        EPOCHS if measure == "epochs" else measure,
    )


def _values(variant: StudyVariant, axes: Sequence[StudyAxis]) -> tuple[str, ...]:
    """The values of a variant on the axes; its label if it was not made by overrides."""
    last = [override.partition("=") for override in variant.overrides[-len(axes) :]] if axes else []
    if [key for key, _, _ in last] == [axis.key for axis in axes]:
        return tuple(value for _, _, value in last)
    return (variant.label,)


def _sweep(path: Path) -> StudySubject:
    sweep, plan, results = read_trials(path)
    record, runs = sweep.record, {run.folder: run for run in list_runs(path)}
    if not results:
        hint = "Run the same command to train them"
        raise UserError("no trial of this sweep is finished", where=str(path), hint=hint, code=ExitCode.FILES)
    done = {own.id: own.trial for own in plan.trials if own.trial.name in results}
    terms = dict(zip(done, variants_terms([*done.values()]), strict=True))
    members = []
    for row in sorted(record.leaderboard, key=lambda row: row.rank):
        result, label = results[done[row.trial].name], ", ".join(row.values) or row.trial
        seeds = trials_of(label, result, terms[row.trial])
        members.append(Member(label, row.values, result, seeds, runs.get(result.run)))
    total = len(plan.trials)
    return StudySubject(path, record.name, plan.axes, tuple(members), total, record, record.measure, plan)


def first(members: Sequence[Member], most: int = MOST) -> tuple[Sequence[Member], str]:
    """The best members and the baseline, and a note if these are not all."""
    if len(members) <= most:
        return members, ""
    shown = members[:most]
    baseline = [own for own in members[most:] if own.is_baseline]
    if baseline:
        return [*shown[:-1], *baseline], f", the best {most - 1} of {len(members)} and the baseline"
    return shown, f", the best {most} of {len(members)}"
