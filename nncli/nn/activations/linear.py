"""No activation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from nncli.nn.activations import Activation, activations
from nncli.nn.arrays import Array
from nncli.nn.program import Program


@activations.register("linear", also_called=("identity", "none"))
@dataclass(frozen=True, slots=True)
class Linear(Activation):
    """Linear: passes its input on, as an output unit of a regression does.

        a  = z
        dz = da

    Shapes: z, a, da, dz (..., B, n); writes only into `out`.
    Source: Widrow & Hoff (1960), the adaptive linear element.
    """

    linear: ClassVar[bool] = True

    def forward(self, on: Program, z: Array, out: Array, *_: Array) -> None:
        on.copy(z, out)

    def backward(self, on: Program, _z: Array, _a: Array, da: Array, out: Array, *_: Array) -> None:
        on.copy(da, out)
