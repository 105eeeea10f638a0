"""From a sequence or an image to one vector by averaging."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from nncli.nn.arrays import Array
from nncli.nn.layers import Arrays, Bound, Layer, Scratch, Shape, layers
from nncli.nn.program import Program


@layers.register(
    "global_average_pool",
    also_called=("global_average_pooling", "global_average_pooling2d", "adaptive_avg_pool2d", "gap", "global_pool"),
)
@dataclass(frozen=True, slots=True)
class GlobalAveragePool(Layer):
    """Global average pool: the mean of each channel over the whole image or sequence.

        a = Σ a_prev / places                    da_prev = da / places

    Shapes: a_prev (R, B, height, width, n) or (R, B, steps, n), a (R, B, n); places = height · width, or steps.
    Source: Lin, Chen & Yan (2014), "Network in network".
    """

    ranks: ClassVar[tuple[int, ...]] = (3, 2)
    symmetric: ClassVar[bool] = True
    vectorizes: ClassVar[bool] = True
    affine: ClassVar[bool] = True

    def output_shape(self, shape: Shape) -> Shape:
        return shape[-1:]

    def buffers(self, shape: Shape) -> Mapping[str, Shape]:
        return {"a": shape[-1:]}

    def scratch(self, shape: Shape, replicas: int, batch: int, *, back: bool) -> Mapping[str, Scratch]:
        return {"ones": Scratch((1, math.prod(shape[:-1])))}

    def bind(self, at: Arrays) -> Bound:
        return BoundAverage(at)


@layers.register("mean_over_time", also_called=("average_over_time", "mean_pool", "global_average_pooling1d"))
@dataclass(frozen=True, slots=True)
class MeanOverTime(GlobalAveragePool):
    """Mean over time: the mean of all steps of a sequence, for example between attention and a classifier.

        a = Σ a_prev / steps                     da_prev = da / steps

    Shapes: a_prev (R, B, steps, n), a (R, B, n).
    Source: Lin, Chen & Yan (2014), section 3.2, for averages in place of dense layers.
    """

    ranks: ClassVar[tuple[int, ...]] = (2,)


class BoundAverage:
    """An average on its arrays."""

    def __init__(self, at: Arrays) -> None:
        self.a_prev = at.a_prev.reshape(*at.a_prev.shape[:2], -1, at.a_prev.shape[-1])  # (R or 1, B, places, n)
        self.a = at.buffers["a"]  # (R, B, n)
        self.ones = at.scratch["ones"]  # (1, places)
        self.ones[...] = 1

    def forward(self, on: Program, training: bool) -> Array:
        on.matmul(self.ones, self.a_prev, self.a[:, :, None])
        on.divide(self.a, self.ones.size, self.a)
        return self.a

    def backward(self, on: Program, da: Array, da_prev: Array | None) -> None:
        if da_prev is not None:
            on.divide(da[:, :, None], self.ones.size, da_prev.reshape(*da_prev.shape[:2], -1, da_prev.shape[-1]))
