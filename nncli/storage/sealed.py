"""Archives of arrays with a seal: their last 64 bytes are the SHA-256, in hexadecimal, of all bytes before them.

The seal is the comment of the `.npz` archive, so that plain `np.load` reads it. The same arrays give the same bytes.
"""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from numpy.lib import format as npy

from nncli.errors import ExitCode, UserError
from nncli.storage.files import atomic_file, digest_of, file_errors, open_to_read
from nncli.storage.npz import Npz, StoredArray

SEAL = 64
"""Hexadecimal digits of a SHA-256."""

_END = b"PK\5\6" + bytes(18)
"""The record before the comment of an archive: its signature and its length."""


def write_sealed(path: Path, arrays: Mapping[str, StoredArray]) -> None:
    """Write arrays by name, atomically and piece by piece. Raises: `UserError` (code FILES)."""
    with atomic_file(path) as file:
        with zipfile.ZipFile(file, "w") as archive:
            for name, array in arrays.items():
                with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                    npy.write_array(member, _row_major(array), allow_pickle=False)
            archive.comment = b"0" * SEAL
        digest = digest_of(file, file.seek(-SEAL, os.SEEK_END)).hexdigest()
        file.seek(-SEAL, os.SEEK_END)
        file.write(digest.encode())


@contextmanager
def open_sealed(path: Path) -> Iterator[tuple[Npz, str]]:
    """Open an archive with an intact seal; also returns the SHA-256 of the file, which is read once for it.

    Raises: `UserError` with code FILES if it cannot be read, CORRUPT if a byte of it is not what was written.
    """
    with ExitStack() as opened:
        with file_errors(path, "read"):
            file = opened.enter_context(open_to_read(path))
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - len(_END) - SEAL))
            ends_well = file.read(len(_END)).startswith(_END[:4])  # checked first: hashing a large file takes long
            digest = digest_of(file, max(0, size - SEAL)) if ends_well else hashlib.sha256()
            seal = file.read(SEAL)
        if digest.hexdigest() != seal.decode("ascii", "replace"):
            given = "damaged, or cut off: its bytes do not match the SHA-256 at its end"
            raise UserError(given, where=str(path), code=ExitCode.CORRUPT)
        file.seek(0)
        archive = Npz(file, str(path), ExitCode.CORRUPT)
        if not archive.is_stored:  # so that it never takes more memory than disk space
            raise UserError("it is compressed, unlike what runs write", where=str(path), code=ExitCode.CORRUPT)
        digest.update(seal)
        yield archive, digest.hexdigest()


def _row_major(array: StoredArray) -> StoredArray:
    """The array, copied only if `.npy` would store it column by column, so that the bytes depend on content alone."""
    return array.copy(order="C") if array.flags.fnc else array
