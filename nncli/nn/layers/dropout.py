"""Dropout as a layer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from nncli.nn.arrays import Array, PerReplica, cast
from nncli.nn.layers import Shape, State, layers
from nncli.nn.parameters import ParameterSpec
from nncli.registry import option


@layers.register("dropout", also_called=("alpha_dropout", "dropout1d", "dropout2d", "spatial_dropout2d"))
@dataclass(frozen=True, slots=True)
class Dropout:
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
    wants_ones: ClassVar[bool] = False
    noisy: ClassVar[bool] = True

    rate: PerReplica = option(help="probability that an input is dropped", ge=0, lt=1, per_replica=True)
    per: Literal["unit", "channel"] = option("unit", "what is dropped together: a single number, or a whole channel")

    def output_shape(self, shape: Shape) -> Shape:
        return shape

    def parameters(self, shape: Shape) -> tuple[ParameterSpec, ...]:
        return ()

    def buffers(self, shape: Shape) -> Mapping[str, Shape]:
        return {"mask": shape if self.per == "unit" else (*[1] * len(shape[:-1]), shape[-1]), "a": shape}

    def bind(self, s: State) -> None:
        pass

    def forward(self, a_prev: Array, s: State, training: bool) -> Array:
        if not training:
            return a_prev
        for generator, mask in zip(s.generators, s.mask, strict=True):
            generator.random(dtype=mask.dtype, out=mask)
        rate = _per_sample(self.rate, s.mask.ndim)
        np.greater_equal(s.mask, cast(rate, s.mask.dtype), out=s.mask)
        np.multiply(s.mask, cast(1 / (1 - rate), s.mask.dtype), out=s.mask)
        np.multiply(a_prev, s.mask, out=s.a)
        return s.a  # type: ignore[no-any-return]

    def backward(self, a_prev: Array, s: State, da: Array, da_prev: Array | None) -> None:
        if da_prev is not None:
            np.multiply(da, s.mask, out=da_prev)


def _per_sample(rate: PerReplica, axes: int) -> Any:
    """The rate shaped to broadcast over (R, B, ..., n) with this number of axes."""
    return rate.reshape(-1, *[1] * (axes - 1)) if isinstance(rate, np.ndarray) else rate
