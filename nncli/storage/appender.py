"""A file that is only appended to, and hashed as it grows."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

from nncli.storage.files import PIECE, atomic_file, check_size, digest_of, file_errors, open_to_append


class Appender:
    """Appends text to a file that stays open. Raises: every method, `UserError` (code FILES).

    Errors on creation: CORRUPT for a file that is too large for its kind.
    """

    __slots__ = ("_digest", "_file", "path")

    def __init__(self, path: Path) -> None:
        self.path, self._file = path, open_to_append(path)
        try:
            check_size(path, self.size)
            self._digest = self._hash()
        except BaseException:
            self._file.close()
            raise

    @property
    def size(self) -> int:
        """The bytes in the file."""
        return os.fstat(self._file.fileno()).st_size

    def write(self, text: str) -> None:
        """Append UTF-8 text and hand it to the kernel: it then survives this process."""
        with file_errors(self.path, "write"):
            data = text.encode()
            self._file.write(data)
            self._digest.update(data)

    @property
    def sha256(self) -> str:
        """The hash of the whole file, if nothing else writes to it."""
        return self._digest.hexdigest()

    def _hash(self) -> hashlib._Hash:
        with file_errors(self.path, "read"):
            return digest_of(self._file)

    def fsync(self) -> None:
        """Wait until the text is on disk: it then survives a power cut."""
        with file_errors(self.path, "write"):
            self._file.fsync()

    def copy_rest(self, size: int, to: Path) -> None:
        """Copy everything after a byte offset to a file of its own, piece by piece."""
        with file_errors(self.path, "read"), atomic_file(to) as file:
            self._file.seek(size)
            shutil.copyfileobj(self._file, file, PIECE)

    def cut(self, size: int) -> None:
        """Truncate the file to a size, and sync it to disk."""
        with file_errors(self.path, "write"):
            self._file.cut(size)
            self._file.fsync()
        self._digest = self._hash()

    def close(self) -> None:
        """Close the file; does nothing the second time."""
        with file_errors(self.path, "write"):
            self._file.close()
