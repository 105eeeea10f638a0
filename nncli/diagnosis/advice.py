"""Why a run failed, if known, and what to try."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nncli.config.experiment import Design, Experiment
from nncli.nn.layers import Block
from nncli.report.headline import task_text
from nncli.report.numbers import short
from nncli.report.summary import outcome_lines
from nncli.runs.result_record import Result

FAR = 10.0
"""Targets above this are far from a network's initial outputs."""

R2_MARGIN = 0.01
"""An R² within this of 0 counts as that of the mean."""

SEPARABILITY_ROWS = 2000
"""Above this number of rows, linear separability is not tested: the linear program would take seconds."""

BOUNDARIES = {1: "threshold", 2: "straight line", 3: "plane"}
"""What divides the input space in two, by the number of inputs; for more it is a hyperplane."""


def report(design: Design, result: Result) -> Iterator[str]:
    """All that is known about a finished run, to print after its headline."""
    yield from outcome_lines(result)
    yield from advice(design, result)


def advice(design: Design, result: Result) -> Iterator[str]:
    """Why some seeds failed, if known, and what to try; without the rows, only after a divergence."""
    if "diverged" in result.stop_reason:
        yield from _after_divergence(design, result)
    elif isinstance(design, Experiment):
        yield from _from_rows(design, result)


def _after_divergence(design: Design, result: Result) -> Iterator[str]:
    if all(found is None or found.step == 1 for found in result.divergence):
        tries = "targets in another unit" if design.splitting.standardize else "training.standardize=true"
        yield f"  no step was taken: the numbers are too large from the start; try {tries}"
        return
    training = design.training
    changes = [f"training.learning_rate={training.learning_rate / 100:g}"]
    if training.clip_norm is None:
        changes.append("training.clip_norm=1")
    yield f"  try   {'   or   '.join(changes)}"


def _from_rows(experiment: Experiment, result: Result) -> Iterator[str]:
    unsolved = not all(result.solved)
    if unsolved and (rows := _contradicting(experiment)):
        yield f"  {rows} rows share their inputs but not their class: no network can get all of them right"
    elif unsolved and _has_straight_boundary(experiment) and not _separable(experiment):
        boundary = BOUNDARIES.get(experiment.splits.train.inputs[0].size, "hyperplane")
        yield f"  no {boundary} separates {task_text(experiment)}: that needs a hidden layer"
    elif _is_worse_than_the_mean(experiment, result):
        largest = float(np.abs(experiment.splits.train.targets).max())
        off = max(error for error in result.metrics["train_max_error"] if error is not None)
        if off <= largest:
            yield f"  worse than their mean: the targets reach {short(largest)}, but the outputs start near 0"
            yield "  try   targets in another unit, so that they are near 1   or   a larger learning rate"
        else:
            yield f"  worse than their mean: the targets reach {short(largest)}, but an output is off by {short(off)}"
            yield "  try   targets in another unit, so that they are near 1   or   a smaller learning rate"


def _is_worse_than_the_mean(experiment: Experiment, result: Result) -> bool:
    """Whether a regression on large numbers ended clearly worse than predicting the mean."""
    scores = [score for score in result.metrics.get("train_r2", ()) if score is not None]
    far = bool(np.abs(experiment.splits.train.targets).max() > FAR)
    return experiment.training.epochs > 0 and bool(scores) and max(scores) < -R2_MARGIN and far


def _contradicting(experiment: Experiment) -> int:
    """The number of rows of a classification that share their inputs, but not their class, with another row.

    It is checked where all rows can be expected to come out right: of a whole table, or with a straight boundary.
    """
    train = experiment.splits.train
    expected = train.complete or _has_straight_boundary(experiment)
    if train.kind == "regression" or not expected or len(train.inputs) > SEPARABILITY_ROWS:
        return 0
    _, same = np.unique(train.inputs.reshape(len(train.inputs), -1), axis=0, return_inverse=True)
    first = np.zeros(len(train.inputs), np.intp)
    first[same.reshape(-1)[::-1]] = np.arange(len(train.inputs))[::-1]  # the first row with these inputs
    differs = (train.targets != train.targets[first[same.reshape(-1)]]).any(axis=1)
    return int(np.isin(same.reshape(-1), same.reshape(-1)[differs]).sum())


def _has_straight_boundary(experiment: Experiment) -> bool:
    """Whether the network's decision boundary between two classes is a single hyperplane.

    A function of each input by itself bends the boundary, unless the input has only two values.
    """
    train = experiment.splits.train
    if train.kind != "binary" or len(train.inputs) > SEPARABILITY_ROWS:
        return False
    inputs = train.inputs.reshape(len(train.inputs), -1)
    has_two_values = ((inputs == inputs.min(axis=0)) | (inputs == inputs.max(axis=0))).all()
    return all(
        not isinstance(layer, Block) and (layer.affine or (layer.elementwise and has_two_values))
        for layer in experiment.architecture
    )


def _separable(experiment: Experiment) -> bool:
    from nncli.diagnosis.separability import linearly_separable

    train = experiment.splits.train
    return linearly_separable(train.inputs.reshape(len(train.inputs), -1), train.targets[:, 0])
