"""An activation as a layer of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from nncli.nn.activations import Activation, BoundActivation, activations, learned_parameters
from nncli.nn.arrays import Array, as_rows
from nncli.nn.layers import Arrays, Bound, Layer, Shape, layers
from nncli.nn.parameters import ParameterSpec
from nncli.nn.program import Program
from nncli.registry import option


@layers.register("activation")
@dataclass(frozen=True, slots=True)
class ActivationLayer(Layer):
    """Activation: applies a function to each of its inputs, for example after a `linear` dense layer.

        a = f(a_prev)                da_prev = da * f'(a_prev)

    Shapes: a_prev, a (R, B, n); of a sequence or an image, (R, B, ..., n).
    Source: Rumelhart, Hinton & Williams (1986), for the chain rule through it.
    """

    ranks: ClassVar[tuple[int, ...]] = (1, 2, 3)
    by_place: ClassVar[bool] = True
    symmetric: ClassVar[bool] = True
    label: ClassVar[str | None] = ""

    function: Activation = option(help="the activation", part_of=activations)

    @property
    def elementwise(self) -> bool:
        """Whether the activation takes one unit at a time."""
        return not self.function.couples_units

    def output_shape(self, shape: Shape) -> Shape:
        return shape

    def parameters(self, shape: Shape) -> tuple[ParameterSpec, ...]:
        return learned_parameters(self.function, shape[-1])

    def buffers(self, shape: Shape) -> Mapping[str, Shape]:
        return {"z": shape, "a": shape, "dz": shape}

    def bind(self, at: Arrays) -> Bound:
        return BoundActivationLayer(self, at)


class BoundActivationLayer:
    """An activation layer on its arrays: a_prev (R or 1, B, ..., n), z, a and dz (R, B, ..., n)."""

    def __init__(self, layer: ActivationLayer, at: Arrays) -> None:
        self.a_prev, self.z, self.a, self.dz = at.a_prev, at.buffers["z"], at.buffers["a"], at.buffers["dz"]
        self.f = BoundActivation.of(layer.function, self.z.shape[-1], at.values, at.gradients)

    def forward(self, on: Program, training: bool) -> Array:
        on.copy(self.a_prev, self.z)  # the input may be shared by all replicas; each has its own z
        self.f.forward(on, as_rows(self.z), as_rows(self.a))
        return self.a

    def backward(self, on: Program, da: Array, da_prev: Array | None) -> None:
        dz = self.dz if da_prev is None else da_prev
        self.f.backward(on, as_rows(self.z), as_rows(self.a), as_rows(da), as_rows(dz))
