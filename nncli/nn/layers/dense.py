"""The dense layer: every input feeds every unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from nncli.nn.activations import Activation, activations, learned_parameters
from nncli.nn.arrays import Array
from nncli.nn.initializers import Initializer, initializers
from nncli.nn.layers import Shape, State, layers
from nncli.nn.parameters import ParameterSpec
from nncli.nn.regularizers import Penalty, regularizers
from nncli.registry import option


@layers.register("dense")
@dataclass(frozen=True, slots=True)
class Dense:
    """Dense: each unit weighs all inputs, adds its bias, and applies the activation.

        z  = a_prev W + b            a  = f(z)
        dz = da * f'(z)              dW = a_prevᵀ dz,   db = Σ dz,   da_prev = dz Wᵀ

    Shapes: a_prev (R, B, n_in), W (R, n_in, units), b (R, 1, units), z and a (R, B, units); Σ runs over the batch.
    Where a_prev ends in a column of ones, as the network's input does, one product does it: b lies right behind W in
    the row, so z = [a_prev 1] [W; b] and [dW; db] = [a_prev 1]ᵀ dz.
    Source: Rumelhart, Hinton & Williams (1986).
    """

    noisy: ClassVar[bool] = False

    units: int = option(help="number of units", ge=1, le=1_000_000)
    activation: Activation = option(None, "default: the config's `activation`", part_of=activations)
    initializer: Initializer = option(None, "of W; default: the config's `initializer`", part_of=initializers)
    bias_initializer: Initializer = option(None, "of b; default: zeros", part_of=initializers)
    regularizer: tuple[Any, ...] = option(None, "default: the config's `regularizer`", part_of=regularizers)
    bias: bool = option(True, "whether the units have biases")

    @property
    def wants_ones(self) -> bool:
        """Whether there is a bias that a column of ones could carry."""
        return self.bias

    def output_shape(self, shape: Shape) -> Shape:
        return (*shape[:-1], self.units)

    def parameters(self, shape: Shape) -> tuple[ParameterSpec, ...]:
        n_in, n_out = shape[-1], self.units
        penalties = tuple(r for r in self.regularizer if isinstance(r, Penalty))
        W = ParameterSpec("W", (n_in, n_out), self.initializer, n_in, n_out, decay=True, penalties=penalties)
        b = ParameterSpec("b", (n_out,), self.bias_initializer, n_in, n_out)
        return (W, *([b] if self.bias else []), *learned_parameters(self.activation, n_out))

    def buffers(self, shape: Shape) -> Mapping[str, Shape]:
        out = self.output_shape(shape)
        return {"z": out, "a": out, "dz": out}

    def bind(self, s: State) -> None:
        names = [spec.name for spec in learned_parameters(self.activation, self.units)]
        s.values = tuple(getattr(s, name) for name in names)
        s.gradients = tuple(getattr(s, "d" + name) for name in names)
        s.W_T = s.W.mT
        s.add_b = self.bias and not s.input_has_ones
        if s.add_b:
            s.ones = np.ones((1, 1, s.z.shape[1]), s.z.dtype)
        elif self.bias:
            s.W, s.dW = s.W_and_b, s.dW_and_b

    def forward(self, a_prev: Array, s: State, training: bool) -> Array:
        np.matmul(a_prev, s.W, out=s.z)
        if s.add_b:
            np.add(s.z, s.b, out=s.z)
        self.activation.forward(s.z, s.a, *s.values)
        return s.a  # type: ignore[no-any-return]

    def backward(self, a_prev: Array, s: State, da: Array, da_prev: Array | None) -> None:
        self.activation.backward(s.z, s.a, da, s.dz, *s.values, *s.gradients)
        np.matmul(a_prev.mT, s.dz, out=s.dW)
        if s.add_b:
            np.matmul(s.ones, s.dz, out=s.db)  # a sum over the batch, 2.5 times faster than add.reduce
        if da_prev is not None:
            np.matmul(s.dz, s.W_T, out=da_prev)
