"""A trash folder, `.trash`, beside the folders that are moved there: nothing is lost until it is emptied.

A folder keeps its name; a second one of the same name is put into `.trash/same-name-2/`. So `mv` brings it back.
Hidden folders whose names end in `.tmp` are being copied or deleted: they are not yet in the trash, or no longer.
"""

from __future__ import annotations

import errno
import itertools
import os
import re
import shutil
from pathlib import Path

from nncli.errors import ExitCode, UserError
from nncli.storage import system as door
from nncli.storage.files import TEMPORARY, atomic_file, file_errors, make_folder, open_to_read, remove, sync_folder

TRASH = ".trash"

_SAME_NAME = "same-name-{}"
_SLOT = re.compile(r"same-name-\d+")


def trash_of(root: Path) -> Path:
    """The trash of a folder."""
    return root / TRASH


def throw_away(path: Path) -> Path:
    """Move a folder to the trash beside it. Returns: where it is now. Raises: `UserError` (code FILES)."""
    trash = trash_of(path.parent)
    make_folder(trash)
    for number in itertools.count(1):
        slot = trash if number == 1 else trash / _SAME_NAME.format(number)
        if number > 1:
            make_folder(slot)
        if not os.path.lexists(to := slot / path.name):
            move(path, to)
            return to
    raise AssertionError


def trashed(root: Path) -> list[Path]:
    """The folders in the trash of a folder, by name. Raises: `UserError` (code FILES)."""
    trash = trash_of(root)
    found = [inner for path in _inside(trash) for inner in (_inside(path) if _is_slot(path) else [path])]
    return sorted([path for path in found if not _is_rest(path)], key=lambda path: (path.name, path))


def _is_rest(path: Path) -> bool:
    """Whether it is what an interrupted deletion has left."""
    return path.name.startswith(".") and path.name.endswith(TEMPORARY)


def restore(path: Path, root: Path) -> Path:
    """Move a folder of the trash back. Returns: where it is now. Raises: `UserError` (code FILES)."""
    to = root / path.name
    if os.path.lexists(to):
        given, hint = f"{path} cannot be restored: there is another", "Rename that one first"
        raise UserError(given, where=str(to), hint=hint, code=ExitCode.FILES)
    move(path, to)
    if _is_slot(path.parent) and not _inside(path.parent):
        with file_errors(path.parent, "remove"):
            door.system.rmdir(path.parent)
    return to


def empty(root: Path) -> tuple[int, int]:
    """Delete what is in the trash of a folder, following no links, and the trash.

    A folder is renamed first: what is deleted halfway is never restored. Returns: the number of folders, and the bytes
    freed. Raises: `UserError` (code FILES).
    """
    folders = trashed(root)
    trash = trash_of(root)
    freed = sum(map(bytes_of, _inside(trash)))
    for path in folders:
        doomed = path.with_name(f".{path.name[:80]}.{os.urandom(4).hex()}{TEMPORARY}")
        with file_errors(path, "remove"):
            door.system.replace(path, doomed)
        delete(doomed)
    if os.path.lexists(trash):
        for path in _inside(trash):  # but not what was thrown away in the meantime
            for rest in [inner for inner in (_inside(path) if _is_slot(path) else [path]) if _is_rest(inner)]:
                delete(rest)
            if _is_slot(path) and not _inside(path):
                delete(path)
        if not _inside(trash):
            delete(trash)
    return len(folders), freed


def move(path: Path, to: Path) -> None:
    """Rename a folder, or, to another file system, copy it and then delete it. Raises: `UserError` (code FILES)."""
    with file_errors(path, "move"):
        try:
            door.system.replace(path, to)
            sync_folder(to.parent)
            sync_folder(path.parent)
            return
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
    partial = to.with_name(f".{to.name[:80]}.{os.urandom(4).hex()}{TEMPORARY}")
    try:
        copy(path, partial)
        with file_errors(to, "create"):
            door.system.replace(partial, to)
            sync_folder(to.parent)
    except BaseException:
        if os.path.lexists(partial):
            delete(partial)
        raise
    try:
        delete(path)
    except UserError as error:
        hint = f"All of it is in {to}: delete the rest of {path} by hand"
        raise error.replaced(hint=hint) from error


def copy(path: Path, to: Path) -> None:
    """Copy a folder with all that is in it, links as links; the copy is on disk. Raises: `UserError` (code FILES)."""
    if path.is_symlink():
        with file_errors(to, "create"):
            door.system.symlink(os.readlink(path), to)
    elif path.is_dir():
        make_folder(to)
        for inner in _inside(path):
            copy(inner, to / inner.name)
        with file_errors(to, "write"):
            shutil.copystat(path, to)
    else:
        with file_errors(path, "read"), open_to_read(path) as source, atomic_file(to) as target:
            shutil.copyfileobj(source, target)
        with file_errors(to, "write"):
            shutil.copystat(path, to)


def delete(path: Path) -> None:
    """Delete a file, a link, or a folder with what is in it, following no links. Raises: `UserError` (code FILES)."""
    if path.is_symlink() or not path.is_dir():
        remove(path)
        return
    for inner in _inside(path):
        delete(inner)
    with file_errors(path, "remove"):
        door.system.rmdir(path)


def bytes_of(path: Path) -> int:
    """The bytes of all files in a folder, following no links. Raises: `UserError` (code FILES)."""
    if path.is_symlink():
        return 0
    if path.is_dir():
        return sum(map(bytes_of, _inside(path)))
    with file_errors(path, "read"):
        return os.stat(path).st_size


def _is_slot(path: Path) -> bool:
    return _SLOT.fullmatch(path.name) is not None and path.parent.name == TRASH


def _inside(folder: Path) -> list[Path]:
    """What is in a folder; nothing if it does not exist. Raises: `UserError` (code FILES), also for a link."""
    with file_errors(folder, "read"):
        if folder.is_symlink():
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
        try:
            return [folder / name for name in sorted(os.listdir(folder))]
        except FileNotFoundError:
            return []
