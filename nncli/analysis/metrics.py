"""The metrics of a run by name."""

from __future__ import annotations

from nncli.kinds import Kind

SCORE: dict[Kind, str] = {"binary": "accuracy", "classes": "accuracy", "regression": "r2"}
"""The score that goes with each kind of target."""


def metric_names(kind: Kind, validation: bool, test: bool) -> tuple[str, ...]:
    """All metrics of a run, in the order of the columns of `metrics.csv`; those of the test split come last."""
    splits = ["train", *(["validation"] if validation else []), *(["test"] if test else [])]
    of_splits = [f"{split}_{name}" for split in splits for name in ("loss", SCORE[kind], "max_error")]
    return (*of_splits[:3], "penalty", "objective", *of_splits[3:])
