"""Live objects from a complete description: network, rows and settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nncli.config.experiment import Experiment
from nncli.nn.network import Network
from nncli.nn.replicas import merge, merge_numbers
from nncli.training.data import Rows
from nncli.training.settings import Settings


def build_rows(experiment: Experiment, network: Network) -> dict[str, Rows]:
    """The rows of each split, prepared for the network."""
    return {
        name: Rows.of(network, data.kind, data.inputs, data.targets) for name, data in experiment.splits.named().items()
    }


def build_network(experiments: Sequence[Experiment]) -> Network:
    """The network of all replicas of all experiments of a stack."""
    first = experiments[0]
    return Network(
        merge([experiment.layers for experiment in experiments for _ in experiment.seeds]),
        first.output.loss,
        first.input_shape,
        seeds=[seed for experiment in experiments for seed in experiment.seeds],
        capacity=first.capacity,
        dtype=first.dtype,
    )


def build_settings(experiments: Sequence[Experiment]) -> Settings:
    """How to train them: the settings of the first, with the numbers that differ as one per replica."""
    each = [experiment.training for experiment in experiments for _ in experiment.seeds]
    first = each[0]
    return replace(
        first,
        optimizer=merge([own.optimizer for own in each]),
        learning_rate=merge_numbers([float(own.learning_rate) for own in each]),
        clip_norm=None if first.clip_norm is None else merge_numbers([float(own.clip_norm or 0.0) for own in each]),
    )
