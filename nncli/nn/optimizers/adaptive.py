"""Optimizers that divide each parameter's step by the size of its past gradients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from nncli.nn.arrays import Array, PerReplica, cast
from nncli.nn.optimizers import optimizers
from nncli.nn.program import Program
from nncli.registry import option


@optimizers.register("adagrad")
@dataclass(frozen=True, slots=True)
class Adagrad:
    """Adagrad: every parameter has its own learning rate, which shrinks as its squared gradients accumulate.

        v      = v + g²
        theta -= learning_rate · g / (√v + epsilon)

    Shapes: theta, g, v (r, c).
    Source: Duchi, Hazan & Singer (2011).
    """

    slots: ClassVar[tuple[str, ...]] = ("v",)

    epsilon: PerReplica = option(1e-10, "keeps the division finite", gt=0, per_replica=True)

    def rates(self, learning_rate: PerReplica, step: int) -> tuple[PerReplica, ...]:
        return (learning_rate,)

    def update(
        self, on: Program, theta: Array, grad: Array, slots: tuple[Array, ...], work: Array, rates: tuple[Array, ...]
    ) -> None:
        (v,), (learning_rate,) = slots, rates
        on.multiply(grad, grad, work)
        on.add(v, work, v)
        on.sqrt(v, work)
        on.add(work, cast(self.epsilon, theta.dtype), work)
        on.divide(grad, work, work)
        on.multiply(work, learning_rate, work)
        on.subtract(theta, work, theta)


@optimizers.register("rmsprop")
@dataclass(frozen=True, slots=True)
class RMSprop:
    """RMSprop: divides each gradient by a running root mean square of its past.

        v      = rho · v + (1 - rho) · g²
        theta -= learning_rate · g / (√v + epsilon)

    Shapes: theta, g, v (r, c).
    Source: Tieleman & Hinton (2012), lecture 6.5. Like PyTorch's RMSprop, which calls rho alpha.
    """

    slots: ClassVar[tuple[str, ...]] = ("v",)

    rho: PerReplica = option(0.99, "decay of the mean square, per step", ge=0, lt=1, per_replica=True)
    epsilon: PerReplica = option(1e-8, "keeps the division finite", gt=0, per_replica=True)

    def rates(self, learning_rate: PerReplica, step: int) -> tuple[PerReplica, ...]:
        return (learning_rate,)

    def update(
        self, on: Program, theta: Array, grad: Array, slots: tuple[Array, ...], work: Array, rates: tuple[Array, ...]
    ) -> None:
        (v,), (learning_rate,) = slots, rates
        on.multiply(v, cast(self.rho, theta.dtype), v)
        on.multiply(grad, grad, work)
        on.multiply(work, cast(1.0 - self.rho, theta.dtype), work)
        on.add(v, work, v)
        on.sqrt(v, work)
        on.add(work, cast(self.epsilon, theta.dtype), work)
        on.divide(grad, work, work)
        on.multiply(work, learning_rate, work)
        on.subtract(theta, work, theta)
