"""`nncli runs`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from operator import itemgetter
from typing import TYPE_CHECKING, Annotated, Any

from nncli.cli.options import (
    RUNS,
    Csv,
    Json,
    RunsDir,
    number_option,
)

if TYPE_CHECKING:
    from nncli.runs.directory import RunDirectory

COLUMNS = ("run", "name", "status", "task", "seeds", "solved", "loss", "epochs", "parameters", "started")

HEADINGS = ("name", "id", "status", "task", "solved", "loss", "when")
WRAPPED = tuple(map(HEADINGS.index, ("name", "task", "when")))
"""The columns whose cells may wrap if the table is wider than the terminal."""

CORRUPT = {"status": "corrupt"}


def runs(
    limit: Annotated[
        int | None,
        number_option("--limit", "-n", least=1, metavar="N", help="List only the newest N."),
    ] = None,
    json: Json = False,
    csv: Csv = False,
    runs_dir: RunsDir = RUNS,
) -> None:
    """List all runs, newest first.

    Example: nncli runs --csv > runs.csv
    """
    from nncli.cli.console import exported, grid, json_text, note, out
    from nncli.runs.directory import RunDirectory
    from nncli.runs.listing import list_runs
    from nncli.runs.metrics_csv import csv_text
    from nncli.studies.study_directory import list_broken, list_studies

    found = [describe_run(directory) for directory in list_runs(runs_dir)[:limit]]
    records = [record for record in found if record is not None]
    records += [unknown(RunDirectory(path)) | CORRUPT for path in list_broken(runs_dir)]
    if json:
        out(json_text({"runs": records}))
    elif csv:
        out(exported(csv_text([COLUMNS, *([record[name] for name in COLUMNS] for record in records)], len(COLUMNS))))
    elif not records and not list_studies(runs_dir):
        note(f"no runs in {runs_dir} yet; train one: nncli train configs/xor.yaml")
    else:
        if records:
            out(grid(list(HEADINGS), [_cells(record) for record in records], WRAPPED))
        if studies := list_studies(runs_dir):
            note("studies (show one with nncli show NAME):")
        for path in studies[:limit]:
            note(f"  {path.name}")


def _cells(record: dict[str, Any]) -> list[str]:
    """The cells of a run's row in the table."""
    from nncli.report.numbers import short

    return [
        record["name"],
        record["run"].rpartition("-")[2],
        record["status"],
        record["task"] or "–",
        f"{record['solved']}/{record['seeds']}" if record["solved"] is not None else "–",
        short(record["loss"]),
        ago(record["started"]),
    ]


def unknown(directory: RunDirectory) -> dict[str, Any]:
    """The row of a run of which only the folder is known."""
    started = directory.started
    known = {"run": directory.folder, "name": directory.name}
    return dict.fromkeys(COLUMNS) | known | {"started": started.isoformat() if started else None}


def describe_run(directory: RunDirectory) -> dict[str, Any] | None:
    """A run as one row; a corrupt run is listed too. None if its folder has just been deleted."""
    from nncli.errors import UserError
    from nncli.runs.result_json import whole_result
    from nncli.runs.result_record import Result

    row = unknown(directory) | {"status": directory.status}
    try:
        result = whole_result(directory)
        if not isinstance(result, Result):
            row |= _from_config(directory)
            return row | _from_metrics(directory)
    except UserError:
        return row | CORRUPT if os.path.isdir(directory.path) else None
    return row | {
        "task": result.task,
        "seeds": len(result.seeds),
        "solved": sum(result.solved),
        "loss": _median(result.metrics["train_loss"]),
        "epochs": _median(result.epochs),
        "parameters": result.parameters,
    }


def _from_config(directory: RunDirectory) -> dict[str, Any]:
    """Task and seeds of a run without a result, from its config. Raises: `UserError`."""
    from nncli.config.recorded_config import recorded_document
    from nncli.config.schema import check_seeds, listed
    from nncli.errors import UserError

    match recorded_document(directory).data:
        case {"task": str() | dict() as task, "seeds": seeds} if task:
            name = task if isinstance(task, str) else next(iter(task))
            with suppress(ValueError):
                return {"task": name, "seeds": len(listed(check_seeds(seeds)))}
    raise UserError("task or seeds are missing", where=str(directory.path / "config.yaml"))


def _from_metrics(directory: RunDirectory) -> dict[str, Any]:
    """Loss and epochs of a run without a result, from its metrics, if it has any. Raises: `UserError`."""
    from nncli.errors import UserError

    metrics = directory.open_metrics()
    if not metrics.columns:
        return {}
    if not {"seed", "epoch", "train_loss"} <= {*metrics.columns}:
        raise UserError("columns are missing", where=str(directory.path / "metrics.csv"))
    pick = itemgetter(*map(metrics.columns.index, ("seed", "train_loss", "epoch")))
    last = {seed: (loss, epoch) for seed, loss, epoch in map(pick, metrics.rows)}.values()
    return {"loss": _median([loss for loss, _ in last]), "epochs": _median([epoch for _, epoch in last])}


def _median(values: Sequence[Any]) -> Any:
    """The median of the finite numbers; None if there are none."""
    import math
    import statistics

    numbers = [value for value in values if value is not None and math.isfinite(value)]
    return statistics.median(numbers) if numbers else None


def ago(started: str | None) -> str:
    """How long ago, in the unit a person would use."""
    from datetime import UTC, datetime

    if started is None:
        return "–"
    seconds = (datetime.now(UTC) - datetime.fromisoformat(started)).total_seconds()
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            number = int(seconds // size)
            return f"{number} {unit}{'s' if number > 1 else ''} ago"
    return "just now"
