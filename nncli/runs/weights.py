"""Weights as one sealed `.npz`: an array per parameter with a leading seed axis, `seeds` and `names`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nncli.errors import ExitCode, UserError
from nncli.runs.sealed import open_sealed, write_sealed

Weights: TypeAlias = tuple[tuple[str, ...], dict[str, NDArray[Any]], tuple[int, ...]]

_RESERVED = {"seeds", "names"}
"""Keys of the archive itself."""


def write_weights(path: Path, arrays: Mapping[str, NDArray[Any]], seeds: Sequence[int]) -> None:
    """Write the archive atomically; the same content gives the same bytes.

    Args:
        path: the file to write.
        arrays: parameters by name, each of shape (R, ...).
        seeds: the R seeds, one per row; each below 2^63.

    Errors: `UserError` (code FILES); `ValueError` for an array without a row per seed or a reserved name.
    """
    for name, array in arrays.items():
        if name in _RESERVED:
            raise ValueError(f"a parameter cannot be called '{name}'")
        if array.ndim == 0 or len(array) != len(seeds):
            raise ValueError(f"{name} has shape {array.shape}, not one row for each of {len(seeds)} seeds")
    own = {"seeds": np.array(seeds, dtype=np.int64), "names": np.array(list(arrays), dtype=np.str_)}
    write_sealed(path, own | dict(arrays))


def read_weights(path: Path) -> Weights:
    """The parameter names in order, the arrays by name, and the seeds.

    Errors: `UserError` with code FILES if it cannot be read, CORRUPT if it is not what `write_weights` writes.
    """
    with open_sealed(path) as archive:
        try:
            names = tuple(map(str, archive.read("names")))
            seeds = tuple(map(int, archive.read("seeds")))
        except (ArithmeticError, TypeError, ValueError) as error:  # a seed of inf, a single name, a text for a seed
            given = f"its names and seeds cannot be read: {error}"
            raise UserError(given, where=str(path), code=ExitCode.CORRUPT) from error
        arrays = {name: archive.read(name) for name in names}
    for name, array in arrays.items():
        if array.shape[:1] != (len(seeds),):
            given = f"{name} has shape {array.shape}, not one row for each of {len(seeds)} seeds"
            raise UserError(given, where=str(path), code=ExitCode.CORRUPT)
    return names, arrays, seeds
