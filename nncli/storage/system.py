"""The operations that change anything on disk. All writes of this package go through here, and tests intercept them.

Each may fail, or the process may end in it: `tests/faults` puts another `System` in place of `system`, which counts the
operations and lets the n-th of them fail.

Source: the idea is that of SQLite's test file systems, which fail every operation in turn.
"""

from __future__ import annotations

import os
from pathlib import Path

NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
"""So that a link planted in a run directory cannot redirect a write."""


class System:
    """Operations of the operating system, under their usual names. Raises: every method, `OSError`."""

    def open(self, path: Path, flags: int) -> int:
        """Open a file for writing, without following a link."""
        return os.open(path, flags | NO_FOLLOW, 0o666)

    def write(self, descriptor: int, data: bytes | memoryview) -> int:
        """Write; returns the number of bytes written, which may be fewer than given."""
        return os.write(descriptor, data)

    def fsync(self, descriptor: int) -> None:
        """Sync the content of a file, or the names in a folder, to disk."""
        os.fsync(descriptor)

    def truncate(self, descriptor: int, size: int) -> None:
        """Truncate a file to a size."""
        os.ftruncate(descriptor, size)

    def replace(self, source: Path, target: Path) -> None:
        """Rename a file, replacing another."""
        os.replace(source, target)

    def symlink(self, target: str, path: Path) -> None:
        """Create a symbolic link."""
        os.symlink(target, path)

    def unlink(self, path: Path) -> None:
        """Remove a file."""
        os.unlink(path)

    def mkdir(self, path: Path) -> None:
        """Create a new folder."""
        os.mkdir(path)

    def rmdir(self, path: Path) -> None:
        """Remove an empty folder."""
        os.rmdir(path)


system = System()
