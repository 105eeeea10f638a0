"""Losses that only require the correct side of a straight line; they include the step from z to 0 or 1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from nncli.nn.arrays import Array
from nncli.nn.losses import losses
from nncli.nn.losses.reduction import mean


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

    def forward(self, z: Array, y: Array, p: Array, work: Array, out: Array) -> None:
        np.heaviside(z, 1.0, out=p)
        np.multiply(y, 2.0, out=work)
        np.subtract(work, 1.0, out=work)
        np.multiply(work, z, out=work)
        np.subtract(1.0, work, out=work)
        np.maximum(work, 0.0, out=work)
        mean(work, z.shape[1] * z.shape[2], out)

    def backward(self, z: Array, y: Array, p: Array, out: Array) -> None:
        # As s is 1 or -1, -s [s z < 1] = 1 - y - H(s - z): no second buffer is needed.
        np.multiply(y, 2.0, out=out)
        np.subtract(out, 1.0, out=out)
        np.subtract(out, z, out=out)
        np.heaviside(out, 0.5, out=out)
        np.add(out, y, out=out)
        np.subtract(1.0, out, out=out)
        np.divide(out, z.shape[1] * z.shape[2], out=out)

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

    def forward(self, z: Array, y: Array, p: Array, work: Array, out: Array) -> None:
        np.heaviside(z, 1.0, out=p)
        np.subtract(p, y, out=work)
        np.multiply(work, z, out=work)
        mean(work, z.shape[1], out)

    def backward(self, z: Array, y: Array, p: Array, out: Array) -> None:
        np.subtract(p, y, out=out)
        np.divide(out, z.shape[1], out=out)

    def upper_bound(self, error: float) -> float:
        return 0.0
