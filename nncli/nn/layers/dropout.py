"""Dropout as a layer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from nncli.nn.arrays import Array, PerReplica, cast
from nncli.nn.layers import Arrays, Bound, Layer, Shape, layers
from nncli.nn.program import Program
from nncli.registry import option


@layers.register("dropout", also_called=("alpha_dropout", "dropout1d", "dropout2d", "spatial_dropout2d"))
@dataclass(frozen=True, slots=True)
class Dropout(Layer):
    """Dropout: while training, zeros each input with probability `rate`, and scales up the others.

        a = a_prev * mask            da_prev = da * mask
        mask = Bernoulli(1 - rate) / (1 - rate)

    Shapes: a_prev, a (R, B, n), or (R, B, ..., n) of a sequence or an image; mask as a_prev, or (R, B, 1, ..., n) if
    whole channels are dropped together: one draw for each channel of a sample.
    The expectation of a is a_prev, so prediction passes its input through unchanged.
    Each replica draws from its own stream, which restarts every epoch.
    Source: Srivastava et al. (2014); Tompson et al. (2015), Efficient object localization, for channels.
    """

    ranks: ClassVar[tuple[int, ...]] = (1, 2, 3)
    by_place: ClassVar[bool] = True
    affine: ClassVar[bool] = True
    noisy: ClassVar[bool] = True

    rate: PerReplica = option(help="probability that an input is dropped", ge=0, lt=1, per_replica=True)
    per: Literal["unit", "channel"] = option("unit", "what is dropped together: a single number, or a whole channel")

    def output_shape(self, shape: Shape) -> Shape:
        return shape

    def buffers(self, shape: Shape) -> Mapping[str, Shape]:
        return {"mask": shape if self.per == "unit" else (*[1] * len(shape[:-1]), shape[-1]), "a": shape}

    def bind(self, at: Arrays) -> Bound:
        return BoundDropout(self, at)


class BoundDropout:
    """Dropout on its arrays: a_prev (R or 1, B, ..., n), a (R, B, ..., n), mask alike or (R, B, 1, ..., n)."""

    def __init__(self, layer: Dropout, at: Arrays) -> None:
        self.rate = _per_sample(layer.rate, at.a_prev.ndim)
        self.generators = at.generators
        self.a_prev, self.mask, self.a = at.a_prev, at.buffers["mask"], at.buffers["a"]

    def forward(self, on: Program, training: bool) -> Array:
        if not training:
            return self.a_prev
        mask, dtype = self.mask, self.mask.dtype
        on.call(self._draw, mask)
        on.greater_equal(mask, cast(self.rate, dtype), mask)
        on.multiply(mask, cast(1 / (1 - self.rate), dtype), mask)
        on.multiply(self.a_prev, mask, self.a)
        return self.a

    def backward(self, on: Program, da: Array, da_prev: Array | None) -> None:
        if da_prev is not None:
            on.multiply(da, self.mask, da_prev)

    def _draw(self, mask: Array) -> None:
        """Fill the mask with uniform numbers, each replica's from its own stream."""
        for generator, own in zip(self.generators(), mask, strict=True):
            generator.random(dtype=own.dtype, out=own)


def _per_sample(rate: PerReplica, axes: int) -> PerReplica:
    """The rate shaped to broadcast over (R, B, ..., n) with this number of axes."""
    return rate.reshape(-1, *[1] * (axes - 1)) if isinstance(rate, np.ndarray) else rate
