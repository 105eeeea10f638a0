"""Optimizers: rules that turn gradients into steps."""

from __future__ import annotations

from typing import ClassVar, Protocol

from nncli.nn.arrays import Array, PerReplica
from nncli.nn.program import Program
from nncli.registry import Registry


class Optimizer(Protocol):
    """One update of a block of parameters, in place.

    An optimizer sees flat contiguous blocks (r, c) of r replicas and c parameters, never layers. Its hyperparameters
    are numbers, or float64 arrays (r, 1) with one value per replica.

    Attributes:
        slots: the names of the arrays kept between steps, each shaped like theta and initially zero.

    An optimizer may have an option `weight_decay`; the engine, which knows which parameters decay, then shrinks those
    by the factor 1 - learning_rate · weight_decay before each update.
    """

    slots: ClassVar[tuple[str, ...]]

    def rates(self, learning_rate: PerReplica, step: int) -> tuple[PerReplica, ...]:
        """The numbers of this step, which `update` takes in the same order; `step` counts from 1."""

    def update(
        self, on: Program, theta: Array, grad: Array, slots: tuple[Array, ...], work: Array, rates: tuple[Array, ...]
    ) -> None:
        """Write the update of `theta` and `slots` onto a program; `work` is scratch of the same shape."""


optimizers: Registry[Optimizer] = Registry(
    "optimizer",
    "optimizers",
    elsewhere="nadam radam adamax adadelta adafactor sparse_adam lamb lion lbfgs ftrl rprop asgd newton "
    "rmsprop_tf muon",
)
optimizers.discover(__name__, __path__)
