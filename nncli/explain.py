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
from nncli.report.network import LayerRow, chain, layer_rows, part_text
from nncli.report.numbers import count, seeds_text, short
from nncli.report.summary import outcome_lines
from nncli.tasks import tasks
from nncli.tasks.files import FromFile

FAR = 10.0
"""Targets beyond this are far from where the outputs of a network begin."""

SEPARABILITY_ROWS = 2000
"""Above so many rows, whether a line separates them is not asked: the linear program would take seconds."""


FEW = 10
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
            yield "  no step was taken: the numbers are too large from the start; try training.standardize=true"
            return
        tries = [f"training.learning_rate={training.learning_rate / 100:g}"]
        if training.clip_norm is None:
            tries.append("training.clip_norm=1")
        yield f"  try   {'   or   '.join(tries)}"
    elif not all(result["solved"]) and _has_straight_boundary(experiment) and not _separable(experiment):
        yield f"  no straight line separates {task_text(experiment)}: that takes a hidden layer"
    elif _out_of_reach(experiment, result):
        largest = short(float(np.abs(experiment.splits.train.targets).max()))
        yield f"  worse than their mean: the targets reach {largest}, and the outputs begin near 0"
        yield "  try   targets in another unit, so that they are near 1   or   a larger learning rate"


def _out_of_reach(experiment: Experiment, result: dict[str, Any]) -> bool:
    """Whether a regression on large numbers ended below what their mean alone would give."""
    scores = [score for score in result.get("metrics", {}).get("train_r2", []) if score is not None]
    trained = experiment.config.training.epochs > 0
    return trained and bool(scores) and max(scores) < 0 and bool(np.abs(experiment.splits.train.targets).max() > FAR)


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
    """Whether the network can only draw one hyperplane between two classes."""
    train = experiment.splits.train
    one_by_one = (ActivationLayer, BatchNorm, Dropout, Flatten)
    straight = all(isinstance(layer, one_by_one) for layer in experiment.config.architecture)
    return straight and train.kind == "binary" and len(train.inputs) <= SEPARABILITY_ROWS


def _separable(experiment: Experiment) -> bool:
    from nncli.analysis.separability import linearly_separable

    train = experiment.splits.train
    return linearly_separable(train.inputs.reshape(len(train.inputs), -1), train.targets[:, 0])
