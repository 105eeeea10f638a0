"""The operations that change anything on disk. All of this package's writes come through here, and tests stand here.

Each may fail, or the process may end in it: `tests/faults` puts another `System` in place of `system`, which counts the
operations and lets the n-th of them fail.

Source: the idea is that of SQLite's test file systems, which fail every operation in turn.
"""

from __future__ import annotations

import os
from pathlib import Path

NEVER_FOLLOW = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
"""A link that somebody left in a run directory does not lead a write out of it."""


class System:
    """Operations of the operating system, by their names there. Errors of all: `OSError`."""

    def open(self, path: Path, flags: int) -> int:
        """A descriptor of a file to write, not of what a link points to."""
        return os.open(path, flags | NEVER_FOLLOW, 0o666)

    def write(self, descriptor: int, data: bytes | memoryview) -> int:
        """Write; how many bytes of it were written, which may be fewer than given."""
        return os.write(descriptor, data)

    def fsync(self, descriptor: int) -> None:
        """Wait until the disk has the content of a file, or the names in a folder."""
        os.fsync(descriptor)

    def truncate(self, descriptor: int, size: int) -> None:
        """Cut a file to a size."""
        os.ftruncate(descriptor, size)

    def replace(self, source: Path, target: Path) -> None:
        """Give a file the name of another, which is gone then."""
        os.replace(source, target)

    def unlink(self, path: Path) -> None:
        """Remove a file."""
        os.unlink(path)

    def mkdir(self, path: Path) -> None:
        """Make a folder that must be new."""
        os.mkdir(path)

    def rmdir(self, path: Path) -> None:
        """Remove an empty folder."""
        os.rmdir(path)


system = System()
