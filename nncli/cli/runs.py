"""`nncli runs`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from nncli.cli.options import COMMON, RUNS, Csv, Json, RunsDir, whole_number


def runs(
    limit: Annotated[
        int | None,
        typer.Option(
            "--limit", "-n", parser=whole_number(1), metavar="N", help="Only the newest N.", rich_help_panel=COMMON
        ),
    ] = None,
    json: Json = False,
    csv: Csv = False,
    runs_dir: RunsDir = RUNS,
) -> None:
    """List all runs, the newest first.

    Example: nncli runs --csv > runs.csv
    """
    from nncli.cli.console import json_text, note, out, table
    from nncli.report.numbers import short
    from nncli.runs.listing import list_runs
    from nncli.studies.directory import list_studies

    records = [describe_run(directory) for directory in list_runs(runs_dir)[:limit]]
    if json:
        out(json_text({"runs": records}))
    elif csv:
        out(csv_text(records))
    elif not records and not list_studies(runs_dir):
        note(f"no runs in {runs_dir} yet; train one: nncli train configs/xor.yaml")
    else:
        rows = [
            [
                r["name"],
                r["run"].rpartition("-")[2],
                r["status"],
                r["task"] or "–",
                f"{r['solved']}/{r['seeds']}" if r["solved"] is not None else "–",
                short(r["loss"]),
                ago(r["started"]),
            ]
            for r in records
        ]
        columns = [
            ("name", "left"),
            ("id", "left"),
            ("status", "left"),
            ("task", "left"),
            ("solved", "right"),
            ("loss", "right"),
        ]
        if rows:
            out(table([*columns, ("when", "left")], rows, indent=0))
        if studies := list_studies(runs_dir):
            note("studies, to be shown with nncli show NAME:")
        for path in studies[:limit]:
            note(f"  {path.name}")


def describe_run(directory: Any) -> dict[str, Any]:
    """A run in one row; a broken one is named, with what is wrong, and never hides the others."""
    from nncli.errors import UserError

    started = directory.started.isoformat() if directory.started else None
    row = {"run": directory.path.name, "name": directory.name, "status": directory.status, "task": None}
    row |= {"seeds": None, "solved": None, "loss": None, "epochs": None, "parameters": None, "started": started}
    try:
        result = directory.read_result() or {}
    except UserError:
        return row | {"status": "corrupt"}
    if "metrics" not in result:
        return row | _so_far(directory)
    return row | {
        "task": result["task"],
        "seeds": len(result["seeds"]),
        "solved": sum(result["solved"]),
        "loss": _median(result["metrics"].get("train_loss", [])),
        "epochs": _median(result["epochs"]),
        "parameters": result["parameters"],
    }


def _so_far(directory: Any) -> dict[str, Any]:
    """What config and metrics say of a run without a result; nothing of what cannot be read."""
    from contextlib import suppress

    from nncli.config.yaml_reader import read_yaml
    from nncli.errors import UserError

    found: dict[str, Any] = {}
    with suppress(UserError, LookupError, TypeError):
        config: Any = read_yaml(directory.read_config(), "config.yaml").data
        task, seeds = config["task"], config["seeds"]
        found["task"] = next(iter(task)) if isinstance(task, dict) else task
        found["seeds"] = seeds if isinstance(seeds, int) else len(seeds)
        metrics = directory.read_metrics()
        last = {seed: row for row, seed in enumerate(metrics["seed"])}.values()
        found["loss"] = _median([metrics["train_loss"][row] for row in last])
        found["epochs"] = _median([metrics["epoch"][row] for row in last])
    return found


def _median(values: list[Any]) -> Any:
    """The median of the finite numbers, if there are any."""
    import math
    import statistics

    numbers = [value for value in values if value is not None and math.isfinite(value)]
    return statistics.median(numbers) if numbers else None


def csv_text(records: list[dict[str, Any]]) -> str:
    """The rows as comma-separated values under a header."""
    import csv
    import io

    text = io.StringIO()
    names = ["run", "name", "status", "task", "seeds", "solved", "loss", "epochs", "parameters", "started"]
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue().rstrip("\n")


def ago(started: str | None) -> str:
    """How long ago, in the unit that a person would say."""
    from datetime import UTC, datetime

    if started is None:
        return "–"
    seconds = (datetime.now(UTC) - datetime.fromisoformat(started)).total_seconds()
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            number = int(seconds // size)
            return f"{number} {unit}{'s' if number > 1 else ''} ago"
    return "just now"
