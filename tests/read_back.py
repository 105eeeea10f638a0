"""Read as a whole what a run writes; the package reads it piece by piece."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nncli.runs.metrics_csv import MetricsTable
from nncli.runs.weights import open_weights


def read_metrics(path: Path) -> dict[str, list[Any]]:
    """The columns of a `metrics.csv` by name."""
    table = MetricsTable.open(path)
    rows = list(table.rows)
    return {name: [row[i] for row in rows] for i, name in enumerate(table.columns)}


def read_weights(path: Path) -> tuple[tuple[str, ...], dict[str, Any], tuple[int, ...]]:
    """The names of the parameters in order, their arrays, and the seeds of a `weights.npz`."""
    with open_weights(path) as weights:
        arrays = {name: weights.archive.read(name) for name in weights.names}
        for name, array in arrays.items():
            weights.require(name, array.shape[1:], array.dtype)
    return weights.names, arrays, weights.seeds
