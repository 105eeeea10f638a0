"""`nncli rm`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from nncli.cli.options import COMMON, Json, RunsDir
from nncli.errors import ExitCode, UserError, command, quoted, visible
from nncli.storage.names import RUNS


def rm(
    runs: Annotated[
        list[str] | None, typer.Argument(metavar="RUN", help="Folders or names of runs or studies, or latest.")
    ] = None,
    bring_back: Annotated[
        bool, typer.Option("--restore", help="Bring these back from the trash.", rich_help_panel=COMMON)
    ] = False,
    empty_trash: Annotated[
        bool, typer.Option("--empty-trash", help="Delete everything in the trash.", rich_help_panel=COMMON)
    ] = False,
    json: Json = False,
    runs_dir: RunsDir = RUNS,
) -> None:
    """Move runs and studies to the trash, the folder .trash beside them; without arguments, list the trash.

    Example: nncli rm latest
    """
    texts = runs or []
    if empty_trash and (texts or bring_back):
        raise UserError("deletes all of the trash, and takes no RUN", where="--empty-trash", hint="Do one at a time")
    if empty_trash:
        _empty(runs_dir, json=json)
    elif bring_back and texts:
        _restore(texts, runs_dir, json=json)
    elif texts:
        _remove(texts, runs_dir, json=json)
    else:
        _list(runs_dir, json=json)


def _remove(texts: list[str], runs_dir: Path, *, json: bool) -> None:
    from nncli.cli.console import fitted, json_text, out
    from nncli.storage.trash import finish, throw_away

    finish(runs_dir)
    found = [folder for text in texts for folder in _named(runs_dir, text)]
    folders = list({os.path.realpath(folder.parent / folder.name): folder for folder in found}.values())
    if not folders:
        raise UserError("none of these is a run or a study", where=" ".join(texts), code=ExitCode.FILES)
    for folder in folders:
        _check_free(folder)
    moved: list[tuple[Path, Path]] = []
    try:
        for folder in folders:
            moved.append((folder, throw_away(folder)))
            if not json:
                out(fitted(f"{folder}   →   {moved[-1][1]}"))
    finally:  # the next one may fail
        if json and moved:
            out(json_text({"removed": [{"run": old.name, "trash": str(new)} for old, new in moved]}))
        elif moved:
            _say_how_to_undo([new for _, new in moved])


def _say_how_to_undo(moved: list[Path]) -> None:
    from nncli.cli.console import fitted, note
    from nncli.storage.trash import trash_of

    few = [new.name if new.parent == trash_of(RUNS) and new.name[0] != "-" else new for new in moved]
    is_typed = len(few) <= 3 and all(visible(str(name)) == str(name) for name in few)
    note(fitted(f"to restore: {command('rm', '--restore', *few) if is_typed else 'nncli rm --restore NAME...'}"))
    note(fitted(f"to free the space: {command('rm', '--empty-trash', *_elsewhere(root_of(moved[0]) or RUNS))}"))


def _elsewhere(root: Path) -> list[str]:
    """What names a folder of runs other than the usual one."""
    return [] if root == RUNS else ["--runs-dir", str(root)]


def root_of(path: Path) -> Path | None:
    """The folder whose trash holds a path; None if it is in no trash."""
    from nncli.storage.trash import TRASH

    return next((above.parent for above in path.parents if above.name == TRASH), None)


def _named(runs_dir: Path, text: str) -> list[Path]:
    """The folder that a text names; none, with a note, if it is something else. Raises: `UserError`."""
    from nncli.claims.claims_folder import find_claims_folder, list_claims
    from nncli.cli.console import fitted, note
    from nncli.runs.directory import RunDirectory, is_run
    from nncli.runs.listing import find_run, list_runs
    from nncli.storage.trash import TRASH
    from nncli.studies.study_directory import find_study, list_studies

    for path in (Path(text), runs_dir / text):
        if text and os.path.isdir(path) and TRASH in path.absolute().parts:
            raise UserError("it is in the trash already", where=text, hint="To delete it: nncli rm --empty-trash")
        if text and (is_run(path) or (os.path.isdir(path) and not RunDirectory(path).is_renamed)):
            return [_plain(path)]  # a killed study, too, which is not a study yet
    if os.path.lexists(text) and not os.path.isdir(text):
        note(fitted(f"note: {text} is not a run; skipped"))
        return []
    folders = [*(run.path for run in list_runs(runs_dir)), *list_studies(runs_dir), *list_claims(runs_dir)]
    same = [path for path in folders if RunDirectory(path).name == text]
    if len(same) > 1:
        given = f"{len(same)} folders are named {quoted(text)}"
        newest = ", ".join(sorted((path.name for path in same), reverse=True)[:3])
        hint = "Name one by its folder"
        raise UserError(given, hint=hint, allowed=f"The newest are {newest}", code=ExitCode.FILES)
    found = find_claims_folder(runs_dir, text) or find_study(runs_dir, text)
    return [find_run(runs_dir, text).path if found is None else _plain(found)]


def _plain(path: Path) -> Path:
    """A path that ends in the folder's name, even if it was given as `.`."""
    return Path(os.path.abspath(path) if path.name in ("", "..") else os.path.normpath(path))


def _check_free(folder: Path) -> None:
    """Refuse a run that is part of a study, and what a process is writing. Raises: `UserError` (code FILES)."""
    from nncli.storage.lock import holder
    from nncli.studies.study_directory import study_around

    if (study := study_around(folder)) is not None:
        try:
            near = study.relative_to(Path.cwd())
        except ValueError:
            near = study
        hint = f"To remove all of the study: {command('rm', near)}"
        raise UserError(f"it is part of the study {study.name}", where=str(folder), hint=hint, code=ExitCode.FILES)
    for inner, _, files in os.walk(folder):
        if "lock" in files and (writer := holder(Path(inner) / "lock")) is not None:
            hint = "Wait for it to finish, or stop it"
            raise UserError(f"{writer} is writing here", where=inner, hint=hint, code=ExitCode.FILES)


def _restore(texts: list[str], runs_dir: Path, *, json: bool) -> None:
    from nncli.cli.console import fitted, json_text, out
    from nncli.storage.trash import restore

    found = []
    for text in texts:
        root = root_of(Path(text)) or runs_dir
        found.append((_in_trash(root, text), root))
    moved: list[tuple[Path, Path]] = []
    try:
        for path, root in dict(found).items():
            moved.append((path, restore(path, root)))
            if not json:
                out(fitted(str(moved[-1][1])))
    finally:  # the next one may fail
        if json and moved:
            out(json_text({"restored": [{"run": new.name, "trash": str(old)} for old, new in moved]}))


def _in_trash(root: Path, text: str) -> Path:
    """The folder in the trash that a text names: by its path, its name, or a part of it. Raises: `UserError`."""
    from nncli.registry import did_you_mean
    from nncli.runs.directory import RunDirectory
    from nncli.storage.trash import trash_of, trashed

    folders = trashed(root)
    matches = [path for path in folders if path == Path(text)]
    matches = matches or [path for path in folders if text in (path.name, RunDirectory(path).name)]
    matches = matches or [p for p in folders if text and (p.name.startswith(text) or p.name.endswith(f"-{text}"))]
    if len(matches) == 1:
        return matches[0]
    if matches:
        allowed = f"They are {', '.join(map(str, matches[:3]))}{', …' if len(matches) > 3 else ''}"
        raise UserError(f"{quoted(text)} could be {len(matches)} folders", allowed=allowed, code=ExitCode.FILES)
    hint = did_you_mean(text, dict.fromkeys(name for p in folders for name in (p.name, RunDirectory(p).name)))
    allowed = "nncli rm lists the trash" if folders else "The trash is empty"
    raise UserError(f"{quoted(text)} is not in '{trash_of(root)}'", hint=hint, allowed=allowed, code=ExitCode.FILES)


def _list(runs_dir: Path, *, json: bool) -> None:
    from nncli.cli.console import fitted, json_text, note, out, table
    from nncli.report.numbers import size
    from nncli.storage.trash import bytes_of, trashed

    found = [(path, bytes_of(path)) for path in trashed(runs_dir)]
    if json:
        out(json_text({"trash": [{"run": path.name, "trash": str(path), "bytes": used} for path, used in found]}))
    elif not found:
        note("the trash is empty; nncli rm RUN moves a run there")
    else:
        out(table([("size", "right"), ("in the trash", "left")], [[size(used), str(path)] for path, used in found]))
        there = _elsewhere(runs_dir)
        note(fitted(f"to restore one: {command('rm', *there, '--restore', 'NAME')}"))
        note(fitted(f"to delete them: {command('rm', *there, '--empty-trash')}"))


def _empty(runs_dir: Path, *, json: bool) -> None:
    from nncli.cli.console import json_text, out
    from nncli.report.numbers import size
    from nncli.storage.trash import empty

    number, freed = empty(runs_dir)
    if json:
        out(json_text({"deleted": number, "bytes": freed}))
    elif number or freed:
        what = "1 run or study" if number == 1 else f"{number} runs and studies"
        out(f"{what} deleted; {size(freed)} freed")
    else:
        out("the trash is empty")
