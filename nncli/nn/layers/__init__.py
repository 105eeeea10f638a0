"""Layers: one small file per family, discovered in this folder."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import SimpleNamespace
from typing import Any, ClassVar, Protocol, TypeAlias, TypeVar, runtime_checkable

from numpy.typing import NDArray

from nncli.nn.arrays import Array
from nncli.nn.parameters import ParameterSpec
from nncli.registry import Registry

T = TypeVar("T")

Shape: TypeAlias = tuple[int, ...]
"""The shape of one sample, without replica and batch axes."""


class State(SimpleNamespace):
    """What one layer works on at one batch size, for all replicas or a group of them: views, made once.

    Holds each parameter under its name (`W`: (R, *shape); vectors as (R, 1, n), so that they broadcast over the batch)
    and its gradient under `d` + name; for an untrained one, the array for its next value under `next_` + name;
    each declared buffer (R, B, *shape) under its name; for noisy layers `generators`, one per replica; and whatever
    `bind` adds. `wants_da_prev` says whether anything before the layer is trained; the `Join` of a block finds the
    state of its `Fork` under `fork`.
    """

    def once(self, name: str, make: Callable[[], T]) -> T:
        """Scratch allocated for the first group of replicas, which is the largest, and shared by the others."""
        shared: dict[str, T] = vars(self).setdefault("shared", {})
        if name not in shared:
            shared[name] = make()
        return shared[name]


class Layer(Protocol):
    """A frozen description of a layer, and its mathematics. Everything that changes is in the `State`.

    Only the state and `da_prev` are written, never `a_prev` or `da`, which others read too.

    Attributes:
        ranks: how many axes an input sample may have: 1 for a vector (n), 2 for a sequence (steps, n), 3 for an image
            (height, width, channels); the preferred one first.
        noisy: whether `forward` draws random numbers while training.
        wants_ones: whether it wants a column of ones after its input; as the first layer it gets one (see `Dense`).
    """

    ranks: ClassVar[tuple[int, ...]]
    noisy: ClassVar[bool]

    @property
    def wants_ones(self) -> bool: ...

    def output_shape(self, shape: Shape) -> Shape:
        """The shape of an output sample for an input sample of `shape`, whose rank is one of `ranks`.

        Raises:
            UserError: if an input of this shape is too small or otherwise does not fit.
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


@runtime_checkable
class OverBatch(Protocol):
    """A layer whose output in training depends on the other rows of the batch; prediction uses running statistics."""

    def least_rows(self, shape: Shape) -> int:
        """The fewest rows of a training batch with inputs of `shape`."""


@runtime_checkable
class Multiplies(Protocol):
    """A layer with matrix products, which dominate the cost of a forward pass."""

    def multiply_adds(self, shape: Shape) -> int:
        """The number of multiply-adds in the products of a forward pass of one sample of `shape`.

        Zeros of padding, of a causal mask or of the initial state count like other numbers. Operations on
        single numbers (biases, activations, gates) do not count.
        """


@runtime_checkable
class ReadsData(Protocol):
    """A layer that takes only certain numbers, such as tokens, and must therefore come first.

    Attributes:
        reads: its inputs, in words.
    """

    reads: ClassVar[str]

    def check(self, inputs: NDArray[Any], before: int = 0) -> None:
        """Refuse inputs (N, *shape) that it does not take, with a `UserError`; `before` counts earlier rows."""


@runtime_checkable
class Block(Protocol):
    """A layer made of layers, which replace it in a network."""

    @property
    def layers(self) -> tuple[Layer | Block, ...]:
        """The layers that it is written with."""

    @property
    def ranks(self) -> tuple[int, ...]:
        """See `Layer`."""

    def unfold(self, shape: Shape) -> list[Layer | Block]:
        """The layers that replace it, for inputs of `shape`."""


layers: Registry[Layer | Block] = Registry(
    "layer",
    "layers",
    elsewhere="conv3d conv_transpose conv1d_transpose conv2d_transpose conv_transpose1d conv_transpose2d "
    "depthwise_conv2d separable_conv2d bidirectional group_norm group_normalization "
    "instance_norm instance_norm1d instance_norm2d rms_norm spectral_norm lambda concatenate "
    "upsampling2d reshape permute masking",
)


def unfold(nested: Iterable[Layer | Block], shape: Shape) -> list[Layer]:
    """The plain layers that layers and blocks stand for, in order, for inputs of `shape`.

    Raises:
        UserError: if the output of one does not fit the next.
    """
    found: list[Layer] = []
    for layer in nested:
        plain = unfold(layer.unfold(shape), shape) if isinstance(layer, Block) else [layer]
        shape = output_shape(plain, shape)
        found += plain
    return found


def output_shape(plain: Iterable[Layer], shape: Shape) -> Shape:
    """The output shape of a sequence of plain layers."""
    for layer in plain:
        shape = layer.output_shape(shape)
    return shape


def multiply_adds(layer: Layer, shape: Shape) -> int:
    """The multiply-adds of a layer; 0 if it has no products."""
    return layer.multiply_adds(shape) if isinstance(layer, Multiplies) else 0


layers.discover(__name__, __path__)
