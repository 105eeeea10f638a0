"""`nncli runs`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import astuple, fields, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from nncli.cli.options import (
    Csv,
    Json,
    RunsDir,
    number_option,
    text_option,
)
from nncli.errors import UserError
from nncli.storage.names import RUNS

if TYPE_CHECKING:
    from nncli.runs.run_row import Filter, RunRow

HEADINGS = ("name", "id", "status", "task", "solved", "loss", "when")
WRAPPED = ("name", "task", "when", "tags")
"""The columns whose cells may wrap if the table is wider than the terminal."""

ORDER = "started"


def runs(
    limit: Annotated[
        int | None,
        number_option("--limit", "-n", least=1, metavar="N", help="List only the first N."),
    ] = None,
    tag: Annotated[
        list[str] | None, text_option("--tag", "TAG", "List only what has this tag; if repeated, what has all of them.")
    ] = None,
    task: Annotated[
        list[str] | None, text_option("--task", "TASK", "List only runs of this task; if repeated, of any of them.")
    ] = None,
    status: Annotated[
        list[str] | None,
        text_option("--status", "STATUS", "List only runs with this status; if repeated, any of them."),
    ] = None,
    sort: Annotated[
        str,
        text_option("--sort", "KEY", "Sort by started, name, status, task, seeds, solved, loss, epochs, parameters."),
    ] = ORDER,
    json: Json = False,
    csv: Csv = False,
    runs_dir: RunsDir = RUNS,
) -> None:
    """List all runs, newest first.

    Example: nncli runs --tag baseline --sort loss
    """
    from nncli.cli.console import exported, fitted, grid, json_text, note, out
    from nncli.runs.metrics_csv import csv_text
    from nncli.runs.run_row import Filter, RunRow, ordered
    from nncli.studies.study_directory import fixed_of, list_studies

    _check(sort, status or [])
    wanted = Filter(tag or [], task or [], status or [])
    rows = (row for row in list_rows(runs_dir) if wanted.fits(row))
    records = list(islice(rows, limit) if sort == ORDER else ordered(rows, sort)[:limit])
    studies = [] if task or status else [(path, tags_of(path)) for path in list_studies(runs_dir)]
    tagged = [(path, tags) for path, tags in studies if {*wanted.tags} <= {*tags}][:limit]
    if not records and (tag or task) and not (tagged and tag):
        _check_known(runs_dir, wanted)
    if json:
        listed = [{"study": path.name, "tags": list(tags), "fixed": list(fixed_of(path))} for path, tags in tagged]
        out(json_text({"runs": [_plain(row) for row in records], "studies": listed}))
    elif csv:
        columns = [field.name for field in fields(RunRow)]
        out(exported(csv_text([columns, *([*astuple(row)[:-1], " ".join(row.tags)] for row in records)], len(columns))))
    elif not records and not tagged:
        narrowed = tag or task or status
        first = f"no runs in {runs_dir} yet; train one: nncli train configs/xor.yaml"
        note(f"no run in {runs_dir} is like this" if narrowed else first)
    else:
        if records:
            headings = [*HEADINGS, *(["tags"] if any(row.tags for row in records) else [])]
            wrap = [index for index, heading in enumerate(headings) if heading in WRAPPED]
            out(grid(headings, [_cells(row)[: len(headings)] for row in records], wrap))
        if tagged:
            note("studies (show one with nncli show NAME):")
        for path, tags in tagged:
            note(fitted("   ".join([f"  {path.name}", *fixed_of(path), *tags])))


def list_rows(runs_dir: Path) -> Iterator[RunRow]:
    """A row for each run in a folder, newest first, and for each broken one, without those just deleted."""
    from nncli.experiments.describe_run import unknown
    from nncli.runs.directory import RunDirectory
    from nncli.runs.listing import list_runs
    from nncli.runs.run_row import CORRUPT
    from nncli.studies.study_directory import list_broken

    for directory in list_runs(runs_dir):
        if (row := row_of(directory.path)) is not None:
            yield row
    yield from (unknown(RunDirectory(path), CORRUPT) for path in list_broken(runs_dir))


def row_of(path: Path) -> RunRow | None:
    """The row of one run; None if its folder has just been deleted."""
    from nncli.experiments.describe_run import describe_run
    from nncli.runs.directory import RunDirectory

    row = describe_run(RunDirectory(path))
    return None if row is None else replace(row, tags=tags_of(path))


def tags_of(folder: Path) -> tuple[str, ...]:
    """The tags of a folder; none, with a note, if they cannot be read."""
    from nncli.cli.labels_text import labels_of

    return labels_of(folder).tags


def _check(sort: str, statuses: Sequence[str]) -> None:
    from nncli.registry import unknown
    from nncli.runs.run_row import ORDERS, STATUSES

    if sort not in ORDERS:
        raise unknown("column", sort, ORDERS, "--sort")
    for status in statuses:
        if status not in STATUSES:
            raise unknown("status", status, STATUSES, "--status")


def _check_known(runs_dir: Path, wanted: Filter) -> None:
    """Refuse, with a `UserError`, a tag or a task that nothing has."""
    from nncli.registry import did_you_mean, unknown
    from nncli.studies.study_directory import list_studies

    rows = list(list_rows(runs_dir))
    studies = (tag for path in list_studies(runs_dir) for tag in tags_of(path))
    tags = sorted({tag for row in rows for tag in row.tags} | {*studies})
    for tag in wanted.tags:
        if tag not in tags and not tags:
            hint = "To tag one: nncli tag RUN NAME"
            raise UserError(f"nothing in '{runs_dir}' has a tag", where="--tag", hint=hint)
        if tag not in tags:
            raise unknown("tag", tag, tags, "--tag")
    present = {row.task for row in rows if row.task is not None}
    for task in wanted.tasks:
        if task in present:
            continue
        from nncli.tasks import tasks

        if task not in tasks:
            hint = did_you_mean(task, sorted(present)) or tasks.unknown(task).hint
            allowed = f"Tasks of these runs: {', '.join(sorted(present))}" if present else ""
            raise tasks.unknown(task).replaced(where="--task", hint=hint, allowed=allowed)


def _plain(row: RunRow) -> dict[str, object]:
    return {field.name: getattr(row, field.name) for field in fields(row)} | {"tags": list(row.tags)}


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
        " ".join(row.tags),
    ]


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
