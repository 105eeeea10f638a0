"""A complete config, its data, and everything derived from the two; each fact is computed once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from nncli.analysis.metric_names import metric_names
from nncli.config.build_layers import output_layer, regularized, trace
from nncli.config.schema import ExperimentConfig
from nncli.errors import KeyPath
from nncli.nn.layers import Block, Layer, Shape
from nncli.nn.layers.dense import Dense
from nncli.nn.parameters import ParameterSpec, trained_size
from nncli.tasks.splits import Splits

EVALUATION_ROWS = 256
"""Rows per pass when measuring, if a batch is smaller: enough to keep matrix products efficient."""


@dataclass(frozen=True, slots=True)
class PlacedLayer:
    """A layer in its network.

    Attributes:
        path: its path in the config; a layer added by a block or a regularizer has the path of that part.
        layer: what it does.
        input_shape, output_shape: of one sample.
        parameters: what it declares.
    """

    path: KeyPath
    layer: Layer
    input_shape: Shape
    output_shape: Shape
    parameters: tuple[ParameterSpec, ...]


@dataclass(frozen=True, eq=False)
class Experiment:
    """One experiment: its config with every default filled in, and its data, split and perhaps standardized."""

    config: ExperimentConfig
    splits: Splits

    @cached_property
    def input_shape(self) -> Shape:
        """The shape of one sample."""
        return tuple(self.splits.train.inputs.shape[1:])

    @cached_property
    def outputs(self) -> int:
        """The number of outputs for one sample."""
        return int(self.splits.train.targets.shape[1])

    @cached_property
    def hidden_layers(self) -> list[Layer | Block]:
        """The hidden layers as written, with the layers that their regularizers add."""
        return regularized(self.config.architecture)

    @cached_property
    def output_layer(self) -> Dense:
        """The last layer."""
        return output_layer(self.config.output, self.outputs)

    @cached_property
    def placed_layers(self) -> tuple[PlacedLayer, ...]:
        """All layers of the network one after the other, blocks unfolded, the output layer last."""
        traced = [*trace(self.config.architecture, self.input_shape, ("architecture",))]
        shape = traced[-1][1].output_shape(traced[-1][2]) if traced else self.input_shape
        return tuple(
            PlacedLayer(path, layer, given, layer.output_shape(given), tuple(layer.parameters(given)))
            for path, layer, given in [*traced, (("output",), self.output_layer, shape)]
        )

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        """The layers without their paths."""
        return tuple(placed.layer for placed in self.placed_layers)

    @cached_property
    def parameter_count(self) -> int:
        """The trained parameters of one replica."""
        return sum(trained_size(placed.parameters) for placed in self.placed_layers)

    @cached_property
    def weight_count(self) -> int:
        """All numbers of one replica in `weights.npz`, trained or not."""
        return sum(spec.size for placed in self.placed_layers for spec in placed.parameters)

    @cached_property
    def batch_size(self) -> int:
        """The number of rows per step."""
        given: Any = self.config.training.batch_size
        rows = len(self.splits.train.inputs)
        return rows if given == "all" else min(given, rows)

    @cached_property
    def steps_per_epoch(self) -> int:
        """The number of batches per epoch."""
        return -(-len(self.splits.train.inputs) // self.batch_size)

    @cached_property
    def capacity(self) -> int:
        """The most rows in one pass."""
        largest = max(len(data.inputs) for data in self.splits.named().values())
        return max(self.batch_size, min(largest, EVALUATION_ROWS))

    @cached_property
    def metric_names(self) -> tuple[str, ...]:
        """The metrics of the final weights, in the order of `result.json`."""
        return metric_names(self.splits.train.kind, self.splits.validation is not None, self.splits.test is not None)

    @cached_property
    def recorded_metrics(self) -> tuple[str, ...]:
        """The metrics of each recorded epoch, in the order of `metrics.csv`: none of the test rows."""
        return metric_names(self.splits.train.kind, self.splits.validation is not None, test=False)

    @cached_property
    def dtype(self) -> np.dtype[Any]:
        """Of all arithmetic."""
        return np.dtype(self.config.dtype)
