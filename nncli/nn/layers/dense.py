"""The dense layer: every input feeds every unit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from nncli.nn.activations import Activation, activations, learned_parameters
from nncli.nn.activations.linear import Linear
from nncli.nn.arrays import Array, as_rows
from nncli.nn.initializers import Initializer, initializers
from nncli.nn.layers import Shape, State, layers
from nncli.nn.parameters import ParameterSpec
from nncli.nn.regularizers import Penalty, regularizers
from nncli.registry import option


@layers.register("dense", also_called=("fully_connected", "fc", "linear", "lazy_linear"))
@dataclass(frozen=True, slots=True)
class Dense:
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
    noisy: ClassVar[bool] = False

    units: int = option(help="number of units", ge=1, le=1_000_000)
    activation: Activation = option(None, "default: the config's `activation`", part_of=activations)
    initializer: Initializer = option(None, "of W; default: the config's `initializer`", part_of=initializers)
    bias_initializer: Initializer = option(None, "of b; default: zeros", part_of=initializers)
    regularizer: tuple[Any, ...] = option(None, "default: the config's `regularizer`", part_of=regularizers)
    bias: bool = option(True, "whether the units have biases")

    @property
    def wants_ones(self) -> bool:
        """Whether there is a bias, which uses a column of ones."""
        return self.bias

    def output_shape(self, shape: Shape) -> Shape:
        return (*shape[:-1], self.units)

    def parameters(self, shape: Shape) -> tuple[ParameterSpec, ...]:
        n_in, n_out = shape[-1], self.units
        penalties = tuple(r for r in self.regularizer if isinstance(r, Penalty))
        W = ParameterSpec("W", (n_in, n_out), self.initializer, n_in, n_out, decay=True, penalties=penalties)
        b = ParameterSpec("b", (n_out,), self.bias_initializer, n_in, n_out)
        return (W, *([b] if self.bias else []), *learned_parameters(self.activation, n_out))

    def multiply_adds(self, shape: Shape) -> int:
        return math.prod(shape) * self.units

    def buffers(self, shape: Shape) -> Mapping[str, Shape]:
        out = self.output_shape(shape)
        found = {"z": out} if isinstance(self.activation, Linear) else {"z": out, "a": out, "dz": out}
        return found | ({"a_prev_and_1": (*shape[:-1], shape[-1] + 1)} if self.bias else {})

    def bind(self, s: State) -> None:
        names = [spec.name for spec in learned_parameters(self.activation, self.units)]
        s.values = tuple(getattr(s, name) for name in names)
        s.gradients = tuple(getattr(s, "d" + name) for name in names)
        s.linear = isinstance(self.activation, Linear)
        s.W_T = s.W.mT
        s.weights, s.d_weights = (s.W_and_b, s.dW_and_b) if self.bias else (s.W, s.dW)
        s.copies = self.bias and not s.input_has_ones
        if s.copies:
            s.a_prev_and_1[..., -1] = 1
            s.a_prev_copy = s.a_prev_and_1[..., :-1]
            s.a_prev_and_1 = as_rows(s.a_prev_and_1)
        s.out = s.z if s.linear else s.a
        s.z = as_rows(s.z)
        if not s.linear:
            s.a, s.dz = as_rows(s.a), as_rows(s.dz)

    def forward(self, a_prev: Array, s: State, training: bool) -> Array:
        if s.copies:
            s.a_prev_copy[...] = a_prev
            a_prev = s.a_prev_and_1
        np.matmul(as_rows(a_prev), s.weights, out=s.z)
        if not s.linear:  # else a = z: no need to copy
            self.activation.forward(s.z, s.a, *s.values)
        return s.out  # type: ignore[no-any-return]

    def backward(self, a_prev: Array, s: State, da: Array, da_prev: Array | None) -> None:
        da = as_rows(da)
        dz = da if s.linear else s.dz
        if not s.linear:
            self.activation.backward(s.z, s.a, da, dz, *s.values, *s.gradients)
        np.matmul((s.a_prev_and_1 if s.copies else as_rows(a_prev)).mT, dz, out=s.d_weights)
        if da_prev is not None:
            np.matmul(dz, s.W_T, out=as_rows(da_prev))
