"""From a complete description to the layers of its network."""

from __future__ import annotations

from typing import Any

from nncli.config.resolve import Experiment
from nncli.nn.activations import activations
from nncli.nn.layers import Layer
from nncli.nn.layers.dense import Dense
from nncli.nn.layers.dropout import Dropout
from nncli.nn.regularizers import Penalty


def build_layers(experiment: Experiment) -> list[Layer]:
    """The hidden layers, each followed by its dropout, and the output layer."""
    config = experiment.config
    found: list[Layer] = []
    for layer in config.architecture:
        found.append(layer)
        found += [Dropout(part.rate) for part in getattr(layer, "regularizer", ()) if not isinstance(part, Penalty)]
    output: Any = config.output
    applied_by_loss = output.loss.includes != "linear"
    return [
        *found,
        Dense(
            units=experiment.splits.train.targets.shape[1],
            activation=activations.get("linear")() if applied_by_loss else output.activation,
            initializer=output.initializer,
            bias_initializer=output.bias_initializer,
            regularizer=output.regularizer,
            bias=output.bias,
        ),
    ]


def batch_size(experiment: Experiment) -> int:
    """The rows per step as a number."""
    given: Any = experiment.config.training.batch_size
    rows = len(experiment.splits.train.inputs)
    return rows if given == "all" else min(given, rows)
