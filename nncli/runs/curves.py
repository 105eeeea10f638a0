"""The metrics of a run as curves over epochs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nncli.runs.directory import RunDirectory

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Curves:
    """What was recorded of R seeds in E epochs.

    Attributes:
        seeds: of the rows.
        epochs: recorded for some seed, increasing (E,).
        metrics: by name, (R, E); NaN where a seed was not recorded, or has no value.
    """

    seeds: tuple[int, ...]
    epochs: Numbers
    metrics: Mapping[str, Numbers]

    def of(self, seeds: Sequence[int]) -> Curves:
        """The curves of some of the seeds."""
        rows = [self.seeds.index(seed) for seed in seeds if seed in self.seeds]
        metrics = {name: values[rows] for name, values in self.metrics.items()}
        return Curves(tuple(self.seeds[row] for row in rows), self.epochs, metrics)

    def by_seed(self) -> dict[int, dict[str, Numbers]]:
        """Of each seed, its metrics and `epoch` over the epochs that were recorded of it."""
        if not self.seeds:
            return {}
        known = np.logical_or.reduce([~np.isnan(values) for values in self.metrics.values()])
        return {
            seed: {"epoch": self.epochs[own], **{name: values[r, own] for name, values in self.metrics.items()}}
            for r, (seed, own) in enumerate(zip(self.seeds, known, strict=True))
        }

    def filled(self, metric: str) -> Numbers:
        """A metric (R, E) without gaps: a straight line between recorded epochs, and the last value after the end."""
        values = self.metrics[metric].copy()
        for row in values:
            known = np.flatnonzero(np.isfinite(row))
            if len(known):
                row[known[0] :] = np.interp(self.epochs[known[0] :], self.epochs[known], row[known])
        return values

    def last(self, r: int, metric: str) -> tuple[float, float] | None:
        """The last recorded epoch of the r-th seed and its value; None if there is none."""
        known = np.flatnonzero(np.isfinite(self.metrics[metric][r]))
        return (float(self.epochs[known[-1]]), float(self.metrics[metric][r, known[-1]])) if len(known) else None


def recorded_curves(run: RunDirectory) -> Curves:
    """The curves in `metrics.csv`. Raises: `UserError` (code FILES or CORRUPT); see `MetricsTable`."""
    table = run.open_metrics()
    names = {name: column for column, name in enumerate(table.columns)}
    cells = [*table.rows]
    if not cells:
        return Curves((), np.zeros(0), {})
    rows = np.array([[np.nan if cell is None else cell for cell in row] for row in cells], np.float64)
    seeds, at_seed = np.unique(np.array([row[names["seed"]] for row in cells], np.int64), return_inverse=True)
    epochs, at_epoch = np.unique(rows[:, names["epoch"]], return_inverse=True)
    metrics = {}
    for name in names.keys() - {"seed", "epoch", "step"}:
        values = metrics[name] = np.full((len(seeds), len(epochs)), np.nan)
        values[at_seed, at_epoch] = rows[:, names[name]]
    return Curves(tuple(map(int, seeds)), epochs, metrics)
