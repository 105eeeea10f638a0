"""What can be told of rows at once: their scale, the reach of the output, the share of the largest class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nncli.config.experiment import Experiment
from nncli.nn.activations import Activation, activations, learned_parameters
from nncli.nn.program import Program
from nncli.report.numbers import percent, short
from nncli.tasks import TaskData
from nncli.tasks.input_scale import InputScale

Numbers = NDArray[np.float64]

LARGE_SHARE = 0.8
"""A class with at least this share of the rows is large."""


def columns(experiment: Experiment) -> Numbers:
    """The training inputs as columns (rows, n): each step or pixel is a row of its own."""
    x = experiment.splits.train.inputs
    return x.reshape(-1, x.shape[-1])


def input_scale(experiment: Experiment) -> InputScale | None:
    """That of the training inputs; None if they are standardized, or none varies."""
    return None if experiment.splits.std is not None else InputScale.of(experiment.splits.train.inputs)


def scale_text(scale: InputScale) -> str:
    """A scale in words."""
    spread = short(scale.least, 2)
    if short(scale.largest, 2) != spread:
        spread += f" to {short(scale.largest, 2)}"
    return f"the inputs have standard deviations of {spread} and means up to {short(scale.shift, 2)} of them from 0"


@dataclass(frozen=True, slots=True)
class OutOfReach:
    """Targets that the output's activation cannot give.

    Attributes:
        activation: its name.
        low, high: the least and the largest output.
        share: of the targets.
    """

    activation: str
    low: float
    high: float
    share: float

    @classmethod
    def of(cls, experiment: Experiment) -> OutOfReach | None:
        """None if there are none."""
        train = experiment.splits.train
        if train.kind != "regression":
            return None
        low, high = reach(experiment.output.activation)
        margin = 1e-6 * max(1.0, float(np.abs(train.targets).max()))
        share = float(((train.targets < low - margin) | (train.targets > high + margin)).mean())
        return cls(activations.name_of(experiment.output.activation), low, high, share) if share else None

    def __str__(self) -> str:
        ends = (
            f"below {short(self.low)}" if self.high == np.inf else f"outside of {short(self.low)} to {short(self.high)}"
        )
        return f"{percent(self.share)} of the targets are {ends}, where the output's {self.activation} cannot get"


def reach(f: Activation) -> tuple[float, float]:
    """The least and largest value of an activation, on a grid up to ±1000; infinite where it still grows there."""
    if f.couples_units or learned_parameters(f, 1):
        return (0.0, 1.0) if f.couples_units else (-np.inf, np.inf)
    z = np.concatenate([-np.geomspace(1000, 1e-3, 4000), np.geomspace(1e-3, 1000, 4000)])
    rows = z.reshape(1, -1, 1)
    a, on = np.empty_like(rows), Program()
    f.forward(on, rows.copy(), a)
    with np.errstate(all="ignore"):
        on.run()
    values = a.ravel()
    low = -np.inf if values[0] < values[100] and values[0] < -50 else float(values.min())
    high = np.inf if values[-1] > values[-100] and values[-1] > 50 else float(values.max())
    return low, high


def largest_class(experiment: Experiment) -> float:
    """The share of the largest class in the training rows; 0 for a regression."""
    train = experiment.splits.train
    if train.kind == "regression":
        return 0.0
    _, counts = np.unique(train.targets, axis=0, return_counts=True)
    return float(counts.max() / len(train.targets))


def best_score(data: TaskData) -> tuple[float, int]:
    """The best accuracy or R² of any function of the inputs, and the rows whose inputs have several targets."""
    _, group = np.unique(data.inputs.reshape(len(data.inputs), -1), axis=0, return_inverse=True)
    group = group.reshape(-1)
    size = np.bincount(group)
    if len(size) == len(group):
        return 1.0, 0
    if data.kind == "regression":
        return _best_r2(data.targets, group, size)
    _, target = np.unique(data.targets, axis=0, return_inverse=True)
    votes = np.zeros((len(size), int(target.max()) + 1))
    np.add.at(votes, (group, target.reshape(-1)), 1)
    return float(votes.max(axis=1).sum() / len(group)), int(size[(votes > 0).sum(axis=1) > 1].sum())


def _best_r2(y: NDArray[np.float64], group: NDArray[np.intp], size: NDArray[np.intp]) -> tuple[float, int]:
    means = np.stack([np.bincount(group, column) / size for column in y.T], axis=1)
    error, spread = np.square(y - means[group]), np.square(y - y.mean(axis=0)).sum()
    differs = np.bincount(group, error.sum(axis=1)) > np.finfo(float).eps * spread
    return (1 - float(error.sum() / spread) if spread > 0 else 1.0), int(size[differs].sum())
