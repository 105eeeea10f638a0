"""An experiment in words: what was built, and what to try where it failed."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np

from nncli.config.build import (
    batch_size,
    build_layers,
    hidden_layers,
    input_shape,
    output_layer,
    parameter_count,
    walk,
)
from nncli.config.disk import written_bytes
from nncli.config.number_range import precision_notes
from nncli.config.resolve import Experiment
from nncli.nn.activations import Activation, activations
from nncli.nn.layers.activation import ActivationLayer
from nncli.nn.layers.dense import Dense
from nncli.nn.layers.dropout import Dropout
from nncli.nn.layers.flatten import Flatten
from nncli.nn.layers.normalization import BatchNorm, LayerNorm
from nncli.nn.optimizers import optimizers
from nncli.nn.parameters import ParameterSpec
from nncli.nn.schedules import schedules
from nncli.registry import options_of
from nncli.report.classes import classes_text
from nncli.report.network import LayerRow, chain, layer_rows, part_text
from nncli.report.numbers import count, seeds_text, short, size
from nncli.report.summary import outcome_lines
from nncli.tasks import tasks
from nncli.tasks.classes import class_rows
from nncli.tasks.files import FromFile
from nncli.tasks.notes import notes as task_notes

FAR = 10.0
"""Targets beyond this are far from where the outputs of a network begin."""

CLEARLY = 0.01
"""An R² that is less than this below 0 is that of the mean."""

SEPARABILITY_ROWS = 2000
"""Above so many rows, whether a line separates them is not asked: the linear program would take seconds."""

BOUNDARIES = {1: "threshold", 2: "straight line", 3: "plane"}
"""What divides the space of so many inputs in two; of more it is a hyperplane."""

MUCH = 100_000_000
"""Bytes on the disk from which on a run says so before it trains."""

FEW = 100
"""Up to so many different whole numbers as targets are perhaps the names of classes."""

ALIKE_FOR_ALL_UNITS = (Dense, ActivationLayer, BatchNorm, LayerNorm, Flatten)
"""The layers that treat all units of the layer before alike."""


def headline(experiment: Experiment) -> str:
    """What is trained: `xor   2 → 4 tanh → 1 sigmoid   17 parameters   adam 0.05   seed 0`."""
    config = experiment.config
    name = str(config.name) if config.name == tasks.name_of(config.task) else f"{config.name} ({task_text(experiment)})"
    return "   ".join(
        [
            name,
            network_text(experiment),
            count(parameter_count(experiment), "parameter"),
            rule(experiment),
            seeds_text(config.seed_list),
        ]
    )


def network_text(experiment: Experiment) -> str:
    """The network in one line."""
    output = f"{experiment.splits.train.targets.shape[1]} {output_activation(experiment)}"
    return chain(input_shape(experiment), hidden_layers(experiment), output)


def output_activation(experiment: Experiment) -> str:
    """The activation of the output, whether the layer or the loss applies it."""
    return part_text(activations, experiment.config.output.activation)


def task_text(experiment: Experiment) -> str:
    """The task by its name."""
    return tasks.name_of(experiment.config.task)


def rule(experiment: Experiment) -> str:
    """How it learns: `adam 0.05`, `perceptron rule 0.1`."""
    training = experiment.config.training
    if training.epochs == 0:
        return "no training"
    name, *options = part_text(optimizers, training.optimizer).split(" ", 1)
    if name == "sgd" and output_activation(experiment) == "step" and not experiment.config.architecture:
        name = "perceptron rule"
    schedule = part_text(schedules, training.schedule)
    details = [*options, *([] if schedule == "constant" else [schedule])]
    return f"{name} {training.learning_rate:g}" + (f" ({', '.join(details)})" if details else "")


def classes(experiment: Experiment) -> str:
    """The classes with their rows: `classes   cat (30)   dog (50)`. Empty where rows have no class."""
    return classes_text({name: sum(rows.values()) for name, rows in class_rows(experiment.splits).items()})


def table(experiment: Experiment) -> list[LayerRow]:
    """The layers with their shapes and parameters."""
    nested = [*hidden_layers(experiment), output_layer(experiment)]
    return layer_rows(nested, input_shape(experiment), output_activation(experiment))


def report(experiment: Experiment, result: dict[str, Any]) -> Iterator[str]:
    """Everything to say of a finished run, behind its headline."""
    yield from outcome_lines(
        result,
        epochs=experiment.config.training.epochs,
        expects_solution=experiment.splits.train.complete,
    )
    yield from advice(experiment, result)


def advice(experiment: Experiment, result: dict[str, Any]) -> Iterator[str]:
    """Why some seeds failed, where that is known, and what to try."""
    training = experiment.config.training
    if "diverged" in result["stop_reason"]:
        if all(found is None or found["step"] == 1 for found in result["divergence"]):
            tries = "targets in another unit" if training.standardize else "training.standardize=true"
            yield f"  no step was taken: the numbers are too large from the start; try {tries}"
            return
        changes = [f"training.learning_rate={training.learning_rate / 100:g}"]
        if training.clip_norm is None:
            changes.append("training.clip_norm=1")
        yield f"  try   {'   or   '.join(changes)}"
    elif not all(result["solved"]) and (rows := _contradicting(experiment)):
        yield f"  {rows} rows share their inputs but not their class: no network gets all of them right"
    elif not all(result["solved"]) and _has_straight_boundary(experiment) and not _separable(experiment):
        boundary = BOUNDARIES.get(experiment.splits.train.inputs[0].size, "hyperplane")
        yield f"  no {boundary} separates {task_text(experiment)}: that takes a hidden layer"
    elif _is_worse_than_the_mean(experiment, result):
        largest = float(np.abs(experiment.splits.train.targets).max())
        off = max(error for error in result["metrics"]["train_max_error"] if error is not None)
        if off <= largest:
            yield f"  worse than their mean: the targets reach {short(largest)}, and the outputs begin near 0"
            yield "  try   targets in another unit, so that they are near 1   or   a larger learning rate"
        else:
            yield f"  worse than their mean: the targets reach {short(largest)}, and an output is off by {short(off)}"
            yield "  try   targets in another unit, so that they are near 1   or   a smaller learning rate"


def _is_worse_than_the_mean(experiment: Experiment, result: dict[str, Any]) -> bool:
    """Whether a regression on large numbers ended clearly below what their mean alone would give."""
    scores = [score for score in result.get("metrics", {}).get("train_r2", []) if score is not None]
    far = bool(np.abs(experiment.splits.train.targets).max() > FAR)
    return experiment.config.training.epochs > 0 and bool(scores) and max(scores) < -CLEARLY and far


def _contradicting(experiment: Experiment) -> int:
    """How many rows of a classification have the inputs of another row, and another class.

    It is asked where all rows can be expected to come out right: of a whole table, or with a straight boundary.
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


def notes(experiment: Experiment) -> Iterator[str]:
    """What deserves a word before training."""
    config = experiment.config
    if config.training.epochs > 0 and "step" in map(activations.name_of, _hidden_activations(experiment)):
        yield "the derivative of step is 0: layers before a hidden step do not learn"
    if _stays_alike(experiment):
        yield "the units of a hidden layer start alike, so they stay alike: try another initializer"
    if len(config.seed_list) > 1 and not _has_chance(experiment):
        yield "nothing here is random: all seeds start alike and train alike"
    if few := _perhaps_classes(experiment):
        key = f"task.{task_text(experiment)}.kind=classes"
        yield f"the target has {few} different whole numbers; if they name classes, set {key}"
    yield from task_notes(experiment.splits)
    yield from precision_notes(config, experiment.splits)
    files = written_bytes(experiment)
    if sum(files.values()) > MUCH:
        parts = " and ".join(f"{size(bytes_)} of {name}" for name, bytes_ in files.items())
        tries = "a larger training.log_every" if files["metrics.csv"] > MUCH / 2 else "fewer seeds or units"
        yield f"this run writes up to {parts}; for less, try {tries}"


def _perhaps_classes(experiment: Experiment) -> int:
    """How many different whole numbers a regression on a user's own file is to learn, if that looks like classes; or 0.

    It does if they are few, and each comes often: n of them in at least n² rows, such as 2 in 4, or 10 in 100.
    """
    task, splits = experiment.config.task, experiment.splits
    if not isinstance(task, FromFile) or getattr(task, "kind", "") != "auto" or splits.train.kind != "regression":
        return 0
    targets = np.concatenate([data.targets for data in splits.named().values()])
    if targets.shape[1] > 1 or not (np.floor(targets) == targets).all():
        return 0
    different = len(np.unique(targets))
    return different if different <= FEW and different**2 <= len(targets) else 0


def _hidden_activations(experiment: Experiment) -> Iterator[Activation]:
    for _, layer in walk(experiment.config.architecture):
        for name, option in options_of(type(layer)).items():
            if option.part_of is activations:
                yield getattr(layer, name)


def _stays_alike(experiment: Experiment) -> bool:
    """Whether some hidden layer's units can never become different.

    They cannot if the weights into them, their biases, and the weights out of them all begin with one value: equal
    outputs and equal gradients then keep them equal. Dropout would tell them apart, and so could layers of other kinds.
    """
    layers = build_layers(experiment)
    if experiment.config.training.epochs == 0 or not all(isinstance(layer, ALIKE_FOR_ALL_UNITS) for layer in layers):
        return False
    probe = np.array([[1.0, -2.0], [3.0, 0.5]])

    def alike(part: Any) -> bool:
        return bool(np.ptp(part.values(probe, 2, 2)) == 0)

    dense = [layer for layer in layers if isinstance(layer, Dense)]
    return any(
        layer.units > 1
        and alike(layer.initializer)
        and (not layer.bias or alike(layer.bias_initializer))
        and alike(following.initializer)
        for layer, following in itertools.pairwise(dense)
    )


def _has_chance(experiment: Experiment) -> bool:
    """Whether two seeds can differ: in their first weights, the order of their rows, or their dropout."""
    training, layers = experiment.config.training, build_layers(experiment)
    shuffled = training.shuffle and batch_size(experiment) < len(experiment.splits.train.inputs)
    if shuffled or any(layer.noisy for layer in layers):
        return True
    shape = input_shape(experiment)
    for layer in layers:
        if any(map(_is_random, layer.parameters(shape))):
            return True
        shape = layer.output_shape(shape)
    return False


def _is_random(spec: ParameterSpec) -> bool:
    """Whether the first values depend on the draws. Twelve columns are as many for each of up to four gates."""
    one = np.ones((*[1] * (len(spec.shape) - 1), 12))
    first, second = (spec.initializer.values(draws, 1, 1) for draws in (one, -2 * one))
    return not np.array_equal(first, second)


def _has_straight_boundary(experiment: Experiment) -> bool:
    """Whether the network can only draw one hyperplane between two classes.

    What a function does to each input by itself bends the boundary, unless the input has two values only.
    """
    train = experiment.splits.train
    if train.kind != "binary" or len(train.inputs) > SEPARABILITY_ROWS:
        return False
    inputs = train.inputs.reshape(len(train.inputs), -1)
    has_two_values = ((inputs == inputs.min(axis=0)) | (inputs == inputs.max(axis=0))).all()
    straight = (BatchNorm, Dropout, Flatten, *([ActivationLayer] if has_two_values else []))
    return all(isinstance(layer, straight) for layer in experiment.config.architecture)


def _separable(experiment: Experiment) -> bool:
    from nncli.analysis.separability import linearly_separable

    train = experiment.splits.train
    return linearly_separable(train.inputs.reshape(len(train.inputs), -1), train.targets[:, 0])
