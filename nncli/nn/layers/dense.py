"""The dense layer: every input feeds every unit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from nncli.nn.activations import Activation, BoundActivation, activations, learned_parameters
from nncli.nn.arrays import Array, as_rows
from nncli.nn.initializers import Initializer, initializers
from nncli.nn.layers import Arrays, Bound, Layer, Shape, layers
from nncli.nn.parameters import ParameterSpec
from nncli.nn.program import Program
from nncli.nn.regularizers import Regularizer, penalties_of, regularizers
from nncli.registry import option


@layers.register("dense", also_called=("fully_connected", "fc", "linear", "lazy_linear"))
@dataclass(frozen=True, slots=True)
class Dense(Layer):
    """Dense: each unit weighs all inputs, adds its bias, and applies the activation.

        z  = a_prev W + b            a = f(z)
        dz = da * f'(z)              da_prev = dz Wᵀ
        dW = a_prevᵀ dz              db = Σ dz

    Shapes: a_prev (R, B, n_in), W (R, n_in, units), b (R, 1, units), z and a (R, B, units); Σ runs over the batch. Of a
    sequence or an image each step or pixel is a row of the batch: a_prev (R, B, ..., n_in), a (R, B, ..., units).
    With a column of ones after a_prev, one product is enough: b follows W in the row, so z = [a_prev 1] [W; b]
    and [dW; db] = [a_prev 1]ᵀ dz. The network's input has the column; other inputs are copied next to one.
    Source: Rumelhart, Hinton & Williams (1986).
    """

    ranks: ClassVar[tuple[int, ...]] = (1, 2, 3)
    by_place: ClassVar[bool] = True
    symmetric: ClassVar[bool] = True
    label: ClassVar[str | None] = ""

    units: int = option(help="number of units", ge=1, le=1_000_000)
    activation: Activation = option(None, "default: the config's `activation`", part_of=activations)
    initializer: Initializer = option(None, "of W; default: the config's `initializer`", part_of=initializers)
    bias_initializer: Initializer = option(None, "of b; default: zeros", part_of=initializers)
    regularizer: tuple[Regularizer, ...] = option(None, "default: the config's `regularizer`", part_of=regularizers)
    bias: bool = option(True, "whether the units have biases")

    @property
    def wants_ones(self) -> bool:
        """Whether there is a bias, which uses a column of ones."""
        return self.bias

    def output_shape(self, shape: Shape) -> Shape:
        return (*shape[:-1], self.units)

    def parameters(self, shape: Shape) -> tuple[ParameterSpec, ...]:
        n_in, n_out = shape[-1], self.units
        penalties = penalties_of(self.regularizer)
        W = ParameterSpec("W", (n_in, n_out), self.initializer, n_in, n_out, decay=True, penalties=penalties)
        b = ParameterSpec("b", (n_out,), self.bias_initializer, n_in, n_out)
        return (W, *([b] if self.bias else []), *learned_parameters(self.activation, n_out))

    def multiply_adds(self, shape: Shape) -> int:
        return math.prod(shape) * self.units

    def buffers(self, shape: Shape) -> Mapping[str, Shape]:
        out = self.output_shape(shape)
        found = {"z": out} if self.activation.linear else {"z": out, "a": out, "dz": out}
        return found | ({"input": (*shape[:-1], shape[-1] + 1)} if self.bias else {})

    def bind(self, at: Arrays) -> Bound:
        return BoundDense(self, at)


class BoundDense:
    """A dense layer on its arrays; every step or pixel is a row of the batch."""

    def __init__(self, layer: Dense, at: Arrays) -> None:
        self.linear = layer.activation.linear
        self.f = BoundActivation.of(layer.activation, layer.units, at.values, at.gradients)
        self.given = at.a_prev  # (R or 1, B, ..., n_in)
        self.copied = layer.bias and not at.has_ones
        self.a_prev = as_rows(at.buffers["input"] if self.copied else at.a_prev)  # (R, B, n_in [+ 1])
        weights = "W_and_b" if layer.bias else "W"
        self.W_and_b, self.dW_and_b = at.values[weights], at.gradients[weights]  # (R, n_in [+ 1], units)
        self.W = at.values["W"]  # (R, n_in, units)
        self.out = at.buffers["z" if self.linear else "a"]  # (R, B, ..., units)
        self.z, self.a = as_rows(at.buffers["z"]), as_rows(self.out)  # (R, B, units)
        self.dz = None if self.linear else as_rows(at.buffers["dz"])
        if self.copied:
            self.a_prev[..., -1] = 1  # at the same places in every view of the buffer

    def forward(self, on: Program, training: bool) -> Array:
        if self.copied:
            on.copy(as_rows(self.given), self.a_prev[..., :-1])
        on.matmul(self.a_prev, self.W_and_b, self.z)
        if not self.linear:  # else a = z: no need to copy
            self.f.forward(on, self.z, self.a)
        return self.out

    def backward(self, on: Program, da: Array, da_prev: Array | None) -> None:
        da = dz = as_rows(da)
        if self.dz is not None:
            dz = self.dz
            self.f.backward(on, self.z, self.a, da, dz)
        on.matmul(self.a_prev.mT, dz, self.dW_and_b)
        if da_prev is not None:
            on.matmul(dz, self.W.mT, as_rows(da_prev))
