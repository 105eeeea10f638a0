"""Adam, and Adam with decoupled weight decay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from nncli.nn.arrays import Array, PerReplica, cast, power, square_root
from nncli.nn.optimizers import optimizers
from nncli.nn.program import Program
from nncli.registry import option


@optimizers.register("adam")
@dataclass(frozen=True, slots=True)
class Adam:
    """Adam: steps of about the learning rate in every parameter, whatever the scale of its gradients.

        m      = beta1 · m + (1 - beta1) · g
        v      = beta2 · v + (1 - beta2) · g²
        m̂      = m / (1 - beta1^t)            v̂ = v / (1 - beta2^t)
        theta -= learning_rate · m̂ / (√v̂ + epsilon)

    Computed on the scaled moments M = m / (1 - beta1) and V = v / (1 - beta2), which saves three passes of thirteen:

        M      = beta1 · M + g                m̂ = M (1 - beta1) / (1 - beta1^t)
        V      = beta2 · V + g²               v̂ = c² V
        c      = √((1 - beta2) / (1 - beta2^t))
        alpha  = learning_rate (1 - beta1) / (1 - beta1^t) / c
        theta -= alpha · M / (√V + epsilon / c)

    Shapes: theta, g, M, V (r, c); t is the step, from 1.
    Source: Kingma & Ba (2015), algorithm 1.
    """

    slots: ClassVar[tuple[str, ...]] = ("M", "V")

    beta1: PerReplica = option(0.9, "decay of the mean gradient, per step", ge=0, lt=1, per_replica=True)
    beta2: PerReplica = option(0.999, "decay of the mean squared gradient, per step", ge=0, lt=1, per_replica=True)
    epsilon: PerReplica = option(1e-8, "keeps the division finite", gt=0, per_replica=True)

    def rates(self, learning_rate: PerReplica, step: int) -> tuple[PerReplica, ...]:
        """alpha and epsilon / c."""
        c = square_root((1.0 - self.beta2) / (1.0 - power(self.beta2, step)))
        alpha = learning_rate * (1.0 - self.beta1) / (1.0 - power(self.beta1, step)) / c
        return alpha, self.epsilon / c

    def update(
        self, on: Program, theta: Array, grad: Array, slots: tuple[Array, ...], work: Array, rates: tuple[Array, ...]
    ) -> None:
        (M, V), (alpha, epsilon_over_c), dtype = slots, rates, theta.dtype
        on.multiply(M, cast(self.beta1, dtype), M)
        on.add(M, grad, M)
        on.multiply(V, cast(self.beta2, dtype), V)
        on.multiply(grad, grad, work)
        on.add(V, work, V)
        on.sqrt(V, work)
        on.add(work, epsilon_over_c, work)
        on.divide(M, work, work)
        on.multiply(work, alpha, work)
        on.subtract(theta, work, theta)


@optimizers.register("adamw")
@dataclass(frozen=True, slots=True)
class AdamW(Adam):
    """AdamW: Adam with decoupled weight decay, which Adam does not rescale.

        theta *= 1 - learning_rate · weight_decay      of weights, not of biases
        theta -= learning_rate · m̂ / (√v̂ + epsilon)    as in adam

    An `l2` penalty in adam's gradient would be divided by √v̂ too: weights with large gradients would hardly decay.
    The caller, which knows which parameters decay, applies the first line.

    Shapes: theta (r, c).
    Source: Loshchilov & Hutter (2019), algorithm 2.
    """

    weight_decay: PerReplica = option(0.01, "decay per step and unit of learning rate", ge=0, per_replica=True)
