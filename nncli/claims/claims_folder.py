"""Find the folder of measured claims."""

from __future__ import annotations

import os
from pathlib import Path

from nncli.runs.directory import RunDirectory
from nncli.studies.study_directory import CLAIMS


def list_claims(runs_dir: Path) -> list[Path]:
    """The folders of measured claims."""
    return [path.parent for path in runs_dir.glob(f"*/{CLAIMS}")]


def find_claims_folder(runs_dir: Path, text: str) -> Path | None:
    """The folder of measured claims that a text names: by its path, or `claims` for the newest; else None."""
    for path in (Path(text), runs_dir / text):
        if text and os.path.isfile(path / CLAIMS):
            return path
    same = [path for path in list_claims(runs_dir) if RunDirectory(path).name == text]
    return max(same, key=lambda path: path.name, default=None)
