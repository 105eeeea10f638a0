"""S-shaped squashing functions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nncli.nn.activations import Activation, activations
from nncli.nn.arrays import Array
from nncli.nn.program import Program

# ln(tiny): below it the sigmoid itself is subnormal, and exp(-z) is about to overflow.
LOWEST = {np.dtype(t): np.array(np.log(np.array(np.finfo(t).tiny, t))) for t in (np.float32, np.float64)}


@activations.register("sigmoid", also_called=("logistic", "expit"))
@dataclass(frozen=True, slots=True)
class Sigmoid(Activation):
    """Sigmoid: squashes to (0, 1), a probability where z is the log-odds.

        a  = 1 / (1 + exp(-z))
        dz = da * a (1 - a)

    z is clipped below at ln(tiny), -87.3 or -708.4.

    Shapes: z, a, da, dz (..., B, n); writes only into `out`.
    Source: Verhulst (1845); Rumelhart, Hinton & Williams (1986) for networks.
    """

    def forward(self, on: Program, z: Array, out: Array, *_: Array) -> None:
        on.maximum(z, LOWEST[z.dtype], out)
        on.negative(out, out)
        on.exp(out, out)
        on.add(out, 1, out)
        on.reciprocal(out, out)

    def backward(self, on: Program, _z: Array, a: Array, da: Array, out: Array, *_: Array) -> None:
        on.subtract(1, a, out)
        on.multiply(out, a, out)
        on.multiply(out, da, out)


@activations.register("tanh", also_called=("hyperbolic_tangent",))
@dataclass(frozen=True, slots=True)
class Tanh(Activation):
    """Tanh: squashes to (-1, 1), with slope 1 at the origin.

        a  = (exp(z) - exp(-z)) / (exp(z) + exp(-z))
        dz = da * (1 - a^2)

    Shapes: z, a, da, dz (..., B, n); writes only into `out`.
    Source: LeCun, Bottou, Orr & Müller (1998), section 4.4, on why odd functions train faster.
    """

    def forward(self, on: Program, z: Array, out: Array, *_: Array) -> None:
        on.tanh(z, out)

    def backward(self, on: Program, _z: Array, a: Array, da: Array, out: Array, *_: Array) -> None:
        on.multiply(a, a, out)
        on.subtract(1, out, out)
        on.multiply(out, da, out)
