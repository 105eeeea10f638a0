"""All file operations of this package, with errors as sentences.

A file is either replaced as a whole, so that a reader sees the old content or the new and never half of it, or appended
to, so that a kill costs at most its last line.
"""

from __future__ import annotations

import errno
import hashlib
import io
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, cast

from nncli.errors import ExitCode, Forbidden, UserError
from nncli.storage import system as door

LONGEST = 1 << 26
"""The most bytes of a text that is read as a whole: more than any file of a run except tables."""

LARGEST = 1 << 38
"""The most bytes of a file that grows with a run: a table, an archive of arrays, or a log."""

GROWS = (".csv", ".npz", ".log")
"""The extensions of such files."""

PIECE = 1 << 20
"""Bytes read at a time."""

TEMPORARY = ".tmp"
"""The extension of a file that is still being written."""

_ANOTHER_FOLDER = "Choose a folder in which you may write"
_HINTS = {
    errno.ENOSPC: "Free some space, or choose a folder on another disk",
    errno.EDQUOT: "Free some of your quota, or choose a folder on another disk",
    errno.EFBIG: "Raise the limit of file sizes (ulimit -f)",
    errno.EACCES: _ANOTHER_FOLDER,
    errno.EPERM: _ANOTHER_FOLDER,
    errno.EROFS: _ANOTHER_FOLDER,
    errno.EEXIST: "A file is in the way: choose another folder",
    errno.ENOTDIR: "A file is in the way: choose another folder",
    errno.ELOOP: "A symbolic link is in its place, and links are not followed",
    errno.ENAMETOOLONG: "Choose a shorter name",
    errno.EMFILE: "Raise the limit of open files (ulimit -n)",
}
_HINTS_ON_REMOVAL = {
    **_HINTS,
    **dict.fromkeys((errno.EACCES, errno.EPERM), "Make it and the folder around it writable (chmod u+w)"),
    errno.EROFS: "",
}


@contextmanager
def file_errors(path: Path, verb: str) -> Iterator[None]:
    """Turn an `OSError` of the block into a `UserError` (code FILES): `x.csv: cannot write: No space left on device`.

    Args:
        path: the file or folder that the block works on.
        verb: what the block does to it: `read`, `write`, `create`.
    """
    try:
        yield
    except OSError as error:
        hints = _HINTS_ON_REMOVAL if verb in ("move", "remove") else _HINTS if verb != "read" else {}
        reason = error.strerror or str(error)
        kind = Forbidden if isinstance(error, PermissionError) else UserError
        raise kind(
            f"cannot {verb}: {reason}", where=str(path), hint=hints.get(error.errno or 0, ""), code=ExitCode.FILES
        ) from error


class OutputFile(io.RawIOBase):
    """A file open for writing whose every operation goes through `system`.

    It takes a descriptor, because Python also closes an object whose `__init__` failed.
    """

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def fileno(self) -> int:
        """The descriptor."""
        return self.descriptor

    def readable(self) -> bool:
        """Yes."""
        return True

    def writable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Seek to a position."""
        return os.lseek(self.descriptor, offset, whence)

    def readinto(self, buffer: Any) -> int:
        """Read into a buffer."""
        data = os.read(self.descriptor, len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def write(self, data: Any) -> int:
        """Write all of the data, in as many calls as the system needs."""
        left = memoryview(data).cast("B")
        size = len(left)
        while left:
            left = left[door.system.write(self.descriptor, left) :]
        return size

    def cut(self, size: int) -> None:
        """Truncate the file to a size."""
        door.system.truncate(self.descriptor, size)

    def fsync(self) -> None:
        """Sync the file to disk."""
        door.system.fsync(self.descriptor)

    def close(self) -> None:
        """Close the file; a second time does nothing."""
        if not self.closed:
            super().close()
            os.close(self.descriptor)


@contextmanager
def atomic_file(path: Path) -> Iterator[BinaryIO]:
    """A binary file that replaces `path` when the block succeeds, and is removed when it fails.

    The content is on disk before its name is (write, fsync, rename, fsync folder), so even a power cut
    leaves the old content or the new. The block may read what it has written. Raises: `UserError` (code FILES), also
    for an `OSError` of the block itself.

    Source: Pillai et al. (2014), "All File Systems Are Not Created Equal".
    """
    temporary = path.with_name(f".{path.name}.{os.urandom(4).hex()}{TEMPORARY}")
    with file_errors(path, "write"):
        try:
            raw = OutputFile(door.system.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL))
            with io.BufferedRandom(cast("Any", raw)) as file:
                yield cast("BinaryIO", file)
                file.flush()
                raw.fsync()
            door.system.replace(temporary, path)
        except BaseException:
            with suppress(OSError):
                door.system.unlink(temporary)
            raise
        sync_folder(path.parent)


def write_atomically(path: Path, data: bytes | str) -> None:
    """Replace the content of `path` (text as UTF-8): all of it, or nothing. Raises: see `atomic_file`."""
    with atomic_file(path) as file:
        file.write(data.encode() if isinstance(data, str) else data)


def check_size(path: Path, size: int) -> None:
    """Refuse, with a `UserError` (code CORRUPT), a file that is too large for its kind, before it is read or hashed."""
    most = LARGEST if path.suffix in GROWS else LONGEST
    if size > most:
        given = f"{size} bytes are more than such a file can have ({most})"
        raise UserError(given, where=str(path), code=ExitCode.CORRUPT)


def check_readable(path: Path, text: str) -> None:
    """Refuse to write a text that `read_if_there` would refuse to read. Raises: `UserError` (code FILES)."""
    if len(text) > LONGEST:  # all such text is ASCII
        given = f"it would have {len(text) / 1e6:.0f} MB, too large to be read again"
        raise UserError(given, where=str(path), allowed=f"At most {LONGEST / 1e6:.0f} MB", code=ExitCode.FILES)


def read_if_there(path: Path) -> bytes | None:
    """The content of a file, or None if it does not exist.

    Raises: `UserError` (code FILES) if it cannot be read; (code CORRUPT) if it is not a file, as a pipe whose reader
    would wait forever, or too large for its kind.
    """
    with file_errors(path, "read"), suppress(FileNotFoundError), open_to_read(path) as file:
        return file.read(os.fstat(file.fileno()).st_size)
    return None


def file_size(path: Path) -> int:
    """The size of a file in bytes; 0 if it is missing. Raises: `UserError` (code FILES)."""
    with file_errors(path, "read"), suppress(FileNotFoundError):
        return os.stat(path).st_size
    return 0


@contextmanager
def open_to_read(path: Path) -> Iterator[BinaryIO]:
    """Open a file for reading.

    Raises: `OSError` if it cannot be read; `UserError` (code CORRUPT) if it is too large for its kind, or not a
    file, such as a pipe on which a reader would wait forever.
    """
    with open_any_size(path) as file:
        check_size(path, os.fstat(file.fileno()).st_size)
        yield file


@contextmanager
def open_any_size(path: Path) -> Iterator[BinaryIO]:
    """The same for a file of any size, which is not read as a whole."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with open(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise UserError("not a file", where=str(path), code=ExitCode.CORRUPT)
        yield file


def digest_of(file: BinaryIO | OutputFile, size: int | None = None) -> hashlib._Hash:
    """SHA-256 of a file, or of its first `size` bytes; leaves the position after them. Raises: `OSError`."""
    digest, done = hashlib.sha256(), 0
    total = os.fstat(file.fileno()).st_size if size is None else size
    file.seek(0)
    while done < total and (piece := file.read(min(total - done, PIECE))):
        digest.update(piece)
        done += len(piece)
        for watcher in _watchers:
            watcher(done, total)
    return digest


_watchers: list[Callable[[int, int], None]] = []


@contextmanager
def watched_hashes(watcher: Callable[[int, int], None]) -> Iterator[None]:
    """While the block runs, report how many bytes of a file have been hashed, and out of how many."""
    _watchers.append(watcher)
    try:
        yield
    finally:
        _watchers.remove(watcher)


def make_folder(path: Path) -> bool:
    """Create a new folder and its missing parents; False if the name is taken.

    Raises: `UserError` (code FILES).
    """
    if not path.parent.is_dir() and not make_folder(path.parent) and not path.parent.is_dir():
        with file_errors(path.parent, "create"):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
    with file_errors(path, "create"):
        try:
            door.system.mkdir(path)
        except FileExistsError:
            if path.is_symlink() and path.is_dir():  # files written into it would land elsewhere
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP)) from None
            return False
        sync_folder(path.parent)
        return True


def remove(path: Path) -> None:
    """Remove a file if it exists. Raises: `UserError` (code FILES)."""
    with file_errors(path, "remove"), suppress(FileNotFoundError):
        door.system.unlink(path)


def rename(path: Path, to: Path) -> None:
    """Rename a file, replacing any file of that name. Raises: `UserError` (code FILES)."""
    with file_errors(path, "rename"):
        door.system.replace(path, to)


def remove_leftovers(folder: Path) -> None:
    """Remove temporary files left by a killed writer. Raises: `UserError` (code FILES)."""
    for path in folder.glob(f".*{TEMPORARY}"):
        remove(path)


def remove_empty(folder: Path, ending: str) -> None:
    """Remove empty files with an extension from a folder, and the folder if nothing is left; follows no links.

    Raises: `UserError` (code FILES).
    """
    with file_errors(folder, "tidy up"):
        for path in folder.glob(f"*{ending}") if folder.is_dir() and not folder.is_symlink() else ():
            if not path.is_symlink() and path.stat().st_size == 0:
                door.system.unlink(path)
        with suppress(FileNotFoundError, OSError):
            door.system.rmdir(folder)


def open_to_append(path: Path) -> OutputFile:
    """Open a file for appending, created if missing. Raises: `UserError` (code FILES)."""
    with file_errors(path, "write"):
        return OutputFile(door.system.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND))


def sync_folder(folder: Path) -> None:
    """Make renamed and created names durable, if the platform can open a folder at all."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        door.system.fsync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:  # some network file systems cannot sync a folder
            raise
    finally:
        os.close(descriptor)
