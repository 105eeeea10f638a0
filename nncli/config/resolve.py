"""Fill in what follows from the task and from the defaults, and check that it fits together."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from nncli.analysis.metrics import metric_names
from nncli.config.document import Document, Path
from nncli.config.load import validate
from nncli.config.parts import show, to_data
from nncli.config.schema import ExperimentConfig, OutputConfig
from nncli.errors import UserError, UserErrors
from nncli.nn.activations import activations
from nncli.nn.initializers import initializers
from nncli.nn.layers.dense import Dense
from nncli.nn.losses import losses
from nncli.nn.regularizers import Penalty, regularizers
from nncli.tasks import TaskData, tasks
from nncli.tasks.splits import Splits, split, standardize

OUTPUTS = {"binary": "sigmoid", "classes": "softmax", "regression": "linear"}
"""The output activation that goes with each kind of target."""

LOSSES = {"sigmoid": "binary_cross_entropy", "softmax": "softmax_cross_entropy", "step": "perceptron"}
"""The loss that goes with an output activation, where it is made for the targets; else `mean_squared_error`."""

TARGETS = {"binary": "0 or 1", "classes": "classes", "regression": "numbers"}
"""What each kind of target is made of."""


@dataclasses.dataclass(frozen=True, slots=True)
class Experiment:
    """A complete description, and the data it speaks of."""

    config: ExperimentConfig
    splits: Splits


def resolve(document: Document) -> Experiment:
    """Validate a document, make its data, fill in every default, and check that all of it fits together.

    Raises:
        UserErrors: one error for each thing that is wrong.
    """
    config = validate(document)
    data = _data(config, document)
    config = _filled_in(config, data)
    errors = [UserError(given, where=document.where(path), hint=hint) for path, given, hint in _conflicts(config, data)]
    if errors:
        raise UserErrors(errors)
    training = config.training
    try:
        splits = split(data, training.validation, training.test, getattr(config.task, "seed", 0))
    except UserError as error:
        raise UserError(str(error), where=document.where(("training", "validation"))) from None
    return Experiment(config, standardize(splits) if training.standardize else splits)


def plain(config: ExperimentConfig) -> dict[str, Any]:
    """A config as plain data, every default written out: reading it again gives the same config."""
    data: dict[str, Any] = to_data(config)
    return data


def _data(config: ExperimentConfig, document: Document) -> TaskData:
    try:
        return config.task.data()  # type: ignore[no-any-return]
    except UserError as error:
        raise UserError(str(error), where=document.where(("task",)), code=error.code) from None


def _filled_in(config: ExperimentConfig, data: TaskData) -> ExperimentConfig:
    output = config.output
    activation, loss = _output_parts(output, data)
    zeros = initializers.get("zeros")()
    defaults = {
        "activation": config.activation,
        "initializer": config.initializer,
        "bias_initializer": zeros,
        "regularizer": config.regularizer,
    }
    return config.model_copy(
        update={
            "architecture": [_with_defaults(layer, defaults) for layer in config.architecture],
            "output": output.model_copy(
                update={
                    "activation": activation,
                    "loss": loss,
                    "initializer": output.initializer or config.initializer,
                    "bias_initializer": output.bias_initializer or zeros,
                }
            ),
        }
    )


def _with_defaults(layer: Any, defaults: dict[str, Any]) -> Any:
    """The layer with its missing options taken from the config."""
    missing = {f.name: defaults[f.name] for f in dataclasses.fields(layer) if getattr(layer, f.name) is None}
    return dataclasses.replace(layer, **missing)


def _output_parts(output: OutputConfig, data: TaskData) -> tuple[Any, Any]:
    """The output activation and the loss: what is given decides what is not."""
    activation, loss = output.activation, output.loss
    if activation is None:
        included = "linear" if loss is None else loss.includes
        activation = activations.get(OUTPUTS[data.kind] if included == "linear" else included)()
    if loss is None:
        name = LOSSES.get(activations.name_of(activation), "mean_squared_error")
        loss = losses.get(name if data.kind in losses.get(name).kinds else "mean_squared_error")()
    return activation, loss


Conflict = tuple[Path, str, str]
"""Where, what is wrong, what to try."""


def _conflicts(config: ExperimentConfig, data: TaskData) -> Iterator[Conflict]:
    yield from _output_conflicts(config, data)
    yield from _layer_conflicts(config)
    yield from _training_conflicts(config, data)


def _output_conflicts(config: ExperimentConfig, data: TaskData) -> Iterator[Conflict]:
    output: Any = config.output
    units = data.targets.shape[1]
    loss, activation = losses.name_of(output.loss), activations.name_of(output.activation)
    task = tasks.name_of(config.task)
    if data.kind not in output.loss.kinds:
        fitting = ", ".join(name for name in losses if data.kind in losses.get(name).kinds)
        yield (
            ("output", "loss"),
            f"{loss} does not fit the task {task}, whose targets are {TARGETS[data.kind]}",
            f"Try {fitting}",
        )
    elif activation == "softmax" and units == 1:
        yield (("output", "activation"), "softmax over one unit is always 1", "Try sigmoid")
    elif output.loss.includes not in ("linear", activation):
        yield (
            ("output", "activation"),
            f"{loss} applies {output.loss.includes} itself, so the output activation cannot be {activation}",
            f"Try activation: {output.loss.includes}, or another loss",
        )
    elif activation == "step" and output.loss.includes != "step" and config.training.epochs > 0:
        yield (
            ("output", "activation"),
            f"the derivative of step is 0, so {loss} trains nothing",
            "Try loss: perceptron",
        )
    if any(not isinstance(part, Penalty) for part in output.regularizer):
        yield (("output", "regularizer"), "output units can have penalties (l1, l2), not dropout", "")


def _layer_conflicts(config: ExperimentConfig) -> Iterator[Conflict]:
    for index, layer in enumerate(config.architecture):
        if not isinstance(layer, Dense):
            continue
        if layer.units == 1 and activations.name_of(layer.activation) == "softmax":
            yield (("architecture", index), "softmax over one unit is always 1", "Try more units, or sigmoid")
    if config.regularizer and not any(isinstance(layer, Dense) for layer in config.architecture):
        names = ", ".join(regularizers.name_of(part) for part in config.regularizer)
        yield (
            ("regularizer",),
            f"there is no hidden layer for {names}",
            "Write it under output.regularizer",
        )


def _training_conflicts(config: ExperimentConfig, data: TaskData) -> Iterator[Conflict]:
    training = config.training
    if training.validation + training.test >= 1:
        yield (
            ("training", "validation"),
            f"validation {training.validation:g} and test {training.test:g} leave no rows to train on",
            "Their sum must be below 1",
        )
    if (warmup := training.schedule.warmup) > training.epochs:
        yield (("training", "schedule"), f"warm-up takes {warmup:g} epochs of {training.epochs}", "Shorten it")
    if (target := training.stop.target) is not None:
        known = metric_names(data.kind, training.validation > 0, test=False)
        if target.metric in metric_names(data.kind, validation=True, test=False) and target.metric not in known:
            given, hint = f"{target.metric} needs rows to validate on", "Try training.validation: 0.2"
            yield (("training", "stop", "target"), given, hint)
        else:
            try:
                target.require(known, "")
            except UserError as error:
                yield (("training", "stop", "target"), str(error).rstrip("."), "")
    if isinstance(training.batch_size, int) and training.batch_size > len(data.inputs):
        rows = len(data.inputs)
        yield (
            ("training", "batch_size"),
            f"{show(training.batch_size)} is more than the {rows} rows there are",
            "Try all",
        )
