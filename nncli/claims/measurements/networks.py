"""Networks at their initial weights, for measurements that look at more than a trained result."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nncli.config.experiment import Experiment
from nncli.config.load import override
from nncli.config.resolve import resolve
from nncli.config.yaml_reader import read_yaml
from nncli.nn.arrays import Array
from nncli.nn.layers import Layer, Shape
from nncli.nn.losses import losses
from nncli.nn.network import Network


def experiment_of_text(text: str, name: str) -> Experiment:
    """The experiment that a YAML text describes."""
    return resolve(override(read_yaml(text, name), []))


def alone(layers: Sequence[Layer], shape: Shape, seeds: Sequence[int], capacity: int) -> Network:
    """A network of some layers and nothing else, in float64; its loss does not matter."""
    loss = losses.get("mean_squared_error")()
    return Network(layers, loss, shape, seeds=seeds, capacity=capacity, dtype=np.float64)


def output(network: Network, inputs: Array, *, training: bool = False) -> Array:
    """The output (R, N, ...) of a network for inputs (N, ...)."""
    x = network.prepare(inputs)
    y = np.zeros((1, len(inputs), *network.shapes[-1]), network.theta.dtype)
    network.begin_epoch(1)
    return network.measure(x, y, training=training).z.copy()
