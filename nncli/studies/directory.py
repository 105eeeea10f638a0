"""A study's folder: `study.json`, `results.csv`, `table.md`, and the runs themselves."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

from nncli.errors import ExitCode, UserError
from nncli.runs.directory import RunDirectory
from nncli.runs.files import write_atomically
from nncli.runs.strict_json import read_json_object, to_json

STUDY = "study.json"


def create_study(runs_dir: Path, name: str) -> Path:
    """A new folder for a study, named like a run."""
    with RunDirectory.create(runs_dir, name) as directory:
        return directory.path


def write_study(path: Path, study: dict[str, Any], table: str) -> None:
    """Write all that a finished study says of itself; `study.json` comes last."""
    write_atomically(path / "results.csv", results_csv(study))
    write_atomically(path / "table.md", table)
    write_atomically(path / STUDY, to_json(study))


def find_study(runs_dir: Path, text: str) -> Path | None:
    """The folder of the study that is meant by a path or a name, if it is one."""
    return next((path for path in (Path(text), runs_dir / text) if text and (path / STUDY).is_file()), None)


def read_study(path: Path) -> dict[str, Any]:
    """What `study.json` says.

    Raises:
        UserError: (code CORRUPT) if there is none, or it cannot be read.
    """
    study = read_json_object(path / STUDY)
    if study is None or "comparison" not in study:
        raise UserError("not a finished study: it holds no study.json", where=str(path), code=ExitCode.CORRUPT)
    return study


def results_csv(study: dict[str, Any]) -> str:
    """One row for each variant and seed."""
    text = io.StringIO()
    names = list(study["variants"][0]["result"]["metrics"])
    columns = ["variant", "seed", "solved", "solved_epoch", "epochs", "stop_reason", *names, "run", "weights_sha256"]
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for variant in study["variants"]:
        result = variant["result"]
        for i, seed in enumerate(result["seeds"]):
            writer.writerow(
                [
                    variant["label"],
                    seed,
                    result["solved"][i],
                    result["solved_epoch"][i],
                    result["epochs"][i],
                    result["stop_reason"][i],
                    *(result["metrics"][name][i] for name in names),
                    result["run"],
                    result["weights_sha256"][i],
                ]
            )
    return text.getvalue()
