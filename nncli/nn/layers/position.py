"""The position of a step in its sequence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from nncli.nn.arrays import Array
from nncli.nn.initializers.fixed_scale import Normal
from nncli.nn.layers import Shape, State, layers
from nncli.nn.parameters import ParameterSpec
from nncli.registry import option

LONGEST_WAVE = 10_000
"""The wavelengths of the sinusoids range from 2π steps to almost 10,000 · 2π."""


@layers.register("position", also_called=("positional_encoding", "position_embedding"))
@dataclass(frozen=True, slots=True)
class Position:
    """Position: adds a vector that encodes the position to each step, as attention ignores order.

        a = a_prev + E               da_prev = da,   dE = Σ da over the batch

        E[t, 2i] = sin(t / 10000^(2i/n))          if sinusoidal
        E[t, 2i + 1] = cos(t / 10000^(2i/n))

    Shapes: a_prev, a (R, B, steps, n); E (steps, n), if learned (R, steps, n), initially N(0, 0.02²), not decayed.
    Source: Vaswani et al. (2017), section 3.5; Gehring et al. (2017) for the learned one.
    """

    ranks: ClassVar[tuple[int, ...]] = (2,)
    wants_ones: ClassVar[bool] = False
    noisy: ClassVar[bool] = False

    kind: Literal["sinusoidal", "learned"] = option("sinusoidal", "fixed sinusoids, or parameters for each step")

    def output_shape(self, shape: Shape) -> Shape:
        return shape

    def parameters(self, shape: Shape) -> tuple[ParameterSpec, ...]:
        steps, n = shape
        return (ParameterSpec("E", shape, Normal(std=0.02), steps, n),) if self.kind == "learned" else ()

    def buffers(self, shape: Shape) -> Mapping[str, Shape]:
        return {"a": shape} | ({"ones": ()} if self.kind == "learned" else {})

    def bind(self, s: State) -> None:
        R, B, steps, n = s.a.shape
        if self.kind == "sinusoidal":
            s.encoding = sinusoids(steps, n).astype(s.a.dtype)
        else:
            s.encoding = s.E[:, None]
            s.dE_as_row = s.dE.reshape(R, 1, steps * n)
            s.ones = s.ones.reshape(R, 1, B)
            s.ones[...] = 1

    def forward(self, a_prev: Array, s: State, training: bool) -> Array:
        np.add(a_prev, s.encoding, out=s.a)
        return s.a  # type: ignore[no-any-return]

    def backward(self, a_prev: Array, s: State, da: Array, da_prev: Array | None) -> None:
        if self.kind == "learned":
            np.matmul(s.ones, da.reshape(*da.shape[:2], -1), out=s.dE_as_row)
        if da_prev is not None:
            da_prev[...] = da


def sinusoids(steps: int, n: int) -> Array:
    """The encoding (steps, n) in float64: sines in the even columns, cosines in the odd ones."""
    column = np.arange(n)
    angle = np.arange(steps)[:, None] / LONGEST_WAVE ** (2 * (column // 2) / n)
    return np.where(column % 2 == 0, np.sin(angle), np.cos(angle))
