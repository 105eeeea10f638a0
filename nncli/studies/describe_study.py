"""A study as one row of a list, from its files and those of its runs."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from nncli.analysis.comparison_record import ComparisonStudy
from nncli.analysis.sweep_record import SweepStudy
from nncli.errors import UserError
from nncli.experiments.describe_run import describe_run, unknown
from nncli.runs.directory import OVER, RunDirectory
from nncli.runs.listing import list_runs
from nncli.runs.run_row import CORRUPT, RunRow
from nncli.studies.study_directory import is_study, is_sweep, read_study
from nncli.studies.sweep import read_sweep


def describe_study(path: Path, status: str) -> tuple[RunRow, str]:
    """A study as one row with this status, and what was varied in words: `activation with bits=6; first: relu`.

    Seeds are those of all its finished runs together; other numbers are medians over the runs. A study whose folder has
    no date started with its first run.
    """
    row = unknown(RunDirectory(path), status)
    if not is_study(path):
        return row, ""
    try:
        record = read_sweep(path).record if is_sweep(path) else read_study(path)
    except UserError:
        return replace(row, status=CORRUPT), ""
    runs = [own for run in list_runs(path) if (own := describe_run(run)) is not None and own.status in OVER]
    starts = [own.started for own in runs if own.started is not None]
    tasks, sizes = {own.task for own in runs}, {own.parameters for own in runs}
    row = replace(
        row,
        task=tasks.pop() if len(tasks) == 1 else None,
        seeds=sum(own.seeds or 0 for own in runs),
        solved=sum(own.solved or 0 for own in runs) if runs else None,
        loss=_median(own.loss for own in runs),
        epochs=_median(own.epochs for own in runs),
        parameters=sizes.pop() if len(sizes) == 1 else None,
        started=row.started or min(starts, default=None),
    )
    return row, _varied(record)


def _varied(record: ComparisonStudy | SweepStudy) -> str:
    if isinstance(record, ComparisonStudy):
        axes = [axis.key for axis in record.axes]
        first = record.variants[record.comparison.ranking[0]].label
    else:
        axes = [*record.axes]
        first = ", ".join(record.first.values) if record.first else ""
    fixed = f" with {', '.join(record.fixed)}" if record.fixed else ""
    return f"{' × '.join(axes)}{fixed}" + (f"; first: {first}" if first else "")


def _median(values: Iterable[float | None]) -> float | None:
    numbers = [value for value in values if value is not None]
    return statistics.median(numbers) if numbers else None
