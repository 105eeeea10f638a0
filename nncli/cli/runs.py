"""`nncli runs`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, astuple, dataclass, fields, replace
from operator import itemgetter
from typing import TYPE_CHECKING, Annotated

from nncli.cli.options import (
    RUNS,
    Csv,
    Json,
    RunsDir,
    number_option,
)

if TYPE_CHECKING:
    from nncli.runs.directory import RunDirectory

HEADINGS = ("name", "id", "status", "task", "solved", "loss", "when")
WRAPPED = tuple(map(HEADINGS.index, ("name", "task", "when")))
"""The columns whose cells may wrap if the table is wider than the terminal."""

CORRUPT = "corrupt"


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run in the list; what is not known is None."""

    run: str
    name: str
    status: str
    task: str | None = None
    seeds: int | None = None
    solved: int | None = None
    loss: float | None = None
    epochs: float | None = None
    parameters: int | None = None
    started: str | None = None


COLUMNS = tuple(field.name for field in fields(RunRow))


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
    records = [row for row in found if row is not None]
    records += [unknown(RunDirectory(path), CORRUPT) for path in list_broken(runs_dir)]
    if json:
        out(json_text({"runs": [asdict(row) for row in records]}))
    elif csv:
        out(exported(csv_text([COLUMNS, *map(astuple, records)], len(COLUMNS))))
    elif not records and not list_studies(runs_dir):
        note(f"no runs in {runs_dir} yet; train one: nncli train configs/xor.yaml")
    else:
        if records:
            out(grid(list(HEADINGS), [_cells(row) for row in records], WRAPPED))
        if studies := list_studies(runs_dir):
            note("studies (show one with nncli show NAME):")
        for path in studies[:limit]:
            note(f"  {path.name}")


def _cells(row: RunRow) -> list[str]:
    """The cells of a run's row in the table."""
    from nncli.report.numbers import short

    return [
        row.name,
        row.run.rpartition("-")[2],
        row.status,
        row.task or "–",
        f"{row.solved}/{row.seeds}" if row.solved is not None else "–",
        short(row.loss),
        ago(row.started),
    ]


def unknown(directory: RunDirectory, status: str) -> RunRow:
    """The row of a run of which only the folder and the status are known."""
    started = directory.started
    return RunRow(directory.folder, directory.name, status, started=started.isoformat() if started else None)


def describe_run(directory: RunDirectory) -> RunRow | None:
    """A run as one row; a corrupt run is listed too. None if its folder has just been deleted."""
    from nncli.errors import UserError
    from nncli.runs.result_json import whole_result
    from nncli.runs.result_record import Result

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
    from nncli.errors import UserError

    match recorded_document(directory).data:
        case {"task": str() | dict() as task, "seeds": seeds} if task:
            name = task if isinstance(task, str) else next(iter(task))
            with suppress(ValueError):
                return replace(row, task=name, seeds=len(listed(check_seeds(seeds))))
    raise UserError("task or seeds are missing", where=str(directory.path / "config.yaml"))


def _with_metrics(row: RunRow, directory: RunDirectory) -> RunRow:
    """Loss and epochs of a run without a result, from its metrics, if it has any. Raises: `UserError`."""
    from nncli.errors import UserError

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
