"""From a sequence or an image to a vector."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from nncli.nn.arrays import Array
from nncli.nn.layers import Arrays, Bound, Layer, Shape, layers
from nncli.nn.program import Program


@layers.register("flatten")
@dataclass(frozen=True, slots=True)
class Flatten(Layer):
    """Flatten: concatenates the numbers of a sequence or an image into a vector, row by row, channels last.

        a = a_prev, reshaped         da_prev = da, reshaped back

    Shapes: a_prev (R, B, ..., n), a (R, B, ... · n).
    Source: LeCun et al. (1998), between the convolutions and the dense layers of LeNet-5.
    """

    ranks: ClassVar[tuple[int, ...]] = (3, 2, 1)
    symmetric: ClassVar[bool] = True
    affine: ClassVar[bool] = True
    vectorizes: ClassVar[bool] = True

    def output_shape(self, shape: Shape) -> Shape:
        return (math.prod(shape),)

    def bind(self, at: Arrays) -> Bound:
        return BoundFlatten(at.a_prev)


class BoundFlatten:
    """Flatten on its input: the output is a view."""

    def __init__(self, a_prev: Array) -> None:
        self.a_prev = a_prev  # (R or 1, B, ..., n)

    def forward(self, on: Program, training: bool) -> Array:
        return self.a_prev.reshape(*self.a_prev.shape[:2], -1)

    def backward(self, on: Program, da: Array, da_prev: Array | None) -> None:
        if da_prev is not None:
            on.copy(da.reshape(da_prev.shape), da_prev)
