"""The position of a step in its sequence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from nncli.nn.arrays import Array
from nncli.nn.initializers.fixed_scale import Normal
from nncli.nn.layers import Arrays, Bound, Layer, Scratch, Shape, layers
from nncli.nn.parameters import ParameterSpec
from nncli.nn.program import Program
from nncli.registry import option

LONGEST_WAVE = 10_000
"""The wavelengths of the sinusoids range from 2π steps to almost 10,000 · 2π."""


@layers.register("position", also_called=("positional_encoding", "position_embedding"))
@dataclass(frozen=True, slots=True)
class Position(Layer):
    """Position: adds a vector that encodes the position to each step, as attention ignores order.

        a = a_prev + E               da_prev = da,   dE = Σ da over the batch

        E[t, 2i] = sin(t / 10000^(2i/n))          if sinusoidal
        E[t, 2i + 1] = cos(t / 10000^(2i/n))

    Shapes: a_prev, a (R, B, steps, n); E (steps, n), if learned (R, steps, n), initially N(0, 0.02²), not decayed.
    Source: Vaswani et al. (2017), section 3.5; Gehring et al. (2017) for the learned one.
    """

    ranks: ClassVar[tuple[int, ...]] = (2,)
    affine: ClassVar[bool] = True

    kind: Literal["sinusoidal", "learned"] = option("sinusoidal", "fixed sinusoids, or parameters for each step")

    def output_shape(self, shape: Shape) -> Shape:
        return shape

    def parameters(self, shape: Shape) -> tuple[ParameterSpec, ...]:
        steps, n = shape
        return (ParameterSpec("E", shape, Normal(std=0.02), steps, n),) if self.kind == "learned" else ()

    def buffers(self, shape: Shape) -> Mapping[str, Shape]:
        return {"a": shape}

    def scratch(self, shape: Shape, replicas: int, batch: int, *, back: bool) -> Mapping[str, Scratch]:
        return {"ones": Scratch((1, batch))} if self.kind == "learned" else {"E": Scratch(shape)}

    def bind(self, at: Arrays) -> Bound:
        return BoundPosition(self, at)


class BoundPosition:
    """Positions on their arrays."""

    def __init__(self, layer: Position, at: Arrays) -> None:
        self.a_prev, self.a = at.a_prev, at.buffers["a"]  # (R or 1, B, steps, n), (R, B, steps, n)
        self.learned = layer.kind == "learned"
        if self.learned:
            self.E = at.values["E"][:, None]  # (R, 1, steps, n)
            self.dE = at.gradients["E"].reshape(len(self.a), 1, -1)  # (R, 1, steps n)
            self.ones = at.scratch["ones"]  # (1, B)
            self.ones[...] = 1
        else:
            self.E = at.scratch["E"]  # (steps, n)
            self.E[...] = sinusoids(*self.E.shape)

    def forward(self, on: Program, training: bool) -> Array:
        on.add(self.a_prev, self.E, self.a)
        return self.a

    def backward(self, on: Program, da: Array, da_prev: Array | None) -> None:
        if self.learned:
            on.matmul(self.ones, da.reshape(*da.shape[:2], -1), self.dE)
        if da_prev is not None:
            on.copy(da, da_prev)


def sinusoids(steps: int, n: int) -> Array:
    """The encoding (steps, n) in float64: sines in the even columns, cosines in the odd ones."""
    column = np.arange(n)
    angle = np.arange(steps)[:, None] / LONGEST_WAVE ** (2 * (column // 2) / n)
    return np.where(column % 2 == 0, np.sin(angle), np.cos(angle))
