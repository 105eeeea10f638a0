"""Losses that only require the correct side of a straight line; they include the step from z to 0 or 1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from nncli.nn.arrays import Array
from nncli.nn.losses import losses
from nncli.nn.losses.reduction import mean
from nncli.nn.program import Program


@losses.register("hinge")
@dataclass(frozen=True, slots=True)
class Hinge:
    """Hinge: requires a margin of 1 on the correct side, and no more; includes the step.

        p  = 1 where z >= 0, else 0
        L  = mean of  max(0, 1 - s z),   s = 2 y - 1
        dz = -s / (B n) where s z < 1, else 0;   half of it at s z = 1

    The mean runs over the B samples and n outputs. With an l2 penalty, one unit is a linear support vector machine.

    Shapes: z, p (R, B, n); y (R or 1, B, n), 0 or 1; L (R,).
    Source: Cortes & Vapnik (1995).
    """

    link: ClassVar[str] = "step"
    kinds: ClassVar[tuple[str, ...]] = ("binary",)
    counts_mistakes: ClassVar[bool] = False

    def forward(self, on: Program, z: Array, y: Array, p: Array, work: Array, out: Array) -> None:
        on.heaviside(z, 1, p)
        on.multiply(y, 2, work)
        on.subtract(work, 1, work)
        on.multiply(work, z, work)
        on.subtract(1, work, work)
        on.maximum(work, 0, work)
        mean(on, work, z.shape[1] * z.shape[2], out)

    def backward(self, on: Program, z: Array, y: Array, p: Array, out: Array) -> None:
        # As s is 1 or -1, -s [s z < 1] = 1 - y - H(s - z): no second buffer is needed.
        on.multiply(y, 2, out)
        on.subtract(out, 1, out)
        on.subtract(out, z, out)
        on.heaviside(out, 0.5, out)
        on.add(out, y, out)
        on.subtract(1, out, out)
        on.divide(out, z.shape[1] * z.shape[2], out)

    def upper_bound(self, error: float) -> float:
        return 1.0  # on the correct side, without a margin


@losses.register("perceptron")
@dataclass(frozen=True, slots=True)
class Perceptron:
    """Perceptron: the distance of a wrong answer from the threshold, 0 for a correct one; includes the step.

        p  = 1 where z >= 0, else 0
        L  = (1/B) Σ_b Σ_k (p - y) z
        dz = (p - y) / B

    With `batch_size: 1` and `sgd`, a step is Rosenblatt's rule, w += learning_rate (y - p) x. It stops at the first
    weights that get every row right, and finds such weights whenever there are any.

    Shapes: z, p (R, B, n); y (R or 1, B, n), 0 or 1; L (R,).
    Source: Rosenblatt (1958); Novikoff (1962) for the convergence.
    """

    link: ClassVar[str] = "step"
    kinds: ClassVar[tuple[str, ...]] = ("binary",)
    counts_mistakes: ClassVar[bool] = True

    def forward(self, on: Program, z: Array, y: Array, p: Array, work: Array, out: Array) -> None:
        on.heaviside(z, 1, p)
        on.subtract(p, y, work)
        on.multiply(work, z, work)
        mean(on, work, z.shape[1], out)

    def backward(self, on: Program, z: Array, y: Array, p: Array, out: Array) -> None:
        on.subtract(p, y, out)
        on.divide(out, z.shape[1], out)

    def upper_bound(self, error: float) -> float:
        return 0.0
