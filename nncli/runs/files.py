"""Every write that this package makes, and its errors as sentences.

A file is either replaced as a whole, so that a reader sees the old content or the new and never half of it, or appended
to, so that a kill costs at most its last line.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from nncli.errors import ExitCode, UserError

_ELSEWHERE = "Choose a folder in which you may write"
_HINTS = {
    errno.ENOSPC: "Free some space, or choose a folder on another disk",
    errno.EDQUOT: "Free some of your quota, or choose a folder on another disk",
    errno.EACCES: _ELSEWHERE,
    errno.EPERM: _ELSEWHERE,
    errno.EROFS: _ELSEWHERE,
    errno.EEXIST: "A file is in the way: choose another folder",
    errno.ENOTDIR: "A file is in the way: choose another folder",
    errno.ENAMETOOLONG: "Choose a shorter name",
    errno.EMFILE: "Raise the limit of open files (ulimit -n)",
}


@contextmanager
def file_errors(path: Path, verb: str) -> Iterator[None]:
    """Turn an `OSError` of the block into a `UserError` (code FILES): `x.csv: cannot write: No space left on device`.

    Args:
        path: the file or folder that the block is about.
        verb: what the block does to it: `read`, `write`, `create`.
    """
    try:
        yield
    except OSError as error:
        hint = _HINTS.get(error.errno or 0, "") if verb != "read" else ""
        reason = error.strerror or str(error)
        raise UserError(f"cannot {verb}: {reason}", where=str(path), hint=hint, code=ExitCode.FILES) from error


@contextmanager
def atomic_file(path: Path) -> Iterator[BinaryIO]:
    """A binary file that takes the place of `path` when the block ends well, and disappears when it does not.

    The content is on the disk before its name is (write, fsync, rename, fsync of the folder), so that even a power cut
    leaves the old content or the new. Errors: `UserError` (code FILES), also for an `OSError` of the block itself.

    Source: Pillai et al. (2014), "All File Systems Are Not Created Equal".
    """
    temporary = path.with_name(f".{path.name}.{os.urandom(4).hex()}.tmp")
    with file_errors(path, "write"):
        try:
            with open(temporary, "xb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        except BaseException:
            with suppress(OSError):
                os.unlink(temporary)
            raise
        _sync_folder(path.parent)


def write_atomically(path: Path, data: bytes | str) -> None:
    """Replace the content of `path` (text as UTF-8): all of it, or nothing. Errors: as `atomic_file`."""
    with atomic_file(path) as file:
        file.write(data.encode() if isinstance(data, str) else data)


def read_if_there(path: Path) -> bytes | None:
    """The content of a file, or None if there is no such file. Errors: `UserError` (code FILES) if unreadable."""
    with file_errors(path, "read"):
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None


def make_folder(path: Path) -> bool:
    """Make a folder that must be new, and its missing parents; False if the name is taken.

    Errors: `UserError` (code FILES).
    """
    with file_errors(path.parent, "create"):
        path.parent.mkdir(parents=True, exist_ok=True)
    with file_errors(path, "create"):
        try:
            path.mkdir()
        except FileExistsError:
            return False
        _sync_folder(path.parent)
        return True


def open_to_append(path: Path) -> BinaryIO:
    """The file, made if it is missing, with every write going to its end. Errors: `UserError` (code FILES)."""
    with file_errors(path, "write"):
        return open(path, "ab")


def remove_empty(folder: Path) -> None:
    """Remove the empty files of a folder, and the folder if nothing is left. Errors: `UserError` (code FILES)."""
    with file_errors(folder, "tidy up"):
        for path in folder.iterdir() if folder.is_dir() else ():
            if path.stat().st_size == 0:
                path.unlink()
        with suppress(FileNotFoundError, OSError):
            folder.rmdir()


class Appender:
    """Text appended to one file that stays open. Errors of all methods: `UserError` (code FILES)."""

    __slots__ = ("_file", "path")

    def __init__(self, path: Path) -> None:
        self.path, self._file = path, open_to_append(path)

    def write(self, text: str) -> None:
        """Append UTF-8 text and hand it to the kernel: from here on it outlives this process."""
        with file_errors(self.path, "write"):
            self._file.write(text.encode())
            self._file.flush()

    def fsync(self) -> None:
        """Wait until the disk has it: from here on it outlives a power cut."""
        with file_errors(self.path, "write"):
            os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file; a second time does nothing."""
        with file_errors(self.path, "write"):
            self._file.close()


def _sync_folder(folder: Path) -> None:
    """Make renamed and created names durable, where the platform can open a folder at all."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:  # some network file systems cannot sync a folder
            raise
    finally:
        os.close(descriptor)
