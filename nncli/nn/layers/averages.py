"""From a sequence to one vector by averaging."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from nncli.nn.arrays import Array, cast
from nncli.nn.layers import Shape, State, layers
from nncli.nn.parameters import ParameterSpec


@layers.register("mean_over_time", also_called=("average_over_time", "mean_pool", "global_average_pooling1d"))
@dataclass(frozen=True, slots=True)
class MeanOverTime:
    """Mean over time: the average of all steps, for example between attention and a classifier.

        a       = (1/steps) Σ a_prev over the steps
        da_prev = da / steps, the same for each step

    Shapes: a_prev (R, B, steps, n), a (R, B, n).
    Source: Lin, Chen & Yan (2014), section 3.2, for averages in place of dense layers.
    """

    ranks: ClassVar[tuple[int, ...]] = (2,)
    wants_ones: ClassVar[bool] = False
    noisy: ClassVar[bool] = False

    def output_shape(self, shape: Shape) -> Shape:
        return shape[1:]

    def parameters(self, shape: Shape) -> tuple[ParameterSpec, ...]:
        return ()

    def buffers(self, shape: Shape) -> Mapping[str, Shape]:
        return {"a": shape[1:], "ones": (1, shape[0])}

    def bind(self, s: State) -> None:
        s.ones[...] = 1
        s.share = cast(1 / s.ones.shape[-1], s.a.dtype)
        s.a_as_row = s.a[:, :, None, :]

    def forward(self, a_prev: Array, s: State, training: bool) -> Array:
        np.matmul(s.ones, a_prev, out=s.a_as_row)
        np.multiply(s.a, s.share, out=s.a)
        return s.a  # type: ignore[no-any-return]

    def backward(self, a_prev: Array, s: State, da: Array, da_prev: Array | None) -> None:
        if da_prev is not None:
            np.multiply(da[:, :, None, :], s.share, out=da_prev)
