"""List the runs in a folder, and find the one that a user means."""

from __future__ import annotations

import os
from collections.abc import Container, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from nncli.errors import ExitCode, UserError, command, quoted
from nncli.registry import did_you_mean
from nncli.runs.directory import CONFIG, RunDirectory, check_permission, is_run
from nncli.storage.files import file_errors
from nncli.storage.trash import trashed


def list_runs(root: Path, names: Container[str] | None = None) -> list[RunDirectory]:
    """The runs in a folder, or those with given names, newest first; skips anything else; empty if there is no folder.

    Raises: `UserError` (code FILES) if the folder itself cannot be read.
    """
    with file_errors(root, "read"):
        try:
            found = [RunDirectory(root / name) for name in os.listdir(root)]
        except FileNotFoundError:
            return []
    wanted = found if names is None else [run for run in found if run.name in names]
    return sorted((run for run in wanted if is_run(run.path)), key=_age, reverse=True)


def find_run(root: Path, text: str) -> RunDirectory:
    """Find the run that a user means.

    Args:
        root: the folder of runs.
        text: `latest`, the path of a run, its folder's name in `root`, its name (the newest run of that name), an
            unambiguous prefix of that name, or the six digits at its end; or the name of a run in one of the folders
            in `root`, such as a trial of a sweep.

    Raises: `UserError` (code FILES) if no run or more than one matches.
    """
    if text != "latest" and is_run(Path(text)):
        return RunDirectory(Path(text))
    runs = list_runs(root)
    if text == "latest":
        matches = runs[:1]
    else:
        matches = [run for run in runs if run.path.name == text]
        matches = matches or [run for run in runs if run.name == text][:1]
        matches = matches or [run for run in runs if text and run.path.name.startswith(text)]
        matches = matches or [run for run in runs if run.path.name.endswith(f"-{text}")]
        matches = matches or _in_studies(root, text)
    if len(matches) == 1:
        return matches[0]
    if matches:
        inside = any(run.path.parent != root for run in matches)
        raise ambiguous(text, [run.path for run in matches], "runs", whole_paths=inside)
    check_permission(Path(text))
    if os.path.isdir(text):
        return RunDirectory.open(Path(text))
    if thrown := _thrown_away(root, text):
        hint = f"It is in the trash; to restore it: {command('rm', '--restore', thrown)}"
        raise UserError(f"{quoted(text)} is not a run in '{root}'", hint=hint, code=ExitCode.FILES)
    if not runs:
        given = f"{quoted(text)} is not a run: there are no runs in '{root}'"
        raise UserError(given, hint="If they are in another folder, name it with --runs-dir", code=ExitCode.FILES)
    known = dict.fromkeys(["latest", *(run.name for run in runs), *(run.path.name for run in runs)])
    raise UserError(
        f"{quoted(text)} is not a run in '{root}'",
        hint=did_you_mean(text, known),
        allowed="Give a path, a run's name, its beginning or its last six digits, or 'latest'",
        code=ExitCode.FILES,
    )


def ambiguous(text: str, paths: Sequence[Path], kinds: str, *, whole_paths: bool = False) -> UserError:
    """The error for a text that could name several folders, newest first."""
    names = [str(path) if whole_paths else path.name for path in paths[:3]]
    return UserError(
        f"{quoted(text)} could be {len(paths)} {kinds}",
        hint="Name one of them by its path" if whole_paths else "Give more of the name",
        allowed=f"The newest are {', '.join(names)}",
        code=ExitCode.FILES,
    )


def _thrown_away(root: Path, text: str) -> Path | None:
    """The folder of a name in the trash, if it can be read."""
    with suppress(UserError):
        return next((path for path in trashed(root) if text in (path.name, RunDirectory(path).name)), None)
    return None


def _in_studies(root: Path, text: str) -> list[RunDirectory]:
    """The runs with a name or folder name, one level further down; the newest of each folder."""
    with file_errors(root, "read"):
        folders = [root / name for name in sorted(os.listdir(root))] if os.path.isdir(root) else []
    found = []
    for folder in folders:
        if os.path.isdir(folder) and not is_run(folder) and not folder.name.startswith("."):
            named = list_runs(folder, {RunDirectory(folder / text).name})
            found += [run for run in named if text in (run.name, run.folder)][:1]
    return found


def _age(run: RunDirectory) -> tuple[datetime, int, str]:
    """A sort key: the start, and for runs of the same second, the time when the config was written."""
    try:
        written = os.stat(run.path / CONFIG).st_mtime_ns
    except OSError:
        written = 0
    return run.started or datetime.min.replace(tzinfo=UTC), written, run.path.name
