"""A trash folder, `.trash`, beside the folders that are moved there: nothing is lost until it is emptied.

A folder keeps its name; a second one of the same name is put into `.trash/same-name-2/`. So `mv` brings it back.
Hidden folders whose names end in `.tmp` hold what is being copied or deleted: not yet in the trash, or no longer.

To another file system, a folder is copied to a hidden place, compared byte by byte, and renamed; only then is the
first one hidden and deleted. Wherever this ends, one of them is whole, and the same move, made again, ends it.
"""

from __future__ import annotations

import errno
import filecmp
import itertools
import os
import re
import shutil
import stat
from contextlib import suppress
from pathlib import Path

from nncli.errors import ExitCode, UserError
from nncli.storage import system as door
from nncli.storage.files import (
    PIECE,
    TEMPORARY,
    OutputFile,
    file_errors,
    make_folder,
    open_any_size,
    remove,
    sync_folder,
)

TRASH = ".trash"

_SAME_NAME = "same-name-{}"
_SLOT = re.compile(r"same-name-\d+")
_COPIED, _DELETED = ".copied", ".deleted"
"""How the names of hidden folders begin."""


def trash_of(root: Path) -> Path:
    """The trash of a folder."""
    return root / TRASH


def throw_away(path: Path) -> Path:
    """Move a folder to the trash beside it. Returns: where it is now. Raises: `UserError` (code FILES)."""
    trash = trash_of(path.parent)
    if not make_folder(trash) and not trash.is_dir():
        given, hint = "a file is in the place of the trash", "Rename it or move it away"
        raise UserError(given, where=str(trash), hint=hint, code=ExitCode.FILES)
    for number in itertools.count(2 if _SLOT.fullmatch(path.name) else 1):
        slot = trash if number == 1 else trash / _SAME_NAME.format(number)
        if number > 1 and not _is_slot(slot):
            if os.path.lexists(slot):
                continue
            make_folder(slot)
        if not os.path.lexists(to := slot / path.name):
            move(path, to)
            return to
        if _are_alike(to, path):  # copied by a move that was interrupted
            _delete_copied(path, to)
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
    if not os.path.lexists(to):
        move(path, to)
    elif _are_alike(to, path):  # copied by a move that was interrupted
        _delete_copied(path, to)
    else:
        given, hint = f"{path} cannot be restored: there is another", "Rename that one first"
        raise UserError(given, where=str(to), hint=hint, code=ExitCode.FILES)
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
    rests = _left(root, _COPIED, _DELETED)
    freed = sum(map(bytes_of, [*_inside(trash), *rests]))
    for path in rests:
        delete(path)
    for path in folders:
        _set_aside_and_delete(path)
    if os.path.lexists(trash):
        for path in _inside(trash):  # but not what was thrown away in the meantime
            for rest in [inner for inner in (_inside(path) if _is_slot(path) else [path]) if _is_rest(inner)]:
                delete(rest)
            if _is_slot(path) and not _inside(path):
                delete(path)
        with suppress(OSError):  # a disk is mounted there, or something has just been thrown away
            door.system.rmdir(trash)
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
        if not all(os.access(folder, os.W_OK | os.X_OK) for folder in (path, path.parent)):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    for rest in _left(to.parent, _COPIED):
        if os.path.lexists(rest / to.name):
            delete(rest)
    aside = _hidden(to.parent, _COPIED)
    try:
        copy(path, aside / to.name)
        if not _holds(aside / to.name, path):
            hint = "Do it again when nothing changes it"
            raise UserError("it has changed while it was copied", where=str(path), hint=hint, code=ExitCode.FILES)
        with file_errors(to, "create"):
            door.system.replace(aside / to.name, to)
            sync_folder(to.parent)
    finally:
        delete(aside)
    _delete_copied(path, to)


def finish(folder: Path) -> None:
    """Delete what interrupted moves have left to delete in a folder. Raises: `UserError` (code FILES)."""
    for path in _left(folder, _DELETED):
        if _inside(path):  # of an empty one, another process may be about to make use
            delete(path)


def _left(folder: Path, *kinds: str) -> list[Path]:
    """The hidden folders in a folder. Raises: `UserError` (code FILES)."""
    with file_errors(folder, "read"):
        return [path for kind in kinds for path in folder.glob(f"{kind}.*{TEMPORARY}")]


def _delete_copied(path: Path, to: Path) -> None:
    try:
        _set_aside_and_delete(path)
    except UserError as error:
        hint = f"All of it is in {to}: delete the rest by hand"
        raise error.replaced(hint=hint) from error


def _set_aside_and_delete(path: Path) -> None:
    """Hide a folder at once, so that none is ever seen halfway, and delete it."""
    aside = _hidden(path.parent, _DELETED)
    with file_errors(path, "remove"):
        try:
            door.system.replace(path, aside / path.name)
            sync_folder(path.parent)
        except OSError as error:
            door.system.rmdir(aside)
            if error.errno != errno.EXDEV:  # as for a folder in a layer of a container
                raise
            delete(path)
            return
    delete(aside)


def _hidden(folder: Path, kind: str) -> Path:
    """A new hidden folder. Raises: `UserError` (code FILES)."""
    make_folder(path := folder / f"{kind}.{os.urandom(4).hex()}{TEMPORARY}")
    return path


def _are_alike(first: Path, second: Path) -> bool:
    return _holds(first, second) and _holds(second, first)


def _holds(whole: Path, part: Path) -> bool:
    """Whether all that is in a folder is in another one, too, byte by byte, following no links. Raises: `UserError`."""
    with file_errors(part, "read"):
        if part.is_symlink() or whole.is_symlink():
            return part.is_symlink() and whole.is_symlink() and os.readlink(part) == os.readlink(whole)
        if part.is_dir():
            return whole.is_dir() and all(_holds(whole / inner.name, inner) for inner in _inside(part))
        return whole.is_file() and filecmp.cmp(whole, part, shallow=False)


def copy(path: Path, to: Path) -> None:
    """Copy a folder with all that is in it, links as links; the copy is on disk.

    Raises: `UserError` (code FILES; code CORRUPT for what is not a file, such as a pipe).
    """
    if path.is_symlink():
        with file_errors(to, "create"):
            door.system.symlink(os.readlink(path), to)
        return
    if path.is_dir():
        make_folder(to)
        for inner in _inside(path):
            copy(inner, to / inner.name)
        with file_errors(to, "write"):
            sync_folder(to)
    else:
        with file_errors(path, "read"), open_any_size(path) as source, file_errors(to, "write"):
            flags = os.O_RDWR | os.O_CREAT | os.O_EXCL
            with OutputFile(door.system.open(to, flags)) as target:
                shutil.copyfileobj(source, target, PIECE)
                target.fsync()
    with file_errors(to, "write"):
        shutil.copystat(path, to)


def delete(path: Path) -> None:
    """Delete a file, a link, or a folder with what is in it, following no links. Raises: `UserError` (code FILES)."""
    if path.is_symlink() or not path.is_dir():
        remove(path)
        return
    with file_errors(path, "remove"):
        if not os.access(path, os.W_OK | os.X_OK):  # a folder inside of one that may be changed
            os.chmod(path, stat.S_IRWXU)
    for inner in _inside(path):
        delete(inner)
    with file_errors(path, "remove"), suppress(FileNotFoundError):  # another process deletes it, too
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
    """Whether it is a folder for second folders of a name; not a file or a link that is named like one."""
    is_named = _SLOT.fullmatch(path.name) is not None and path.parent.name == TRASH
    return is_named and path.is_dir() and not path.is_symlink()


def _inside(folder: Path) -> list[Path]:
    """What is in a folder; nothing if it does not exist. Raises: `UserError` (code FILES), also for a link."""
    with file_errors(folder, "read"):
        if folder.is_symlink():
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
        try:
            return [folder / name for name in sorted(os.listdir(folder))]
        except FileNotFoundError:
            return []
