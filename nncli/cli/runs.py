"""`nncli runs`."""

from __future__ import annotations

from typing import Any

from nncli.cli.options import RUNS, Csv, Json, RunsDir


def runs(json: Json = False, csv: Csv = False, runs_dir: RunsDir = RUNS) -> None:
    """List all runs, the newest first.

    Example: nncli runs --csv > runs.csv
    """
    from nncli.cli.console import json_text, note, out, table
    from nncli.report.numbers import short
    from nncli.runs.directory import list_runs

    records = [describe_run(directory) for directory in list_runs(runs_dir)]
    if json:
        out(json_text({"runs": records}))
    elif csv:
        out(csv_text(records))
    elif not records:
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
        out(table([*columns, ("when", "left")], rows, indent=0))


def describe_run(directory: Any) -> dict[str, Any]:
    """A run in one row; a broken one is named, with what is wrong, and never hides the others."""
    import statistics

    from nncli.errors import UserError

    started = directory.started.isoformat() if directory.started else None
    row = {"run": directory.path.name, "name": directory.name, "status": directory.status, "task": None}
    row |= {"seeds": None, "solved": None, "loss": None, "epochs": None, "parameters": None, "started": started}
    try:
        result = directory.read_result() or {}
    except UserError:
        return row | {"status": "corrupt"}
    if "metrics" not in result:
        return row
    losses = [v for v in result["metrics"].get("train_loss", []) if v is not None]
    return row | {
        "task": result["task"],
        "seeds": len(result["seeds"]),
        "solved": sum(result["solved"]),
        "loss": statistics.median(losses) if losses else None,
        "epochs": statistics.median(result["epochs"]),
        "parameters": result["parameters"],
    }


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
