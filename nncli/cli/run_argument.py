"""Find the run or study that an argument names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nncli.runs.directory import RunDirectory


def is_config(text: str) -> bool:
    """Whether an argument that may be a run or a config is a config: a file, or the name of a YAML file."""
    return Path(text).suffix in (".yaml", ".yml") or Path(text).is_file()


def named_run(runs_dir: Path, text: str) -> RunDirectory:
    """Find a run; if several have the name, take the newest and print a note. Raises: `UserError`."""
    from nncli.runs.listing import find_run, list_runs

    run = find_run(runs_dir, text)
    if text == run.name != run.folder and run.path.parent == runs_dir:
        _tell(text, run.folder, len(list_runs(runs_dir, {text})), "runs")
    return run


def named_study(runs_dir: Path, text: str) -> Path | None:
    """Find a study, with the same note; None if the text does not name one."""
    from nncli.runs.directory import RunDirectory
    from nncli.studies.study_directory import find_study, list_studies

    study = find_study(runs_dir, text)
    if study is not None and text == RunDirectory(study).name != study.name:
        same = [path for path in list_studies(runs_dir) if RunDirectory(path).name == text]
        _tell(text, study.name, len(same), "studies")
    return study


def _tell(text: str, folder: str, number: int, kind: str) -> None:
    from nncli.cli.console import fitted, note

    if number > 1:
        note(fitted(f"note: {number} {kind} are named {text}; using the newest, {folder}"))
