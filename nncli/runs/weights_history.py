"""Weights along the way as one sealed `.npz`: those of `weights.npz`, at some epochs.

An array per parameter (R, K, ...) for R seeds and K epochs; `seeds` (R,), `names`, `epochs` (K,), and `stopped` (R,):
the last epoch of each seed, from which on its weights are the final ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nncli.errors import ExitCode, UserError
from nncli.runs.weights import OpenWeights, index, open_weights
from nncli.storage.npz import StoredArray
from nncli.storage.sealed import write_sealed


@dataclass(frozen=True, slots=True)
class OpenHistory:
    """An open archive: its arrays, with names and seeds as in `weights.npz`, and its epochs."""

    weights: OpenWeights
    epochs: tuple[int, ...]
    stopped: tuple[int, ...]


def write_history(
    path: Path, arrays: Mapping[str, StoredArray], seeds: Sequence[int], epochs: Sequence[int], stopped: Sequence[int]
) -> None:
    """Write the archive atomically; the same content gives the same bytes. Raises: `UserError` (code FILES).

    Args:
        path: the file to write.
        arrays: parameters by name, each of shape (R, K, ...).
        seeds, epochs, stopped: the R seeds, the K epochs, and the R last epochs.
    """
    times = {"epochs": np.array(epochs, np.int64), "stopped": np.array(stopped, np.int64)}
    write_sealed(path, index(arrays, seeds) | times | dict(arrays))


@contextmanager
def open_history(path: Path) -> Iterator[OpenHistory]:
    """Open the archive in a file.

    Raises: `UserError` with code FILES if it cannot be read, CORRUPT if it is not what `write_history` writes.
    """
    with open_weights(path) as weights:
        try:
            epochs, stopped = (tuple(map(int, weights.archive.read(name))) for name in ("epochs", "stopped"))
        except (ArithmeticError, TypeError, ValueError) as error:
            given = f"its epochs cannot be read: {error}"
            raise UserError(given, where=str(path), code=ExitCode.CORRUPT) from error
        yield OpenHistory(weights, epochs, stopped)
