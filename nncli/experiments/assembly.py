"""Live objects from a complete description: network, rows and settings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nncli.config.experiment import Experiment
from nncli.nn.losses.margin import Perceptron
from nncli.nn.network import Network
from nncli.nn.optimizers.sgd import SGD
from nncli.nn.replicas import merge, merge_numbers
from nncli.nn.schedules.constant import Constant
from nncli.training.data import Rows
from nncli.training.settings import Settings, Stop


def build_rows(experiment: Experiment, network: Network) -> dict[str, Rows]:
    """The splits that there are, ready for the network."""
    return {
        name: Rows.of(network, data.kind, data.inputs, data.targets) for name, data in experiment.splits.named().items()
    }


def build_network(experiments: Sequence[Experiment]) -> Network:
    """The network of all replicas of all experiments of a stack."""
    first: Any = experiments[0]
    parts = [experiment.layers for experiment in experiments]
    layers = merge([part for part, e in zip(parts, experiments, strict=True) for _ in e.config.seed_list])
    return Network(
        layers,
        first.config.output.loss,
        first.input_shape,
        seeds=[seed for experiment in experiments for seed in experiment.config.seed_list],
        capacity=first.capacity,
        dtype=first.dtype,
    )


def build_settings(experiments: Sequence[Experiment]) -> Settings:
    """How to train them."""
    first = experiments[0]
    each = [e.config.training for e in experiments for _ in e.config.seed_list]
    training, stop = first.config.training, first.config.training.stop
    return Settings(
        optimizer=merge([t.optimizer for t in each]),
        schedule=training.schedule,
        learning_rate=merge_numbers([t.learning_rate for t in each]),
        epochs=training.epochs,
        batch_size=first.batch_size,
        shuffle=training.shuffle,
        clip_norm=None if training.clip_norm is None else merge_numbers([t.clip_norm or 0.0 for t in each]),
        log_every=training.log_every,
        stop=Stop(stop.solved, stop.tolerance, stop.patience, stop.min_delta, stop.target),
        watch_cycles=_repeats_exactly(first),
    )


def _repeats_exactly(experiment: Experiment) -> bool:
    """Whether each epoch is the same function of the weights, with steps of fixed size: the perceptron rule is."""
    training = experiment.config.training
    in_order = not training.shuffle or experiment.batch_size == len(experiment.splits.train.inputs)
    return (
        in_order
        and isinstance(experiment.config.output.loss, Perceptron)
        and isinstance(training.optimizer, SGD)
        and isinstance(training.schedule, Constant)
        and training.schedule.warmup == 0
        and not experiment.config.architecture
    )
