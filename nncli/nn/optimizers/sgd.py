"""Gradient descent, plain and with momentum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from nncli.nn.arrays import Array, PerReplica, cast
from nncli.nn.optimizers import optimizers
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

    def update(
        self, theta: Array, grad: Array, slots: tuple[Array, ...], work: Array, learning_rate: PerReplica, step: int
    ) -> None:
        np.multiply(grad, cast(learning_rate, theta.dtype), out=work)
        np.subtract(theta, work, out=theta)


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

    def update(
        self, theta: Array, grad: Array, slots: tuple[Array, ...], work: Array, learning_rate: PerReplica, step: int
    ) -> None:
        (v,) = slots
        np.multiply(v, cast(self.momentum, theta.dtype), out=v)
        np.add(v, grad, out=v)
        np.multiply(v, cast(learning_rate, theta.dtype), out=work)
        np.subtract(theta, work, out=theta)


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

    def update(
        self, theta: Array, grad: Array, slots: tuple[Array, ...], work: Array, learning_rate: PerReplica, step: int
    ) -> None:
        (v,) = slots
        momentum = cast(self.momentum, theta.dtype)
        np.multiply(v, momentum, out=v)
        np.add(v, grad, out=v)
        np.multiply(v, momentum, out=work)
        np.add(work, grad, out=work)
        np.multiply(work, cast(learning_rate, theta.dtype), out=work)
        np.subtract(theta, work, out=theta)
