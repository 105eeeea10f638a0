"""From a sequence or an image to a vector."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from nncli.nn.arrays import Array
from nncli.nn.layers import Shape, State, layers
from nncli.nn.parameters import ParameterSpec


@layers.register("flatten")
@dataclass(frozen=True, slots=True)
class Flatten:
    """Flatten: concatenates the numbers of a sequence or an image into a vector, row by row, channels last.

        a = a_prev, reshaped         da_prev = da, reshaped back

    Shapes: a_prev (R, B, ..., n), a (R, B, ... · n).
    Source: LeCun et al. (1998), between the convolutions and the dense layers of LeNet-5.
    """

    ranks: ClassVar[tuple[int, ...]] = (3, 2, 1)
    wants_ones: ClassVar[bool] = False
    noisy: ClassVar[bool] = False

    def output_shape(self, shape: Shape) -> Shape:
        return (math.prod(shape),)

    def parameters(self, shape: Shape) -> tuple[ParameterSpec, ...]:
        return ()

    def buffers(self, shape: Shape) -> Mapping[str, Shape]:
        return {}

    def bind(self, s: State) -> None:
        pass

    def forward(self, a_prev: Array, s: State, training: bool) -> Array:
        return a_prev.reshape(*a_prev.shape[:2], -1)

    def backward(self, a_prev: Array, s: State, da: Array, da_prev: Array | None) -> None:
        if da_prev is not None:
            da_prev[...] = da.reshape(da_prev.shape)
