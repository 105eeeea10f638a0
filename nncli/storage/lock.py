"""A lock that shows that a run is being written: the kernel releases it when the writer ends, however it ends."""

from __future__ import annotations

import errno
import os
import platform
import time
from pathlib import Path
from typing import BinaryIO

from nncli.errors import ExitCode, UserError
from nncli.storage.files import OutputFile, file_errors, open_to_append

_NO_LOCKS_HERE = {errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}
"""The errors of file systems without locks, such as Lustre and old NFS mounts of computing centers."""

PATIENCE = 0.1
"""Seconds to retry a lock: a reader holds it only for an instant, and an owner soon writes its name."""


class Lock:
    """An exclusive lock, held from `acquire` to `release` or the end of the process.

    It is advisory (`flock`) and belongs to the open file: a forked child that outlives the writer keeps it held. Where
    the platform or the file system has no locks, it locks nothing.
    """

    __slots__ = ("_file",)

    def __init__(self, file: OutputFile) -> None:
        self._file = file

    @classmethod
    def acquire(cls, path: Path, patience: float = PATIENCE) -> Lock:
        """Lock the file, creating it if missing, and write the holder into it.

        Raises: `UserError` (code FILES) if another holds it, for longer than these seconds.
        """
        file, deadline = open_to_append(path), time.monotonic() + patience
        try:
            while not _flock(file.fileno(), path, exclusive=True):
                if time.monotonic() >= deadline:
                    given = f"{_holder(file)} is writing here"
                    hint = "Wait for it to finish, or stop it"
                    raise UserError(given, where=str(path.parent), hint=hint, code=ExitCode.FILES)
                time.sleep(PATIENCE / 20)
            with file_errors(path, "write"):
                file.cut(0)
                file.write(f"process {os.getpid()} on {platform.node()}\n".encode())
        except BaseException:
            file.close()
            raise
        return cls(file)

    def release(self) -> None:
        """Release the lock; does nothing the second time."""
        self._file.close()


def is_held(path: Path) -> bool:
    """Whether any process, including this one, holds the lock; False if the file is missing or unreadable."""
    return holder(path) is not None


def holder(path: Path) -> str | None:
    """The process that holds the lock, in words; None if none does, or if the file is missing or unreadable."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with open(descriptor, "rb") as file:
            # shared, so that two readers at the same time do not take each other for the writer
            return None if _flock(file.fileno(), path, exclusive=False) else _holder(file)
    except (OSError, UserError):
        return None


def _holder(file: OutputFile | BinaryIO) -> str:
    """The holder of the lock according to its file, if plausible."""
    file.seek(0)
    text = (file.read(200) or b"").decode("ascii", "replace").strip()
    return text if text.startswith("process ") and text.isprintable() else "another process"


def _flock(descriptor: int, path: Path, *, exclusive: bool) -> bool:
    """Try to lock the open file; False if another holds it."""
    try:
        import fcntl
    except ImportError:  # Windows
        return True
    with file_errors(path, "lock"):
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as error:
            if error.errno not in _NO_LOCKS_HERE:
                raise
        return True
