"""Live objects from a complete description: network, rows and settings."""

from __future__ import annotations

from typing import Any

import numpy as np

from nncli.config.build import batch_size, build_layers
from nncli.config.resolve import Experiment
from nncli.nn.losses.margin import Perceptron
from nncli.nn.network import Network
from nncli.nn.optimizers.sgd import SGD
from nncli.nn.schedules.constant import Constant
from nncli.training.data import Rows
from nncli.training.settings import Settings, Stop

EVALUATION_ROWS = 256
"""Rows per pass when measuring, if a batch is smaller: enough to keep matrix products efficient."""


def build_rows(experiment: Experiment, network: Network) -> dict[str, Rows]:
    """The splits that there are, ready for the network."""
    return {
        name: Rows.of(network, data.kind, data.inputs, data.targets) for name, data in experiment.splits.named().items()
    }


def build_network(experiment: Experiment) -> Network:
    """The network of all replicas."""
    config: Any = experiment.config
    largest = max(len(data.inputs) for data in experiment.splits.named().values())
    return Network(
        build_layers(experiment),
        config.output.loss,
        experiment.splits.train.inputs.shape[1:],
        seeds=config.seed_list,
        capacity=max(batch_size(experiment), min(largest, EVALUATION_ROWS)),
        dtype=np.dtype(config.dtype),
    )


def build_settings(experiment: Experiment) -> Settings:
    """How to train."""
    config = experiment.config
    training, stop = config.training, config.training.stop
    return Settings(
        optimizer=training.optimizer,
        schedule=training.schedule,
        learning_rate=training.learning_rate,
        epochs=training.epochs,
        batch_size=batch_size(experiment),
        shuffle=training.shuffle,
        clip_norm=training.clip_norm,
        log_every=training.log_every,
        stop=Stop(stop.solved, stop.tolerance, stop.patience, stop.min_delta, stop.target),
        watch_cycles=_repeats_exactly(experiment),
    )


def _repeats_exactly(experiment: Experiment) -> bool:
    """Whether each epoch is the same function of the weights, with steps of fixed size: the perceptron rule is."""
    training = experiment.config.training
    in_order = not training.shuffle or batch_size(experiment) == len(experiment.splits.train.inputs)
    return (
        in_order
        and isinstance(experiment.config.output.loss, Perceptron)
        and isinstance(training.optimizer, SGD)
        and isinstance(training.schedule, Constant)
        and not experiment.config.architecture
    )
