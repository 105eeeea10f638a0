"""An experiment, complete and frozen: what a config describes, and everything that follows from it, once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, Self

import numpy as np

from nncli.analysis.metric_names import metric_names
from nncli.config.build_layers import PlacedLayer, regularized
from nncli.config.checkpoint_interval import Every
from nncli.config.document import Data
from nncli.config.parts import to_data
from nncli.config.schema import (
    CheckpointConfig,
    ExperimentConfig,
    OutputConfig,
    StartConfig,
    StopConfig,
    TrainingConfig,
    listed,
)
from nncli.nn.activations import Activation
from nncli.nn.activations.linear import Linear
from nncli.nn.initializers import Initializer
from nncli.nn.layers import Block, Layer, Shape
from nncli.nn.layers.dense import Dense
from nncli.nn.losses import Loss
from nncli.nn.optimizers import Optimizer
from nncli.nn.parameters import first_trained_layer, trained_size
from nncli.nn.regularizers import Penalty, Regularizer
from nncli.tasks import SampleForm, Task
from nncli.tasks.splits import Splits
from nncli.training.settings import Settings, steps_per_epoch

EVALUATION_ROWS = 256
"""Rows per pass when measuring, if a batch is smaller: enough to keep matrix products efficient."""


@dataclass(frozen=True, slots=True)
class OutputDesign:
    """The output layer as written, and the loss."""

    activation: Activation
    loss: Loss
    initializer: Initializer
    bias_initializer: Initializer
    regularizer: tuple[Penalty, ...]
    bias: bool


def is_perceptron_rule(loss: Loss, optimizer: Optimizer, hidden: Sequence[Layer | Block]) -> bool:
    """Whether training is the perceptron rule: one layer whose weights move by fixed amounts after a mistake."""
    return loss.counts_mistakes and not optimizer.slots and not hidden


@dataclass(frozen=True, slots=True)
class LayerDefaults:
    """The parts that a hidden layer has unless it sets its own. They are in its layers; they are kept to be written."""

    activation: Activation
    initializer: Initializer
    regularizer: tuple[Regularizer, ...]


@dataclass(frozen=True, slots=True)
class Splitting:
    """How the rows are prepared: the fractions held out, and whether inputs are standardized."""

    validation: float
    test: float
    standardize: bool


@dataclass(frozen=True, slots=True)
class Checkpointing:
    """When checkpoints are written, and how many are kept."""

    every: Every
    keep: int


@dataclass(frozen=True, slots=True)
class StartingPoint:
    """Where the weights come from, if they are not drawn: a run, or a construction.

    Attributes:
        run: the folder of a run, absolute.
        seed: the seed of that run for all; None for its only one, or the same as each.
        sha256: the hash that its weights must have.
        constructed: the tolerance of a construction.
    """

    run: str | None
    seed: int | None
    sha256: str | None
    constructed: float | None

    @property
    def is_given(self) -> bool:
        """Whether the weights are not drawn."""
        return self.run is not None or self.constructed is not None


@dataclass(frozen=True, eq=False)
class Design:
    """An experiment apart from its rows: a network and how to train it. Nothing is left to fill in.

    Attributes:
        name: of the run.
        task: makes the rows.
        form: the form of each row.
        architecture: the hidden layers as written, with every option.
        hidden: the plain layers that they stand for, in order, with their shapes.
        defaults: those of the hidden layers.
        output: the output layer and the loss.
        training: how to train, and when to stop.
        start: where the weights come from, if they are not drawn.
        splitting, checkpoint: how the rows are prepared; when checkpoints are written.
        written_seeds: the seeds as written: their count, a range, or a list.
        dtype: of all arithmetic.
        threads: of BLAS.
    """

    name: str
    task: Task
    form: SampleForm
    architecture: tuple[Layer | Block, ...]
    hidden: tuple[PlacedLayer, ...]
    defaults: LayerDefaults
    output: OutputDesign
    training: Settings
    start: StartingPoint
    splitting: Splitting
    checkpoint: Checkpointing
    written_seeds: int | str | list[int]
    dtype: np.dtype[Any]
    threads: int

    @cached_property
    def written(self) -> dict[str, Data]:
        """The config as plain data, every default written out; reading it again gives the same design."""
        data: dict[str, Data] = to_data(_as_config(self))
        return data

    def renamed(self, name: str) -> Self:
        """The same under another name."""
        return replace(self, name=name)

    def with_seeds(self, seeds: Sequence[int]) -> Self:
        """The same with other seeds."""
        return replace(self, written_seeds=list(seeds))

    @cached_property
    def seeds(self) -> tuple[int, ...]:
        """The seeds, one for each replica."""
        return tuple(listed(self.written_seeds))

    @property
    def input_shape(self) -> Shape:
        """The shape of one sample."""
        return self.form.shape

    @property
    def outputs(self) -> int:
        """The number of outputs for one sample."""
        return self.form.outputs

    @property
    def is_perceptron_rule(self) -> bool:
        """Whether it trains by the perceptron rule."""
        return is_perceptron_rule(self.output.loss, self.training.optimizer, self.architecture)

    @cached_property
    def hidden_layers(self) -> list[Layer | Block]:
        """The hidden layers as written, with the layers that their regularizers add."""
        return regularized(self.architecture)

    @cached_property
    def output_layer(self) -> Dense:
        """The last layer; some losses apply its activation themselves."""
        output = self.output
        return Dense(
            units=self.outputs,
            activation=output.activation if output.loss.link == "linear" else Linear(),
            initializer=output.initializer,
            bias_initializer=output.bias_initializer,
            regularizer=output.regularizer,
            bias=output.bias,
        )

    @cached_property
    def placed_layers(self) -> tuple[PlacedLayer, ...]:
        """All layers of the network one after the other, blocks unfolded, the output layer last."""
        shape = self.hidden[-1].output_shape if self.hidden else self.input_shape
        return (*self.hidden, PlacedLayer(("output",), self.output_layer, shape))

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        """The layers without their paths."""
        return tuple(placed.layer for placed in self.placed_layers)

    @cached_property
    def first_trained_layer(self) -> int:
        """The index of the first layer with trained parameters."""
        return first_trained_layer([placed.parameters for placed in self.placed_layers])

    @cached_property
    def parameter_count(self) -> int:
        """The trained parameters of one replica."""
        return sum(trained_size(placed.parameters) for placed in self.placed_layers)

    @cached_property
    def weight_count(self) -> int:
        """All numbers of one replica in `weights.npz`, trained or not."""
        return sum(spec.size for placed in self.placed_layers for spec in placed.parameters)


@dataclass(frozen=True, eq=False)
class Experiment(Design):
    """A design with its rows, split and perhaps standardized."""

    splits: Splits

    @classmethod
    def of(cls, design: Design, splits: Splits) -> Self:
        """A design with these rows."""
        return cls(**_by_name(design), splits=splits)

    @cached_property
    def batch_size(self) -> int:
        """The number of rows per step."""
        return self.training.rows_per_step(len(self.splits.train.inputs))

    @cached_property
    def steps_per_epoch(self) -> int:
        """The number of batches per epoch."""
        return steps_per_epoch(len(self.splits.train.inputs), self.batch_size)

    @cached_property
    def capacity(self) -> int:
        """The most rows in one pass."""
        largest = max(len(data.inputs) for data in self.splits.named().values())
        return max(self.batch_size, min(largest, EVALUATION_ROWS))

    @cached_property
    def metric_names(self) -> tuple[str, ...]:
        """The metrics of the final weights, in the order of `result.json`."""
        return metric_names(self.form.kind, self.splits.validation is not None, self.splits.test is not None)

    @cached_property
    def recorded_metrics(self) -> tuple[str, ...]:
        """The metrics of each recorded epoch, in the order of `metrics.csv`: none of the test rows."""
        return metric_names(self.form.kind, self.splits.validation is not None, test=False)


def _as_config(design: Design) -> ExperimentConfig:
    """The config that describes a design, with every key; most have the names of the fields that they became."""
    training = {
        **_by_name(design.training),
        **_by_name(design.splitting),
        "batch_size": design.training.batch_size or "all",
        "start": StartConfig.model_construct(**_by_name(design.start)),
        "stop": StopConfig.model_construct(**_by_name(design.training.stop)),
        "checkpoint": CheckpointConfig.model_construct(**_by_name(design.checkpoint)),
    }
    whole = {
        **_by_name(design),
        **_by_name(design.defaults),
        "output": OutputConfig.model_construct(**_by_name(design.output)),
        "training": TrainingConfig.model_construct(**training),
        "seeds": design.written_seeds,
        "dtype": design.dtype.name,
    }
    return ExperimentConfig.model_construct(**whole)


def _by_name(record: Any) -> dict[str, Any]:
    """The fields of a dataclass by name, for a model or a record with the same ones."""
    return {field.name: getattr(record, field.name) for field in fields(record)}
