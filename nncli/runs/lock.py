"""A lock by which others see that a run is being written: the kernel frees it when the writer ends, however it ends."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import BinaryIO

from nncli.errors import ExitCode, UserError
from nncli.runs.files import file_errors, open_to_append

_NO_LOCKS_HERE = {errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}
"""What file systems without locks answer, as Lustre and old NFS mounts of computing centres do."""


class Lock:
    """An exclusive lock, held from `acquire` to `release` or the end of the process.

    It is advisory (`flock`) and belongs to the open file: a forked child that outlives the writer keeps it held. Where
    the platform or the file system has no locks, it locks nothing.
    """

    __slots__ = ("_file",)

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    @classmethod
    def acquire(cls, path: Path) -> Lock:
        """Lock the file, made if it is missing, without waiting.

        Errors: `UserError` (code FILES) if another holds it.
        """
        file = open_to_append(path)
        try:
            if not _flock(file, exclusive=True):
                raise UserError("another process is writing here", where=str(path.parent), code=ExitCode.FILES)
        except BaseException:
            file.close()
            raise
        return cls(file)

    def release(self) -> None:
        """Free the lock; a second time does nothing."""
        self._file.close()


def is_held(path: Path) -> bool:
    """Whether anyone, this process included, holds the lock; False if there is no such file or it cannot be read."""
    try:
        with open(path, "rb") as file:
            # shared, so that two who look at the same time do not take each other for the writer
            return not _flock(file, exclusive=False)
    except (OSError, UserError):
        return False


def _flock(file: BinaryIO, *, exclusive: bool) -> bool:
    """Try to lock the open file; False if another holds it."""
    try:
        import fcntl
    except ImportError:  # Windows
        return True
    with file_errors(Path(file.name), "lock"):
        try:
            fcntl.flock(file, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as error:
            if error.errno not in _NO_LOCKS_HERE:
                raise
        return True
