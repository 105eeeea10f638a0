"""Layers: one small file per family, found by looking into this folder."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import ClassVar, Protocol, TypeAlias

from nncli.nn.arrays import Array
from nncli.nn.parameters import ParameterSpec
from nncli.registry import Registry

Shape: TypeAlias = tuple[int, ...]
"""The shape of one sample, without replica and batch axes."""


class State(SimpleNamespace):
    """What one layer works on at one batch size; all of it views, made once.

    Holds each parameter under its name (`W`: (R, *shape); vectors as (R, 1, n), so that they broadcast over the batch)
    and its gradient under `d` + name; each declared buffer (R, B, *shape) under its name; for noisy layers
    `generators`, one per replica; and whatever `bind` adds.
    """


class Layer(Protocol):
    """A frozen description of a layer, and the mathematics of it. All that changes is in the `State`.

    Attributes:
        ranks: how many axes an input sample may have: 1 for a vector (n), 2 for a sequence (steps, n), 3 for an image
            (height, width, channels); the preferred one first.
        noisy: whether `forward` draws random numbers while training.
        wants_ones: whether it wants a column of ones behind its input; as the first layer it gets one (see `Dense`).
    """

    ranks: ClassVar[tuple[int, ...]]
    noisy: ClassVar[bool]

    @property
    def wants_ones(self) -> bool: ...

    def output_shape(self, shape: Shape) -> Shape:
        """The shape of an output sample for an input sample of `shape`, whose rank is one of `ranks`.

        Raises:
            UserError: if such an input is too small or otherwise does not fit.
        """

    def parameters(self, shape: Shape) -> tuple[ParameterSpec, ...]:
        """The parameters for inputs of `shape`."""

    def buffers(self, shape: Shape) -> Mapping[str, Shape]:
        """The per-sample shapes of the arrays that forward and backward write into."""

    def bind(self, s: State) -> None:
        """Add derived views to a new state, such as a transpose used in every step."""

    def forward(self, a_prev: Array, s: State, training: bool) -> Array:
        """The layer's output for its input (R or 1, B, *shape), written into the state's buffers."""

    def backward(self, a_prev: Array, s: State, da: Array, da_prev: Array | None) -> None:
        """Write the parameters' gradients into the state and, if wanted, the input's into `da_prev`."""


layers: Registry[Layer] = Registry("layer", "layers")
layers.discover(__name__, __path__)
