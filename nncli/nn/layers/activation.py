"""An activation as a layer of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from nncli.nn.activations import Activation, activations, learned_parameters
from nncli.nn.arrays import Array, as_rows
from nncli.nn.layers import Shape, State, layers
from nncli.nn.parameters import ParameterSpec
from nncli.registry import option


@layers.register("activation")
@dataclass(frozen=True, slots=True)
class ActivationLayer:
    """Activation: applies a function to each of its inputs, for example after a `linear` dense layer.

        a = f(a_prev)                da_prev = da * f'(a_prev)

    Shapes: a_prev, a (R, B, n); of a sequence or an image, (R, B, ..., n).
    Source: Rumelhart, Hinton & Williams (1986), for the chain rule through it.
    """

    ranks: ClassVar[tuple[int, ...]] = (1, 2, 3)
    wants_ones: ClassVar[bool] = False
    noisy: ClassVar[bool] = False

    function: Activation = option(help="the activation", part_of=activations)

    def output_shape(self, shape: Shape) -> Shape:
        return shape

    def parameters(self, shape: Shape) -> tuple[ParameterSpec, ...]:
        return learned_parameters(self.function, shape[-1])

    def buffers(self, shape: Shape) -> Mapping[str, Shape]:
        return {"z": shape, "a": shape, "dz": shape}

    def bind(self, s: State) -> None:
        names = [spec.name for spec in learned_parameters(self.function, s.z.shape[-1])]
        s.values = tuple(getattr(s, name) for name in names)
        s.gradients = tuple(getattr(s, "d" + name) for name in names)

    def forward(self, a_prev: Array, s: State, training: bool) -> Array:
        s.z[...] = a_prev  # the input may be shared by all replicas; each has its own z
        self.function.forward(as_rows(s.z), as_rows(s.a), *s.values)
        return s.a  # type: ignore[no-any-return]

    def backward(self, a_prev: Array, s: State, da: Array, da_prev: Array | None) -> None:
        dz = s.dz if da_prev is None else da_prev
        self.function.backward(as_rows(s.z), as_rows(s.a), as_rows(da), as_rows(dz), *s.values, *s.gradients)
