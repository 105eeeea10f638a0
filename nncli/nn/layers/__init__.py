"""Layers: one small file per family, discovered in this folder."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import DTypeLike

from nncli.nn.activations import activations
from nncli.nn.arrays import AnyArray, Array, rows_of
from nncli.nn.parameters import ParameterSpec
from nncli.nn.program import Program
from nncli.registry import Registry, options_of

Shape: TypeAlias = tuple[int, ...]
"""The shape of one sample, without replica and batch axes."""


@dataclass(frozen=True, slots=True)
class Scratch:
    """The declaration of an array that a layer needs besides its buffers, of a whole batch of a group of replicas.

    Attributes:
        shape: of the array; only its first axis may depend on the number of replicas.
        dtype: that of the network, if None.
    """

    shape: tuple[int, ...]
    dtype: DTypeLike | None = None


@dataclass(frozen=True, slots=True)
class Arrays:
    """What one layer works on at one batch size, for all replicas or a group of them.

    Attributes:
        a_prev: its input (R or 1, B, *shape); replicas may share the input of the network.
        has_ones: whether a column of ones follows the input: a_prev is then (..., n + 1).
        values: its parameters by name, (R, *shape), and vectors (R, 1, n), so that they broadcast over the batch;
            with `wants_ones` also `W_and_b`, (R, n + 1, units).
        gradients: of the parameters, alike.
        upcoming: the next values of its untrained parameters, alike.
        buffers: as declared, (R, B, *shape).
        scratch: as declared.
        generators: gives the random streams of this epoch, one for each replica.
        fork: the start of the skip connection that the layer ends, if it `joins`.
        wants_da_prev: whether a gradient flows to its input in training.
    """

    a_prev: Array
    has_ones: bool
    values: Mapping[str, Array]
    gradients: Mapping[str, Array]
    upcoming: Mapping[str, Array]
    buffers: Mapping[str, Array]
    scratch: Mapping[str, AnyArray]
    generators: Callable[[], Sequence[np.random.Generator]]
    fork: SkipStart | None = None
    wants_da_prev: bool = False

    def of(self, rows: slice) -> Arrays:
        """The arrays of some replicas; scratch is shared with the others."""

        def some(arrays: Mapping[str, Array]) -> dict[str, Array]:
            return {name: array[rows] for name, array in arrays.items()}

        return replace(
            self,
            a_prev=rows_of(self.a_prev, rows),
            values=some(self.values),
            gradients=some(self.gradients),
            upcoming=some(self.upcoming),
            buffers=some(self.buffers),
        )


class Bound(Protocol):
    """A layer bound to its arrays: it writes its equations onto a program, once."""

    def forward(self, on: Program, training: bool) -> Array:
        """Add the calls of the forward pass. Returns: where they leave the output, (R or 1, B, *shape)."""

    def backward(self, on: Program, da: Array, da_prev: Array | None) -> None:
        """Add the calls that write the parameters' gradients and, if wanted, the gradient of the input, `da_prev`.

        Neither `a_prev` nor `da` may be written: others read them too. Called after `forward(on, training=True)`.
        """


class SkipStart(Bound, Protocol):
    """The start of a skip connection on its arrays.

    Attributes:
        a_prev: its input, which skips the layers up to the end.
        wants_da_prev: whether a gradient flows to its input.
        da_skipped: the gradient that skips back, set by the end; None before.
    """

    a_prev: Array
    wants_da_prev: bool
    da_skipped: Array | None


class Layer(ABC):
    """A frozen description of a layer. Its mathematics is in what `bind` returns.

    Attributes:
        ranks: how many axes an input sample may have: 1 for a vector (n), 2 for a sequence (steps, n), 3 for an image
            (height, width, channels); the preferred one first.
        noisy: whether the forward pass draws random numbers in training.
        by_place: whether it acts alike on each step of a sequence or pixel of an image, one at a time.
        symmetric: whether it treats all units of the previous layer alike, if its weights do.
        vectorizes: whether it turns any sequence or image that it takes into a vector.
        affine: whether its outputs in prediction are affine functions of its inputs, whatever its options.
        label: what tables call it before its options; None for its name in a config.
        block: the block that adds it, if a config cannot name it by itself.
        forks, joins: whether it starts or ends a skip connection. `Network` pairs them like brackets, and gives the
            end, in `Arrays.fork`, what the start has bound.
    """

    __slots__ = ()

    ranks: ClassVar[tuple[int, ...]]
    noisy: ClassVar[bool] = False
    by_place: ClassVar[bool] = False
    symmetric: ClassVar[bool] = False
    vectorizes: ClassVar[bool] = False
    affine: ClassVar[bool] = False
    label: ClassVar[str | None] = None
    block: ClassVar[str] = ""
    forks: ClassVar[bool] = False
    joins: ClassVar[bool] = False

    @property
    def elementwise(self) -> bool:
        """Whether each of its outputs is a function of a single input."""
        return False

    @property
    def wants_ones(self) -> bool:
        """Whether it wants a column of ones after its input; as the first layer it gets one (see `Dense`)."""
        return False

    @abstractmethod
    def output_shape(self, shape: Shape) -> Shape:
        """The shape of an output sample for an input sample of `shape`, whose rank is one of `ranks`.

        Raises:
            UserError: if an input of this shape is too small or otherwise does not fit.
        """

    def parameters(self, shape: Shape) -> tuple[ParameterSpec, ...]:
        """The parameters for inputs of `shape`."""
        return ()

    def buffers(self, shape: Shape) -> Mapping[str, Shape]:
        """The per-sample shapes of the arrays that both passes write into, for inputs of `shape`."""
        return {}

    def scratch(self, shape: Shape, replicas: int, batch: int, *, back: bool) -> Mapping[str, Scratch]:
        """All other arrays that it needs, for inputs (replicas, batch, *shape).

        They are shared by the groups of a stack. `back` says whether a gradient flows to the input.
        """
        return {}

    @abstractmethod
    def bind(self, at: Arrays) -> Bound:
        """The layer on its arrays."""


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

    def check(self, inputs: AnyArray, before: int = 0) -> None:
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


def takes_activation(layer: Layer | Block) -> bool:
    """Whether the last step of a layer is an activation that a config may choose: its option `activation`."""
    found = options_of(type(layer)).get("activation")
    return found is not None and found.part_of is activations


def config_name(layer: Layer) -> str:
    """The name that a config gives a layer, or the block that adds it."""
    return layer.block or layers.name_of(layer)


def multiply_adds(layer: Layer, shape: Shape) -> int:
    """The multiply-adds of a layer; 0 if it has no products."""
    return layer.multiply_adds(shape) if isinstance(layer, Multiplies) else 0


layers.discover(__name__, __path__)
