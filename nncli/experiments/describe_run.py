"""A run as one row of a list, from its files."""

from __future__ import annotations

import math
import os
import statistics
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from operator import itemgetter

from nncli.errors import UserError
from nncli.runs.directory import RunDirectory
from nncli.runs.result_json import whole_result
from nncli.runs.result_record import Result
from nncli.runs.run_row import CORRUPT, RunRow


def unknown(directory: RunDirectory, status: str) -> RunRow:
    """The row of a run of which only the folder and the status are known."""
    started = directory.started
    return RunRow(directory.folder, directory.name, status, started=started.isoformat() if started else None)


def describe_run(directory: RunDirectory) -> RunRow | None:
    """A run as one row; a corrupt run is listed too. None if its folder has just been deleted."""
    row = unknown(directory, directory.status)
    try:
        result = whole_result(directory)
        if not isinstance(result, Result):
            row = _with_config(row, directory)  # kept if the metrics are damaged
            return _with_metrics(row, directory)
    except UserError:
        return replace(row, status=CORRUPT) if os.path.isdir(directory.path) else None
    return replace(
        row,
        task=result.task,
        seeds=len(result.seeds),
        solved=sum(result.solved),
        loss=_median(result.metrics["train_loss"]),
        epochs=_median(result.epochs),
        parameters=result.parameters,
    )


def _with_config(row: RunRow, directory: RunDirectory) -> RunRow:
    """Task and seeds of a run without a result, from its config. Raises: `UserError`."""
    from nncli.config.recorded_config import recorded_document
    from nncli.config.schema import check_seeds, listed

    match recorded_document(directory).data:
        case {"task": str() | dict() as task, "seeds": seeds} if task:
            name = task if isinstance(task, str) else next(iter(task))
            with suppress(ValueError):
                return replace(row, task=name, seeds=len(listed(check_seeds(seeds))))
    raise UserError("task or seeds are missing", where=str(directory.path / "config.yaml"))


def _with_metrics(row: RunRow, directory: RunDirectory) -> RunRow:
    """Loss and epochs of a run without a result, from its metrics, if it has any. Raises: `UserError`."""
    metrics = directory.open_metrics()
    if not metrics.columns:
        return row
    if not {"seed", "epoch", "train_loss"} <= {*metrics.columns}:
        raise UserError("columns are missing", where=str(directory.path / "metrics.csv"))
    pick = itemgetter(*map(metrics.columns.index, ("seed", "train_loss", "epoch")))
    last = {seed: (loss, epoch) for seed, loss, epoch in map(pick, metrics.rows)}.values()
    return replace(row, loss=_median([loss for loss, _ in last]), epochs=_median([epoch for _, epoch in last]))


def _median(values: Sequence[float | None]) -> float | None:
    """The median of the finite numbers; None if there are none."""
    numbers = [value for value in values if value is not None and math.isfinite(value)]
    return statistics.median(numbers) if numbers else None
