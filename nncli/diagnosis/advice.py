"""Why a run failed, if known, and what to try."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from nncli.config.experiment import Design, Experiment
from nncli.diagnosis.row_facts import best_score
from nncli.errors import command
from nncli.nn.layers import Block
from nncli.report.headline import task_text
from nncli.report.summary import outcome_lines
from nncli.runs.result_record import Result

ROWS = 2000
"""Above this number of rows, they are not searched for contradictions."""

BOUNDARIES = {1: "threshold", 2: "straight line", 3: "plane"}
"""What divides the input space in two, by the number of inputs; for more it is a hyperplane."""


def report(design: Design, result: Result, path: Path) -> Iterator[str]:
    """All that is known about a finished run, to print after its headline. Args: path: of the run."""
    yield from outcome_lines(result)
    yield from advice(design, result, path)


def advice(design: Design, result: Result, path: Path) -> Iterator[str]:
    """Why some seeds failed, if that is known at once, or how to find out; without the rows, only after a divergence.

    A run that missed its goal is told from one that did not in at most 10 ms, without training and without SciPy.
    """
    known = []
    if "diverged" in result.stop_reason:
        known = [*_after_divergence(design, result)]
    elif isinstance(design, Experiment) and not all(result.solved):
        known = [*_from_rows(design)]
    yield from known
    if not known and isinstance(design, Experiment) and _misses_its_goal(design, result):
        yield f"  why   {command('diagnose', path)}"


def _misses_its_goal(experiment: Experiment, result: Result) -> bool:
    if result.status != "completed" or experiment.training.epochs == 0 or all(result.solved):
        return False
    from nncli.diagnosis.goal import Goal

    return Goal(experiment.splits.train).is_plainly_missed(result)


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


def _from_rows(experiment: Experiment) -> Iterator[str]:
    if rows := _contradicting(experiment):
        yield f"  {rows} rows share their inputs but not their class: no network can get all of them right"
    elif _has_straight_boundary(experiment) and not _separable(experiment):
        boundary = BOUNDARIES.get(experiment.splits.train.inputs[0].size, "hyperplane")
        yield f"  no {boundary} separates {task_text(experiment)}: that needs a hidden layer"


def _contradicting(experiment: Experiment) -> int:
    """The number of rows of a classification that share their inputs, but not their class, with another row.

    It is checked where all rows can be expected to come out right: of a whole table, or with a straight boundary.
    """
    train = experiment.splits.train
    expected = train.complete or _has_straight_boundary(experiment)
    if train.kind == "regression" or not expected or len(train.inputs) > ROWS:
        return 0
    _, rows = best_score(train)
    return rows


def _has_straight_boundary(experiment: Experiment) -> bool:
    """Whether the network's decision boundary between two classes is a single hyperplane.

    A function of each input by itself bends the boundary, unless the input has only two values.
    """
    from nncli.diagnosis.separability import FEW

    train = experiment.splits.train
    if train.kind != "binary" or train.inputs.size > FEW:
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
