"""An experiment in words: what was built, and what to try where it failed."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np

from nncli.config.build import batch_size, build_layers
from nncli.config.resolve import Experiment
from nncli.nn.activations import activations
from nncli.nn.layers.dense import Dense
from nncli.nn.optimizers import optimizers
from nncli.nn.schedules import schedules
from nncli.report.network import LayerRow, chain, layer_rows, part_text
from nncli.report.numbers import count
from nncli.report.summary import outcome_lines
from nncli.tasks import tasks

SEPARABILITY_ROWS = 2000
"""Above so many rows, whether a line separates them is not asked: the linear program would take seconds."""


def headline(experiment: Experiment) -> str:
    """What is trained: `xor   2 → 4 tanh → 1 sigmoid   17 parameters   adam 0.05   seed 0`."""
    config = experiment.config
    seeds = config.seed_list
    who = f"seed {seeds[0]}" if len(seeds) == 1 else count(len(seeds), "seed")
    name = str(config.name) if config.name == tasks.name_of(config.task) else f"{config.name} ({task_text(experiment)})"
    return "   ".join(
        [name, network_text(experiment), count(parameter_count(experiment), "parameter"), rule(experiment), who]
    )


def network_text(experiment: Experiment) -> str:
    """The network in one line."""
    hidden = build_layers(experiment)[:-1]
    inputs = experiment.splits.train.inputs.shape[1]
    return chain(inputs, hidden, f"{experiment.splits.train.targets.shape[1]} {output_activation(experiment)}")


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
    shape = experiment.splits.train.inputs.shape[1:]
    return layer_rows(build_layers(experiment), shape, output_activation(experiment))


def parameter_count(experiment: Experiment) -> int:
    """The parameters of one replica."""
    return sum(row.parameters for row in table(experiment))


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


def notes(experiment: Experiment) -> Iterator[str]:
    """What deserves a word before training."""
    config = experiment.config
    for layer in config.architecture:
        function = getattr(layer, "activation", None) or getattr(layer, "function", None)
        if function is not None and activations.name_of(function) == "step" and config.training.epochs > 0:
            yield "the derivative of step is 0: layers before a hidden step do not learn"
            break
    if _stays_alike(experiment):
        yield "the units of a hidden layer start alike, so they stay alike: try another initializer"
    if len(config.seed_list) > 1 and not _has_chance(experiment):
        yield "nothing here is random: all seeds start alike and train alike"


def _stays_alike(experiment: Experiment) -> bool:
    """Whether some hidden layer's units can never become different.

    They cannot if the weights into them, their biases, and the weights out of them all begin with one value: equal
    outputs and equal gradients then keep them equal. Dropout would tell them apart.
    """
    layers = build_layers(experiment)
    if experiment.config.training.epochs == 0 or any(layer.noisy for layer in layers):
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
    one, two = np.ones((1, 1)), np.full((1, 1), -2.0)
    initializers = [getattr(layer, key, None) for layer in layers for key in ("initializer", "bias_initializer")]
    return any(part is not None and part.values(one, 1, 1) != part.values(two, 1, 1) for part in initializers)


def _has_straight_boundary(experiment: Experiment) -> bool:
    """Whether the network can only draw one hyperplane between two classes."""
    train = experiment.splits.train
    straight = not any(isinstance(layer, Dense) for layer in experiment.config.architecture)
    return straight and train.kind == "binary" and len(train.inputs) <= SEPARABILITY_ROWS


def _separable(experiment: Experiment) -> bool:
    from nncli.analysis.separability import linearly_separable

    train = experiment.splits.train
    return linearly_separable(train.inputs, train.targets[:, 0])
