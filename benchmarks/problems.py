"""What the benchmarks train, and nncli's way to train it."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.config.load import load_document
from nncli.config.resolve import resolve
from nncli.errors import UserError
from nncli.nn.activations import activations
from nncli.nn.initializers import initializers
from nncli.nn.layers import Layer, layers
from nncli.nn.layers.dense import Dense
from nncli.nn.losses import losses
from nncli.nn.network import Network
from nncli.nn.optimizers.adam import Adam
from nncli.nn.schedules.constant import ConstantSchedule
from nncli.training.data import Rows
from nncli.training.flow import LayerFlow
from nncli.training.listener import Recorder
from nncli.training.loop import train
from nncli.training.metrics import Metrics
from nncli.training.settings import Settings, Stop
from nncli.training.snapshot import Snapshot

CONFIGS = Path(__file__).parents[1] / "configs"

STATE_UNITS = 64
"""Of a recurrent layer."""

HEADS = 4
"""Of attention."""

LEARNING_RATE = 1e-6
"""So small that no network solves its task while it is timed: nncli looks for that after every batch until it has."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is trained: a chain of dense layers, or of others in a class of its own.

    Attributes:
        units: from the inputs to the outputs. Two inputs: XOR. More: random rows and classes.
        activation: of the hidden layers.
        rows: N, what an epoch goes through.
        batch_size: B; a batch of all rows is not shuffled.
        seeds: R, how many networks are trained.
    """

    units: tuple[int, ...]
    activation: str
    rows: int
    batch_size: int
    seeds: int = 1

    @property
    def binary(self) -> bool:
        """Whether the target is one yes or no, rather than a class."""
        return self.units[-1] == 1

    @property
    def steps_per_epoch(self) -> int:
        """Batches in an epoch, the last of which may be short."""
        return -(-self.rows // self.batch_size)

    def data(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """Inputs (N, ...), float32, and labels (N,)."""
        if self.units[0] == 2:
            return np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32), np.array([0, 1, 1, 0])
        rng = np.random.default_rng(0)
        return rng.standard_normal((self.rows, self.units[0]), np.float32), rng.integers(self.units[-1], size=self.rows)

    def hidden_layers(self) -> list[Layer]:
        """All layers but the last, which is dense."""
        return [
            Dense(units=units, activation=activations.get(self.activation)(), **neighbours())
            for units in self.units[1:-1]
        ]


@dataclass(frozen=True, slots=True)
class OfConfig(Problem):
    """The hidden layers, training rows and batch size of a config, followed by a dense layer of classes.

    Attributes:
        experiment: what the config describes.
    """

    experiment: Any = None

    @classmethod
    def read(cls, name: str, seeds: int = 1) -> OfConfig:
        """Of `configs/<name>.yaml`. Raises `ImportError` if its data need a library that is missing."""
        try:
            experiment = resolve(load_document(CONFIGS / f"{name}.yaml"))
        except UserError as error:
            raise ImportError(str(error)) from error
        X, Y = experiment.splits.train.inputs, experiment.splits.train.targets
        units = (X[0].size, Y.shape[1])
        return cls(units, "", len(X), experiment.batch_size, seeds, experiment)

    def data(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """The training rows (N, ...), float32, and labels (N,)."""
        train = self.experiment.splits.train
        return train.inputs.astype(np.float32), train.targets.argmax(axis=1)

    def hidden_layers(self) -> list[Layer]:
        """Those of the config, with its dropout."""
        return list(self.experiment.layers[:-1])


@dataclass(frozen=True, slots=True)
class Images(Problem):
    """A small network, conv 8 - pool - conv 16 - pool - dense 10, on random square images.

    Attributes:
        pixels: along each side.
    """

    pixels: int = 8

    @classmethod
    def of(cls, pixels: int, seeds: int = 1) -> Images:
        """For images of a size, in batches of 64."""
        return cls((pixels**2, (pixels // 4) ** 2 * 16, 10), "relu", 1024, 64, seeds, pixels)

    def data(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """Images (N, pixels, pixels, 1), float32, and labels (N,)."""
        return _random_images((self.rows, self.pixels, self.pixels, 1), self.units[-1])

    def hidden_layers(self) -> list[Layer]:
        """The convolutions, their pools, and what makes a vector of them."""
        pool: Any = layers.get("max_pool")
        flatten: Any = layers.get("flatten")
        return [_conv(8), pool(2), _conv(16), pool(2), flatten()]


@dataclass(frozen=True, slots=True)
class WideImages(Problem):
    """Convolutions of many channels on 32 x 32 random images, a mean over the pixels and a dense layer.

    `units` are the channels of the images, the filters of the convolutions, and the classes.
    """

    @classmethod
    def of(cls, seeds: int = 1) -> WideImages:
        """From 3 channels to 32 and 64, in batches of 32."""
        return cls((3, 32, 64, 10), "relu", 64, 32, seeds)

    def data(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """Images (N, 32, 32, channels), float32, and labels (N,)."""
        return _random_images((self.rows, 32, 32, self.units[0]), self.units[-1])

    def hidden_layers(self) -> list[Layer]:
        """The convolutions and the mean."""
        mean: Any = layers.get("global_average_pool")
        return [*map(_conv, self.units[1:-1]), mean()]


@dataclass(frozen=True, slots=True)
class Sequences(Problem):
    """Digits row by row, for a recurrent layer whose last state is classified, or for attention.

    Attributes:
        kind: rnn, gru, lstm or attention.
    """

    kind: str = "lstm"

    @classmethod
    def of(cls, kind: str, seeds: int = 1) -> Sequences:
        """8 steps of 8 numbers, 64 units, batches of 64."""
        return cls((8, STATE_UNITS, 10), "tanh", 1797, 64, seeds, kind)

    def data(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """The 8 x 8 digits of scikit-learn, or noise of that shape if it is missing: (N, 8, 8), labels (N,)."""
        try:
            digits = importlib.import_module("sklearn.datasets").load_digits()
        except ImportError:
            return _random_images((self.rows, 8, 8), self.units[-1])
        return (digits.images / 16).astype(np.float32), digits.target

    def hidden_layers(self) -> list[Layer]:
        """The recurrent layer; or attention of embedded steps and its mean over them."""
        layer: Any = layers.get(self.kind)
        if self.kind != "attention":
            return [layer(units=STATE_UNITS, **neighbours())]
        embedding = Dense(units=STATE_UNITS, activation=activations.get("linear")(), **neighbours())
        mean: Any = layers.get("mean_over_time")
        return [embedding, layer(heads=HEADS, **neighbours()), mean()]


class SilentRecorder:
    """A recorder that records nothing."""

    def record(self, replicas: list[int], epoch: int, step: int, metrics: Metrics) -> None:
        """Nothing."""

    def record_flow(self, epoch: int, flows: Mapping[int, Sequence[LayerFlow]]) -> None:
        """Nothing."""

    def tick(self, epoch: int, step: int, loss: NDArray[Any], take: Callable[[], Snapshot]) -> bool:
        """Continue."""
        return False


def train_in_nncli(problem: Problem, epochs: int, recorder: Recorder) -> None:
    """Build a fresh network, and let nncli's own loop train it; metrics are measured at the two ends only."""
    X, labels = problem.data()
    targets = labels[:, None] if problem.binary else np.eye(problem.units[-1], dtype=np.float32)[labels]
    output = Dense(units=problem.units[-1], activation=activations.get("linear")(), **neighbours())
    network = Network(
        [*problem.hidden_layers(), output],  # the loss includes the sigmoid or the softmax
        losses.get("binary_cross_entropy" if problem.binary else "softmax_cross_entropy")(),
        X.shape[1:],
        seeds=range(problem.seeds),
        capacity=problem.batch_size,
        dtype=np.float32,
    )
    settings = Settings(
        optimizer=Adam(),
        schedule=ConstantSchedule(),
        learning_rate=LEARNING_RATE,
        epochs=epochs,
        batch_size=problem.batch_size,
        log_every=epochs,
        stop=Stop(solved=False),
    )
    rows = Rows.of(network, "binary" if problem.binary else "classes", X, targets)
    train(network, {"train": rows}, settings, recorder)


def neighbours() -> dict[str, Any]:
    """What a layer is made with beside its own options."""
    return {
        "initializer": initializers.get("xavier_uniform")(),
        "bias_initializer": initializers.get("zeros")(),
        "regularizer": (),
    }


def epochs_for(problem: Problem, steps: int) -> int:
    """The fewest whole epochs with at least this many steps."""
    return -(-steps // problem.steps_per_epoch)


def _random_images(shape: tuple[int, ...], classes: int) -> tuple[NDArray[Any], NDArray[Any]]:
    rng = np.random.default_rng(0)
    return rng.standard_normal(shape, np.float32), rng.integers(classes, size=shape[0])


def _conv(filters: int) -> Layer:
    """A convolution of 3 x 3 with padding `same`, and ReLU."""
    make: Any = layers.get("conv")
    layer: Layer = make(filters, activation=activations.get("relu")(), **neighbours())
    return layer
