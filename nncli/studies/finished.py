"""Comparing runs that are already there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nncli.errors import ExitCode, UserError
from nncli.runs.directory import find_run
from nncli.studies.compare import baseline_of, record_of


def compare_runs(texts: Sequence[str], *, baseline: str | None = None, runs_dir: Path = Path("runs")) -> dict[str, Any]:
    """The comparison of finished runs, as the object of a `study.json`.

    Raises:
        UserError: for a run that is not finished, runs of different tasks or seeds, or an unknown baseline.
    """
    runs = [find_run(runs_dir, text) for text in texts]
    if len(runs) < 2:
        raise UserError("one run alone cannot be compared", hint="Name two or more")
    entries: list[dict[str, Any]] = []
    names = [run.name for run in runs]
    for run in runs:
        result = run.read_result()
        if result is None or "metrics" not in result:
            raise UserError(f"this run is {run.status}, not finished", where=str(run.path), code=ExitCode.CORRUPT)
        label = run.name if names.count(run.name) == 1 else run.path.name
        entries.append({"label": label, "overrides": [], "result": result})
    for key, word in (("task", "tasks"), ("seeds", "seeds")):
        if any(entry["result"][key] != entries[0]["result"][key] for entry in entries):
            raise UserError(f"the runs have different {word}", hint=f"Only runs with the same {word} can be paired")
    position = baseline_of([entry["label"] for entry in entries], baseline)
    title = entries[0]["result"]["task"]
    return {"study": "compare", "kind": "compare", "name": title, "axes": [], **record_of(entries, position)}
