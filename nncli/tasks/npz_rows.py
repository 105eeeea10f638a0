"""The rows of a user's archive of arrays, for training and for prediction alike."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from io import BufferedReader

import numpy as np
from numpy.typing import NDArray

from nncli.errors import ExitCode, UserError
from nncli.storage.npz import ArrayHeader, Npz, StoredArray
from nncli.tasks.data_files import MAX_NUMBERS, data_error, named

MAX_SAMPLE = 1_000_000
"""The most numbers of one sample."""

NUMBERS = "biuf"
"""The kinds of dtypes that hold numbers."""


class NpzRows:
    """The arrays of an archive; the first axis of each is for the rows.

    Attributes:
        names: the names of the arrays.
        place: the file.

    Raises: every method, `UserError` (code DATA) with the array.
    """

    def __init__(self, file: BufferedReader, place: str) -> None:
        self.place = place
        self._archive = Npz(file, place, ExitCode.DATA)
        self.names = self._archive.names

    def header(self, name: str, ranks: Collection[int], kinds: str = NUMBERS) -> ArrayHeader:
        """The header of an array, after checking its dtype, rank and size."""
        header = self._archive.header(name)
        shape, dtype = header.shape, header.dtype
        if dtype.kind not in kinds:
            allowed = "Write numbers" if kinds == NUMBERS else "Write numbers, or the names of classes"
            raise self.error(name, f"the array holds {dtype!s:.40}", allowed)
        if len(shape) not in ranks:
            given = f"the array of shape {shape} has rank {len(shape)}"
            raise self.error(name, given, f"Allowed: {' or '.join(map(str, ranks))}; the first axis is for the rows")
        if not header.count:
            raise self.error(name, f"the array of shape {shape} is empty")
        size = header.count * (dtype.itemsize // 8 if dtype.kind == "U" else 1)
        if size > MAX_NUMBERS or header.count // shape[0] > MAX_SAMPLE:
            given = f"the array of shape {shape} is too large"
            raise self.error(name, given, f"At most {MAX_NUMBERS} numbers, and {MAX_SAMPLE} in a row")
        return header

    def paired(self, name: str, header: ArrayHeader, inputs: str, rows: int) -> None:
        """Refuse an array of targets that has not as many rows as the inputs."""
        if header.shape[0] != rows:
            given = f"there are {header.shape[0]} rows, but {rows} in {named(inputs)}"
            raise self.error(name, given, "Each row of inputs needs one row of targets")

    def read(self, name: str) -> StoredArray:
        """An array as it is stored."""
        return self._archive.read(name)

    def numbers(self, name: str) -> NDArray[np.float64]:
        """An array as finite float64."""
        return self.finite(name, self.read(name))

    def blocks(self, name: str, rows: int) -> Iterator[NDArray[np.float64]]:
        """An array as finite float64 in blocks of rows; the last one may have fewer."""
        for number, block in enumerate(self._archive.blocks(name, rows)):
            yield self.finite(name, block, before=number * rows)

    def finite(self, name: str, values: StoredArray, before: int = 0) -> NDArray[np.float64]:
        """Some rows of an array as float64, each number finite; `before` counts the rows before them."""
        with np.errstate(all="ignore"):  # of numbers beyond the range of float64, which are detected below
            numbers = np.ascontiguousarray(values, dtype=np.float64)
        is_finite = np.isfinite(numbers)
        if not is_finite.all():
            index = tuple(map(int, np.unravel_index(np.argmin(is_finite), is_finite.shape)))
            shown = (before + index[0], *index[1:])
            given = f"{named(name)}[{', '.join(map(str, shown))}] is {numbers[index]}"
            raise self.error(name, given, "All numbers must be finite")
        return numbers

    def error(self, name: str, given: str, allowed: str = "") -> UserError:
        """The error for an array."""
        return data_error(given, self.place, named(name), allowed=allowed)
