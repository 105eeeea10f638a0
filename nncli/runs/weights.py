"""Weights as one sealed `.npz`: an array per parameter with a leading seed axis, `seeds` and `names`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import DTypeLike

from nncli.errors import ExitCode, UserError
from nncli.storage.npz import Npz, StoredArray
from nncli.storage.sealed import open_sealed, write_sealed

GROUP = 1 << 24
"""Bytes of weights to read at a time, at least one replica."""

_RESERVED = {"seeds", "names"}
"""Reserved keys of the archive."""


def write_weights(path: Path, arrays: Mapping[str, StoredArray], seeds: Sequence[int]) -> None:
    """Write the archive atomically; the same content gives the same bytes.

    Args:
        path: the file to write.
        arrays: parameters by name, each of shape (R, ...).
        seeds: the R seeds, one per row; each below 2^63.

    Raises: `UserError` (code FILES); `ValueError` for an array without a row per seed or a reserved name.
    """
    for name, array in arrays.items():
        if name in _RESERVED:
            raise ValueError(f"a parameter cannot be called '{name}'")
        if array.ndim == 0 or len(array) != len(seeds):
            raise ValueError(f"{name} has shape {array.shape}, not one row for each of {len(seeds)} seeds")
    write_sealed(path, index(arrays, seeds) | dict(arrays))


def index(arrays: Mapping[str, StoredArray], seeds: Sequence[int]) -> dict[str, StoredArray]:
    """What names the rows and the parameters of an archive of weights."""
    return {"seeds": np.array(seeds, dtype=np.int64), "names": np.array(list(arrays), dtype=np.str_)}


@dataclass(frozen=True, slots=True)
class OpenWeights:
    """An open archive of weights.

    Attributes:
        path: the path of the file.
        names: the names of the parameters, in order.
        seeds: one for each row.
        archive: the archive of the arrays.
        sha256: the hash of the file.

    Raises: every method, `UserError` (code CORRUPT).
    """

    path: Path
    names: tuple[str, ...]
    seeds: tuple[int, ...]
    archive: Npz
    sha256: str

    def require(self, name: str, shape: tuple[int, ...], dtype: DTypeLike) -> None:
        """Refuse weights without a parameter of this shape (per replica) and type."""
        header = self.archive.header(name) if name in self.names else None
        if header is None or header.shape != (len(self.seeds), *shape) or header.dtype != dtype:
            raise UserError(f"{name} is not that of this config", where=str(self.path), code=ExitCode.CORRUPT)

    def groups(
        self, names: Sequence[str], most: int | None = None
    ) -> Iterator[tuple[tuple[int, ...], list[StoredArray]]]:
        """Yield groups of replicas, as many as fit in `GROUP` bytes: their seeds and their parameter arrays.

        Args:
            names: names that have been checked with `require`.
            most: the most replicas in a group.
        """
        headers = [self.archive.header(name) for name in names]
        size = sum(header.count * header.dtype.itemsize for header in headers)
        rows = max(1, min(most or len(self.seeds), GROUP * len(self.seeds) // max(size, 1)))
        blocks = [self.archive.blocks(name, rows) for name in names]
        for start in range(0, len(self.seeds), rows):
            arrays = [next(block) for block in blocks]
            for name, array in zip(names, arrays, strict=True):
                if not np.isfinite(array).all():
                    raise UserError(f"{name} is not finite", where=str(self.path), code=ExitCode.CORRUPT)
            yield self.seeds[start : start + rows], arrays


@contextmanager
def open_weights(path: Path) -> Iterator[OpenWeights]:
    """Open the weights in a file, to read in groups of replicas.

    Raises: `UserError` with code FILES if it cannot be read, CORRUPT if it is not what `write_weights` writes.
    """
    with open_sealed(path) as (archive, sha256):
        try:
            names = tuple(map(str, archive.read("names")))
            seeds = tuple(map(int, archive.read("seeds")))
        except (ArithmeticError, TypeError, ValueError) as error:  # a seed of inf, a single name, a string as a seed
            given = f"its names and seeds cannot be read: {error}"
            raise UserError(given, where=str(path), code=ExitCode.CORRUPT) from error
        if not seeds:
            raise UserError("it has no seeds", where=str(path), code=ExitCode.CORRUPT)
        yield OpenWeights(path, names, seeds, archive, sha256)
