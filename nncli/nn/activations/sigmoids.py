"""S-shaped squashing functions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nncli.nn.activations import activations
from nncli.nn.arrays import ONE, Array

# ln(tiny): below it the sigmoid itself is subnormal, and exp(-z) is about to overflow.
LOWEST = {np.dtype(t): np.log(np.array(np.finfo(t).tiny, t)) for t in (np.float32, np.float64)}


@activations.register("sigmoid", also_called=("logistic", "expit"))
@dataclass(frozen=True, slots=True)
class Sigmoid:
    """Sigmoid: squashes to (0, 1), a probability where z is the log-odds.

        a  = 1 / (1 + exp(-z))
        dz = da * a (1 - a)

    z is clipped below at ln(tiny), -87.3 or -708.4.

    Shapes: z, a, da, dz (..., B, n); writes only into `out`.
    Source: Verhulst (1845); Rumelhart, Hinton & Williams (1986) for networks.
    """

    def forward(self, z: Array, out: Array, *_: Array) -> None:
        np.maximum(z, LOWEST[z.dtype], out=out)
        np.negative(out, out=out)
        np.exp(out, out=out)
        out += ONE[z.dtype]
        np.reciprocal(out, out=out)

    def backward(self, _z: Array, a: Array, da: Array, out: Array, *_: Array) -> None:
        np.subtract(ONE[a.dtype], a, out=out)
        out *= a
        out *= da


@activations.register("tanh", also_called=("hyperbolic_tangent",))
@dataclass(frozen=True, slots=True)
class Tanh:
    """Tanh: squashes to (-1, 1), with slope 1 at the origin.

        a  = (exp(z) - exp(-z)) / (exp(z) + exp(-z))
        dz = da * (1 - a^2)

    Shapes: z, a, da, dz (..., B, n); writes only into `out`.
    Source: LeCun, Bottou, Orr & Müller (1998), section 4.4, on why odd functions train faster.
    """

    def forward(self, z: Array, out: Array, *_: Array) -> None:
        np.tanh(z, out=out)

    def backward(self, _z: Array, a: Array, da: Array, out: Array, *_: Array) -> None:
        np.multiply(a, a, out=out)
        np.subtract(ONE[a.dtype], out, out=out)
        out *= da
