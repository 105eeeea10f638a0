"""The metrics of a run by name, the epochs in which they are recorded, and the centres of several seeds."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["binary", "classes", "regression"]
"""The kinds of target: yes or no, one class of several, or a number."""
Centre: TypeAlias = Literal["mean", "median", "interquartile_mean"]
"""What stands for the values of several seeds."""

ROWS_PER_SEED = 200
ROWS = 800_000
"""The most rows of all seeds that are recorded by default: some 100 MB."""

SCORE: dict[Kind, str] = {"binary": "accuracy", "classes": "accuracy", "regression": "r2"}
"""The score that goes with each kind of target."""


def is_score(metric: str) -> bool:
    """Whether more of a metric is better."""
    return metric.endswith(tuple(SCORE.values()))


def measured_names(kind: Kind) -> tuple[str, ...]:
    """What is measured on the rows of any split."""
    return "loss", SCORE[kind], "max_error"


def metric_names(kind: Kind, validation: bool, test: bool) -> tuple[str, ...]:
    """All metrics of a run, in the order of the columns of `metrics.csv`; those of the test split come last."""
    splits = ["train", *(["validation"] if validation else []), *(["test"] if test else [])]
    of_splits = [f"{split}_{name}" for split in splits for name in measured_names(kind)]
    return (*of_splits[:3], "penalty", "objective", *of_splits[3:])


def recorded_epochs(epochs: int, log_every: int | None) -> Collection[int]:
    """The epochs whose metrics are recorded, from 0 (before training) on; the last one always is.

    Every `log_every`-th; or else all up to half of `ROWS_PER_SEED`, then as many again, evenly in the logarithm.
    """
    if log_every is not None:
        return range(0, epochs + 1, log_every)
    import numpy as np

    dense = ROWS_PER_SEED // 2
    if epochs < ROWS_PER_SEED:
        return set(range(epochs + 1))
    thinned = np.round(np.geomspace(dense, epochs, ROWS_PER_SEED - dense)).astype(int)
    return {*range(dense), *map(int, thinned)}


def default_log_every(epochs: int, seeds: int) -> int | None:
    """None, if all seeds together have at most `ROWS` rows with it; or else the least number with which they do.

    The first epoch and the last are recorded for every seed all the same.
    """
    if seeds * min(epochs + 1, ROWS_PER_SEED) <= ROWS:
        return None
    return -(-epochs // max(1, ROWS // seeds - 2))
