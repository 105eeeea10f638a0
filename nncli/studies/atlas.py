"""`atlas`: a sweep over two numeric axes, as a map of where training succeeds and where it fails."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from nncli.analysis.atlas_record import EPOCHS, Atlas, Cell, NumericAxis
from nncli.analysis.sweep_record import LeaderboardRow, SweepStudy
from nncli.config.document import Data, Document
from nncli.config.load import load_document
from nncli.config.overrides import parse_override
from nncli.config.parts import PartOf
from nncli.config.schema_lookup import annotation_at
from nncli.diagnosis.critical_value import critical_value
from nncli.errors import UserError, dotted, quoted
from nncli.runs.metrics_csv import csv_text
from nncli.storage.names import RUNS
from nncli.studies.axis_grammar import Axis, parse_axes
from nncli.studies.executors.choice import LOCAL, Where
from nncli.studies.executors.supervisor import Watcher
from nncli.studies.leaderboard import check_metric
from nncli.studies.plan import Plan, make_plan
from nncli.studies.study_directory import ATLAS
from nncli.studies.sweep import Sweep, sweep
from nncli.studies.variants import make_variants

MAX_COLUMNS = 64
"""The most values of x for which a map fits 80 columns."""

EXAMPLE = "training.learning_rate=log(1e-4,10,16)"


@dataclass(frozen=True, slots=True)
class AtlasPlan:
    """The trials of an atlas, its axes, and the overrides that choose the parts whose options they are."""

    x: NumericAxis
    y: NumericAxis
    plan: Plan
    parts: tuple[str, ...] = ()


def plan_atlas(config: Path, x: str, y: str, overrides: Sequence[str] = ()) -> AtlasPlan:
    """The plan of an atlas.

    Args:
        config: the config file.
        x: a key and its values, such as `training.learning_rate=log(1e-4,10,16)`.
        y: the same.
        overrides: as for `train`.

    Raises:
        UserErrors: for axes that are not numeric or have a single value, and for every error in any trial.
    """
    across, up = numeric_axis(x, "--x"), numeric_axis(y, "--y")
    if across.key == up.key:
        raise UserError(f"both axes are {across.key}", where="--y", hint="Choose another key")
    if len(across.values) > MAX_COLUMNS:
        given = f"{len(across.values)} values do not fit 80 columns"
        raise UserError(given, where="--x", allowed=f"At most {MAX_COLUMNS}; --y may have more")
    more, _ = parse_axes(overrides)
    if more:
        given = f"{more[0].key} has {len(more[0].values)} values, and an atlas has two axes, --x and --y"
        raise UserError(given, hint="Give it one value, or use nncli sweep")
    texts = [f"{axis.key}={','.join(axis.texts)}" for axis in (up, across)]
    document = load_document(config, overrides)
    parts = tuple(text for axis in (up, across) if (text := named_part(document, axis.key)))
    grid, variants = make_variants(config, [*overrides, *parts, *texts])
    made_by = ["atlas", str(config), "--x", x, "--y", y, *overrides]
    plan = replace(make_plan(variants[0].experiment.name, grid, variants, made_by), command="atlas")
    return AtlasPlan(across, up, plan, parts)


def named_part(document: Document, key: str) -> str:
    """The override that chooses the part whose option is an axis; empty if the config has it, or names no other.

    `initializer.normal.std` needs `initializer=normal`, which takes the place of `initializer: he_normal`. A layer or
    the task is never replaced.
    """
    path = parse_override(f"{key}=0").path
    at = path[:-2]
    kind = annotation_at(at)
    if len(path) < 3 or not isinstance(kind, PartOf) or path[-2] not in kind.registry:
        return ""
    if at == ("task",) or not all(isinstance(step, str) for step in at):
        return ""
    here: Data = document.data
    for step in at:
        here = here.get(str(step)) if isinstance(here, dict) else None
    has = path[-2] == here or (isinstance(here, dict) and path[-2] in here)
    return "" if has else f"{dotted(at)}={path[-2]}"


def numeric_axis(argument: str, option: str) -> NumericAxis:
    """An axis whose values are numbers, in ascending order. Raises: `UserError` (code USAGE) for any other."""
    axes, plain = parse_axes([argument])
    for text in plain:
        key, _, value = text.partition("=")
        given = f"{quoted(text, 60)} gives {key} a single value" if value else f"{quoted(argument, 60)} has no values"
        raise UserError(given, where=option, allowed=f"Write a key and its values, such as {EXAMPLE}")
    (axis,) = axes
    numbers = {number_of(text, axis, option): text for text in axis.values}
    if len(numbers) < len(axis.values):
        raise UserError(f"two values of {axis.key} are the same number", where=option)
    values = sorted(numbers)
    return NumericAxis(axis.key, tuple(values), tuple(numbers[value] for value in values))


def number_of(text: str, axis: Axis, option: str) -> float:
    """The number that a value is."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        given = f"{quoted(text)} is not a number, and {axis.key} is an axis of a map"
        raise UserError(given, where=option, allowed="For other axes, use nncli sweep")
    return number


def atlas(
    planned: AtlasPlan,
    *,
    metric: str | None = None,
    runs_dir: Path = RUNS,
    where: Where = LOCAL,
    watcher: Watcher | None = None,
) -> tuple[Atlas, Sweep]:
    """Train the unfinished trials of an atlas, in stacks of up to 64, and map them.

    A trial is an ordinary run: its weights equal those of `train` to the bit.

    Args:
        planned: as returned by `plan_atlas`.
        metric: what the map shows: `solved`, `epochs_to_solve`, or a final metric, by its median; by default, the
            solve rate, or a loss if no seed solves its rows.
        runs_dir: where the folder is.
        where: which executor to use.
        watcher: is told the progress, and may ask to stop.

    Raises:
        UserError: as `sweep` does.
    """
    if metric is not None:
        check_metric(metric, planned.plan)
    critical = critical_line(planned)
    done = sweep(
        planned.plan,
        sort=metric,
        runs_dir=runs_dir,
        where=where,
        watcher=watcher,
        tables={ATLAS: lambda study: atlas_csv(atlas_of(planned, study, critical))},
    )
    return atlas_of(planned, done.record, critical), done


def critical_line(planned: AtlasPlan) -> tuple[float | None, ...]:
    """For each x, the y at which mean-field theory calls the initialization critical, as `critical_value` does."""
    found = {own.values: own.trial.experiment for own in planned.plan.trials}
    rows = list(zip(planned.y.values, planned.y.texts, strict=True))
    columns = [{y: found[row, column] for y, row in rows if (row, column) in found} for column in planned.x.texts]
    return tuple(critical_value(column) for column in columns)


def atlas_of(planned: AtlasPlan, study: SweepStudy, critical: tuple[float | None, ...]) -> Atlas:
    """The atlas of a finished sweep, with its critical line."""
    found = {row.values: row for row in study.leaderboard}
    x, y = planned.x, planned.y
    cells = tuple(
        Cell(across, up, found.get((row, column)))
        for up, row in zip(y.values, y.texts, strict=True)
        for across, column in zip(x.values, x.texts, strict=True)
    )
    return Atlas(
        study=study.study,
        name=study.name,
        x=x,
        y=y,
        seeds=study.seeds,
        epochs=study.epochs,
        metric=study.measure,
        critical=critical,
        cells=cells,
        failures=study.failures,
        fixed=study.fixed,
    )


def atlas_csv(found: Atlas) -> str:
    """One row for each cell: its numbers, its outcome, and the critical y of its column."""
    trials = [cell.trial for cell in found.cells if cell.trial is not None]
    metrics = list(dict.fromkeys(name for trial in trials for name in trial.metrics))
    medians = [EPOCHS, *metrics]
    outcome = ["trial", "seeds", "solved", "solve_rate", "solve_rate_low", "solve_rate_high", "diverged"]
    rows: list[Sequence[object]] = [
        [found.y.key, found.x.key, *outcome, *(f"{name}_median" for name in medians), "critical"]
    ]
    critical: Mapping[float, float | None] = dict(zip(found.x.values, found.critical, strict=True))
    for cell in found.cells:
        outcomes = [None] * len(outcome) if cell.trial is None else _outcome(cell.trial)
        rows.append([cell.y, cell.x, *outcomes, *map(cell.median, medians), critical[cell.x]])
    return csv_text(rows, len(rows[0]))


def _outcome(trial: LeaderboardRow) -> list[object]:
    rate = trial.solve_rate
    return [trial.trial, trial.seeds, rate.solved, rate.rate, *rate.interval, trial.diverged]
