"""The threshold of the first artificial neurons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from nncli.nn.activations import Activation, activations
from nncli.nn.arrays import Array
from nncli.nn.program import Program


@activations.register("step", also_called=("heaviside", "threshold", "sign", "hard_limit"))
@dataclass(frozen=True, slots=True)
class Step(Activation):
    """Step: fires or not; no gradient passes through it, so only the perceptron rule trains it.

        a  = 1 where z >= 0, else 0
        dz = 0

    Shapes: z, a, da, dz (..., B, n); writes only into `out`.
    Source: McCulloch & Pitts (1943); Rosenblatt (1958).
    """

    flat: ClassVar[bool] = True

    def forward(self, on: Program, z: Array, out: Array, *_: Array) -> None:
        on.heaviside(z, 1, out)

    def backward(self, on: Program, _z: Array, _a: Array, _da: Array, out: Array, *_: Array) -> None:
        on.fill(0, out)
