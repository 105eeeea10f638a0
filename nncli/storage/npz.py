"""Read untrusted `.npz` archives.

Nothing is ever unpickled, and nothing is allocated until three statements of its size agree: the archive's directory,
the header of the array, and a limit. Data read are checked against the checksum of their member.

Source: NumPy enhancement proposal 1, A simple file format for NumPy arrays; PKWARE (2022), APPNOTE.TXT, .ZIP file
format specification.
"""

from __future__ import annotations

import io
import math
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any, TypeAlias

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from nncli.errors import ExitCode, Place, UserError
from nncli.registry import did_you_mean
from nncli.storage.files import PIECE

StoredArray: TypeAlias = NDArray[Any]
"""An array of an archive: of the type that the archive names."""

MAX_HEADER = 1 << 14
"""The most bytes of the header of an array."""

DEFLATED = 1032
"""The most bytes that one compressed byte expands to."""

KINDS = "biufU"
"""The allowed kinds of dtype, as in NumPy: bools, integers, real numbers, strings."""

MAX_RANK = 16

LONGEST_DIRECTORY = 1 << 23
"""The most bytes of the list of members: about 110,000 of them, as layers have few parameters each."""

READERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


@dataclass(frozen=True, slots=True)
class ArrayHeader:
    """The header of an array.

    Attributes:
        shape, dtype: of the array.
        is_fortran: whether the first axis runs fastest.
        start: the bytes before its elements.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    is_fortran: bool
    start: int

    @property
    def count(self) -> int:
        """The number of elements."""
        return math.prod(self.shape)


class Npz:
    """An open archive of arrays.

    Raises: every method, `UserError` with the given code and the member's name.
    """

    def __init__(self, file: IO[bytes], place: str, code: ExitCode) -> None:
        self._place, self._code = place, code
        if file.read(len(npy.MAGIC_PREFIX)) == npy.MAGIC_PREFIX:
            raise self._error("this is a single array (.npy)", hint="Save it by its name, with np.savez")
        self._size = file.seek(0, io.SEEK_END)
        with self._errors(""):
            self._archive = zipfile.ZipFile(_Bounded(file))
        self._members: dict[str, zipfile.ZipInfo] = {}
        for info in self._archive.infolist():
            name = info.filename.removesuffix(".npy")
            if any(part in name for part in ("/", "\\", "..")):
                raise self._error(f"the member {_short(name)} is a path, not the name of an array")
            if name in self._members:
                raise self._error(f"two members are named {_short(name)}")
            self._members[name] = info

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the arrays."""
        return tuple(self._members)

    @property
    def is_stored(self) -> bool:
        """Whether all arrays are stored uncompressed."""
        return all(info.compress_type == zipfile.ZIP_STORED for info in self._members.values())

    def header(self, name: str) -> ArrayHeader:
        """Read the header of an array, and check that it has exactly the right number of bytes."""
        info = self._members.get(name)
        if info is None:
            known = f"Known: {', '.join(map(_short, self.names[:10]))}" if self.names else "It is empty"
            hint = did_you_mean(name, filter(str.isprintable, self.names))
            raise self._error(f"no array {_short(name)}", hint=hint, allowed=known)
        if info.flag_bits & 1:
            raise self._error("the array is encrypted", name)
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise self._error("the array is compressed in an unusual way", name, hint="Use np.savez_compressed")
        if not 0 <= info.header_offset <= self._size - info.compress_size:
            raise self._error("the archive is damaged or cut off: the array lies outside it", name)
        with self._errors(name), self._archive.open(info) as stream:
            header = _header(stream.read(MAX_HEADER))
        if header.dtype.hasobject:
            raise self._error("the array holds Python objects (a pickle), which are never read", name)
        if header.dtype.kind not in KINDS or not header.dtype.itemsize:
            raise self._error(f"the array holds {header.dtype!s:.40}, which are not numbers", name)
        size = header.start + header.count * header.dtype.itemsize
        if size != info.file_size:
            given = f"the array of shape {header.shape} takes {size} bytes, but {info.file_size} are there"
            raise self._error(given, name)
        held = info.compress_size * (1 if info.compress_type == zipfile.ZIP_STORED else DEFLATED)
        if size > held:
            raise self._error(f"the archive is too short to hold the {size} bytes of the array", name)
        return header

    def read(self, name: str) -> StoredArray:
        """Read an array. Its size is as its header says; check that first."""
        header = self.header(name)
        with self._errors(name), self._archive.open(self._members[name]) as stream:
            stream.read(header.start)
            values = _filled(stream, header.count, header.dtype)
        return values.reshape(header.shape[::-1]).T if header.is_fortran else values.reshape(header.shape)

    def blocks(self, name: str, rows: int) -> Iterator[StoredArray]:
        """Read an array of at least one axis in blocks of rows; the last block may be smaller.

        An array stored column by column is read as a whole.
        """
        header = self.header(name)
        if header.is_fortran:
            whole = self.read(name)
            yield from (whole[start : start + rows] for start in range(0, len(whole), rows))
            return
        with self._errors(name):
            stream = self._archive.open(self._members[name])
            stream.read(header.start)
        with stream:
            for start in range(0, header.shape[0], rows):
                shape = (min(rows, header.shape[0] - start), *header.shape[1:])
                with self._errors(name):
                    block = _filled(stream, math.prod(shape), header.dtype)
                yield block.reshape(shape)

    def _error(self, given: str, name: str = "", hint: str = "", allowed: str = "") -> UserError:
        where = Place(self._place, (name if name.isprintable() else ascii(name),) if name else ())
        return UserError(given, where=where, hint=hint, allowed=allowed, code=self._code)

    @contextmanager
    def _errors(self, name: str) -> Iterator[None]:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                yield
        except UserError:
            raise
        except Exception as error:  # a forged archive raises any of a dozen kinds from zipfile, zlib, ast and NumPy
            what = "the array cannot be read" if name else "this is not an .npz archive"
            reason = str(error).partition("\n")[0][:100] or "it is cut off"
            raise self._error(f"{what}: {reason if reason.isprintable() else ascii(reason)}", name) from error


class _Bounded:
    """A file that refuses to read a directory larger than any honest one."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1) -> bytes:
        if size > LONGEST_DIRECTORY:
            raise zipfile.BadZipFile("its directory is too long")
        return self._file.read(size)


def _filled(stream: IO[bytes], count: int, dtype: np.dtype[Any]) -> StoredArray:
    """Read the next numbers of a member; at its last byte, `zipfile` compares the checksum."""
    values = np.empty(count, dtype)
    buffer = memoryview(values.view(np.uint8).data)
    done = 0
    while done < len(buffer):
        piece = stream.read(min(PIECE, len(buffer) - done))
        if not piece:
            raise EOFError("it is cut off")
        buffer[done : done + len(piece)] = piece
        done += len(piece)
    return values


def _header(start: bytes) -> ArrayHeader:
    """Read the header at the beginning of a member."""
    stream = io.BytesIO(start)
    try:
        shape, is_fortran, dtype = READERS[npy.read_magic(stream)](stream)
    except Exception as error:  # some of the errors that parsing a forged text raises contain memory addresses
        raise ValueError("it does not begin like a NumPy array of numbers") from error
    if len(shape) > MAX_RANK or not all(type(size) is int and 0 <= size < 1 << 48 for size in shape):
        raise ValueError("its shape is impossible")
    return ArrayHeader(shape, dtype, is_fortran, stream.tell())


def _short(name: str) -> str:
    """A name as messages show it."""
    return repr(name if len(name) <= 40 else name[:37] + "...")
