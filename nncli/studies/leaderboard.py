"""The leaderboard of a sweep: a row for each finished trial, best first.

It depends only on the plan and the results, not on when, where, in what order or by how many processes the trials were
trained.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from nncli.analysis.comparison_record import SolveRate
from nncli.analysis.intervals import wilson
from nncli.analysis.metric_names import SCORE, is_score
from nncli.analysis.survival import median_time
from nncli.analysis.sweep_record import LeaderboardRow, Lost, Spread, SweepStudy
from nncli.registry import unknown
from nncli.runs.metrics_csv import csv_text
from nncli.runs.result_record import Result
from nncli.studies.compare import trials_of
from nncli.studies.plan import Plan, Planned

SOLVED, EPOCHS = "solved", "epochs_to_solve"


def leaderboard(
    plan: Plan, results: Mapping[str, Result], sort: str | None = None
) -> tuple[str, str, tuple[LeaderboardRow, ...]]:
    """Rank the finished trials. Returns: what the rows are sorted by, what they are ranked by, and the rows.

    Args:
        plan: plan of the sweep.
        results: by the names of the trials.
        sort: `solved`, `epochs_to_solve`, a metric (by its median), or an axis, which keeps the default ranks.
            By default, trials on truth tables, or that stop when they have solved their rows, are ranked by the
            number of solved seeds, then by time to solve; others by their loss on held-out rows, or else on training
            rows, or by their score if the trials have different losses.

    A seed that is unsolved or diverged ranks after all others. Ties keep the plan's order.
    """
    known = [(p, results[p.trial.name]) for p in plan.trials if p.trial.name in results]
    axis = _axis(sort or "", plan.axes)
    measure = sort if sort and axis is None else _usual(known)
    rows = [_row(planned.id, planned.values, result) for planned, result in known]
    rows.sort(key=lambda row: _key(row, measure))
    ranked = tuple(replace(row, rank=rank) for rank, row in enumerate(rows, 1))
    if axis is None:
        return measure, measure, ranked
    places = _places([planned.values[axis] for planned in plan.trials])
    return plan.axes[axis], measure, tuple(sorted(ranked, key=lambda row: places[row.values[axis]]))


def _axis(sort: str, axes: Sequence[str]) -> int | None:
    """The index of the axis named by its key or the last word of it, else None."""
    words = [axis.rpartition(".")[2] for axis in axes]
    if sort in axes:
        return list(axes).index(sort)
    return words.index(sort) if sort in words and sort not in (SOLVED, EPOCHS) else None


def _places(values: Sequence[str]) -> dict[str, float]:
    """The order of the values of an axis: by size if all are numbers, else as given."""
    try:
        return {value: float(value) for value in values}
    except ValueError:
        return {value: place for place, value in enumerate(dict.fromkeys(values))}


def leaderboard_csv(study: SweepStudy) -> str:
    """One row for each trial, best first: its values, then the median, minimum and maximum over its seeds."""
    metrics = list(dict.fromkeys(name for row in study.leaderboard for name in row.metrics))
    spreads = [EPOCHS, *metrics]
    ends = ("median", "least", "most")
    heading = ["rank", "trial", *study.axes, "seeds", "solved", "diverged"]
    rows: list[Sequence[object]] = [[*heading, *(f"{name}_{end}" for name in spreads for end in ends)]]
    for row in study.leaderboard:
        found = {EPOCHS: row.epochs_to_solve, **row.metrics}
        cells = [row.rank, row.trial, *row.values, row.seeds, row.solve_rate.solved, row.diverged]
        rows.append([*cells, *(getattr(found.get(name), end, None) for name in spreads for end in ends)])
    return csv_text(rows, len(rows[0]))


def measured_by(plan: Plan) -> tuple[str, ...]:
    """The metrics of any trial of a plan."""
    known: dict[str, None] = {}
    for planned in plan.trials:
        known |= dict.fromkeys(planned.trial.experiment.metric_names)
    return tuple(known)


def check_metric(metric: str, plan: Plan) -> None:
    """Raise a `UserError` if the trials of this plan cannot be ranked by `metric`."""
    known = (SOLVED, EPOCHS, *measured_by(plan))
    if metric not in known:
        raise unknown("metric", metric, known, "--metric")


def check_sort(sort: str, plan: Plan) -> None:
    """Raise a `UserError` if a leaderboard of this plan cannot be sorted by `sort`."""
    known = (SOLVED, EPOCHS, *measured_by(plan))
    if sort not in known and _axis(sort, plan.axes) is None:
        raise unknown("metric or axis", sort, (*known, *plan.axes), "--sort")


def _usual(known: Sequence[tuple[Planned, Result]]) -> str:
    seeds = [trials_of(planned.id, result) for planned, result in known]
    if all(t.complete for t in seeds) and any(t.solved.any() for t in seeds):
        return SOLVED
    split = "validation" if seeds and all("validation_loss" in t.metrics for t in seeds) else "train"
    losses = {repr(planned.trial.experiment.output.loss) for planned, _ in known}
    kinds = {planned.trial.experiment.splits.train.kind for planned, _ in known}
    if len(losses) > 1 and len(kinds) == 1:  # different losses are not comparable
        return f"{split}_{SCORE[kinds.pop()]}"
    return f"{split}_loss"


def _row(trial: str, values: tuple[str, ...], result: Result) -> LeaderboardRow:
    """The row of one trial, not yet ranked; every list over seeds becomes its median and range."""
    seeds = trials_of(trial, result)
    solved, n = int(seeds.solved.sum()), len(seeds.seeds)
    lost = result.lost_epochs
    epochs = [epoch if ok else math.inf for epoch, ok in zip(seeds.solved_epoch.tolist(), seeds.solved, strict=True)]
    return LeaderboardRow(
        rank=0,
        trial=trial,
        values=values,
        seeds=n,
        solve_rate=SolveRate(solved, n, solved / n, wilson(solved, n)),
        epochs_to_solve=_spread(epochs, median_time),
        diverged=int(seeds.diverged.sum()),
        lost=Lost(len(lost), (min(lost), max(lost))) if lost else None,
        metrics={
            name: _spread([value if math.isfinite(value) else _worst(name) for value in of.tolist()])
            for name, of in seeds.metrics.items()
        },
    )


def _spread(values: Sequence[float], middle: Callable[[Sequence[float]], float | None] = statistics.median) -> Spread:
    """Median, minimum and maximum; None for infinite values, such as the median epochs if most seeds are unsolved."""
    found = (middle(values), min(values), max(values))
    return Spread(*(value if value is not None and math.isfinite(value) else None for value in found))


def _worst(metric: str) -> float:
    return -math.inf if is_score(metric) else math.inf


def _key(row: LeaderboardRow, sort: str) -> tuple[float, ...]:
    """Smaller is better."""
    unsolved, epochs = -row.solve_rate.rate, _median(row.epochs_to_solve)
    if sort == SOLVED:
        return unsolved, epochs, _median(row.metrics["train_loss"])
    if sort == EPOCHS:
        return epochs, unsolved
    spread = row.metrics.get(sort)
    if is_score(sort):
        return (math.inf if spread is None or spread.median is None else -spread.median,)
    return (_median(spread),)


def _median(spread: Spread | None) -> float:
    """The median, with a missing one as the worst."""
    return math.inf if spread is None or spread.median is None else spread.median
