"""Gradient descent, plain and with momentum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from nncli.nn.arrays import Array, PerReplica, cast
from nncli.nn.optimizers import optimizers
from nncli.nn.program import Program
from nncli.registry import option


@optimizers.register("sgd", also_called=("gradient_descent", "gd"))
@dataclass(frozen=True, slots=True)
class SGD:
    """SGD: a step straight down the gradient of the batch.

        theta -= learning_rate · g

    Shapes: theta, g (r, c).
    Source: Robbins & Monro (1951).
    """

    slots: ClassVar[tuple[str, ...]] = ()

    def rates(self, learning_rate: PerReplica, step: int) -> tuple[PerReplica, ...]:
        return (learning_rate,)

    def update(
        self, on: Program, theta: Array, grad: Array, slots: tuple[Array, ...], work: Array, rates: tuple[Array, ...]
    ) -> None:
        (learning_rate,) = rates
        on.multiply(grad, learning_rate, work)
        on.subtract(theta, work, theta)


@optimizers.register("momentum", also_called=("sgd_with_momentum", "sgd_momentum", "sgdm", "heavy_ball"))
@dataclass(frozen=True, slots=True)
class Momentum:
    """Momentum: a heavy ball that rolls down; gradients that agree add up to steps 1 / (1 - momentum) times as long.

        v      = momentum · v + g
        theta -= learning_rate · v

    Shapes: theta, g, v (r, c).
    Source: Polyak (1964); Sutskever et al. (2013). Like PyTorch's SGD, whose v is not scaled by the learning rate.
    """

    slots: ClassVar[tuple[str, ...]] = ("v",)

    momentum: PerReplica = option(0.9, "fraction of the velocity kept in each step", ge=0, lt=1, per_replica=True)

    def rates(self, learning_rate: PerReplica, step: int) -> tuple[PerReplica, ...]:
        return (learning_rate,)

    def update(
        self, on: Program, theta: Array, grad: Array, slots: tuple[Array, ...], work: Array, rates: tuple[Array, ...]
    ) -> None:
        (v,), (learning_rate,) = slots, rates
        on.multiply(v, cast(self.momentum, theta.dtype), v)
        on.add(v, grad, v)
        on.multiply(v, learning_rate, work)
        on.subtract(theta, work, theta)


@optimizers.register("nesterov", also_called=("nag", "nesterov_momentum", "sgd_nesterov"))
@dataclass(frozen=True, slots=True)
class Nesterov:
    """Nesterov: momentum that looks ahead to where it is going, and so overshoots less.

        v      = momentum · v + g
        theta -= learning_rate · (g + momentum · v)

    Shapes: theta, g, v (r, c).
    Source: Nesterov (1983); Sutskever et al. (2013). Like PyTorch's SGD with nesterov=True.
    """

    slots: ClassVar[tuple[str, ...]] = ("v",)

    momentum: PerReplica = option(0.9, "fraction of the velocity kept in each step", ge=0, lt=1, per_replica=True)

    def rates(self, learning_rate: PerReplica, step: int) -> tuple[PerReplica, ...]:
        return (learning_rate,)

    def update(
        self, on: Program, theta: Array, grad: Array, slots: tuple[Array, ...], work: Array, rates: tuple[Array, ...]
    ) -> None:
        (v,), (learning_rate,) = slots, rates
        momentum = cast(self.momentum, theta.dtype)
        on.multiply(v, momentum, v)
        on.add(v, grad, v)
        on.multiply(v, momentum, work)
        on.add(work, grad, work)
        on.multiply(work, learning_rate, work)
        on.subtract(theta, work, theta)
