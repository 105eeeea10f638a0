"""Blocks: skip connections, and repetition."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from nncli.errors import UserError
from nncli.nn.arrays import Array, as_rows
from nncli.nn.initializers import Initializer, initializers
from nncli.nn.layers import Arrays, Block, Bound, Layer, Shape, layers
from nncli.nn.parameters import ParameterSpec
from nncli.nn.program import Program
from nncli.nn.regularizers import Penalty, Regularizer, penalties_of, regularizers
from nncli.registry import option


@layers.register("residual", also_called=("skip", "skip_connection", "shortcut", "resnet", "res_block"))
@dataclass(frozen=True, slots=True)
class Residual:
    """Residual: a block of layers that learns what to add to its input.

        a = F(a_prev) + a_prev        da_prev = da + what F passes back
        a = F(a_prev) + a_prev W      where F changes the size of the last axis

    The gradient reaches every block undiminished through the sum, at any depth. W projects the last axis, has
    no bias, and is learned; all other axes must be as before. Blocks may contain blocks.
    Shapes: a_prev (R, B, ..., n_in), a (R, B, ..., n_out), W (R, n_in, n_out).
    Source: He, Zhang, Ren & Sun (2016), Deep residual learning for image recognition, equations 1 and 2.
    """

    layers: tuple[Layer | Block, ...] = option(help="the layers of the block, F", part_of=layers)
    initializer: Initializer = option(None, "of W; default: the config's `initializer`", part_of=initializers)
    regularizer: tuple[Regularizer, ...] = option(
        None, "l1 and l2 on W; default: those of the config's `regularizer`", part_of=regularizers
    )

    def __post_init__(self) -> None:
        _check_layers(self.layers)

    @property
    def ranks(self) -> tuple[int, ...]:
        """The ranks of its first layer."""
        return self.layers[0].ranks

    def unfold(self, shape: Shape) -> list[Layer | Block]:
        """The block's layers, between the one that keeps the input and the one that adds it."""
        penalties = penalties_of(self.regularizer)
        return [Fork(), *self.layers, Join(shape, self.initializer, penalties)]


@layers.register("repeat", also_called=("stack", "times"))
@dataclass(frozen=True, slots=True)
class Repeat:
    """Repeat: the same layers several times, each time with their own parameters.

        a = F_times( ... F_2(F_1(a_prev)))

    Shapes: those of the layers.
    Source: He, Zhang, Ren & Sun (2016), section 3.3, for networks written as repeated blocks.
    """

    times: int = option(help="how often", ge=1, le=10_000)
    layers: tuple[Layer | Block, ...] = option(help="the layers to repeat", part_of=layers)

    def __post_init__(self) -> None:
        _check_layers(self.layers)

    @property
    def ranks(self) -> tuple[int, ...]:
        """The ranks of its first layer."""
        return self.layers[0].ranks

    def unfold(self, shape: Shape) -> list[Layer | Block]:
        """The layers, repeated."""
        return [*self.layers] * self.times


def _check_layers(given: tuple[Layer | Block, ...]) -> None:
    if not given:
        raise UserError("layers are missing: a block has at least one", option="layers")


@dataclass(frozen=True, slots=True)
class Fork(Layer):
    """The start of a residual block: passes its input on; the backward pass adds the gradient of the sum.

        a = a_prev                  da_prev = da + da of the block's end, through W if there is one

    Shapes: a_prev, a, da, da_prev (R, B, ..., n).
    """

    ranks: ClassVar[tuple[int, ...]] = (1, 2, 3)
    block: ClassVar[str] = "residual"
    label: ClassVar[str | None] = "residual"
    forks: ClassVar[bool] = True

    def output_shape(self, shape: Shape) -> Shape:
        return shape

    def bind(self, at: Arrays) -> Bound:
        return BoundFork(at)


class BoundFork:
    """The start of a block on its arrays; the end sets where it leaves the gradient of the sum."""

    def __init__(self, at: Arrays) -> None:
        self.a_prev = at.a_prev  # (R or 1, B, ..., n)
        self.wants_da_prev = at.wants_da_prev
        self.da_skipped: Array | None = None  # (R, B, ..., n)

    def forward(self, on: Program, training: bool) -> Array:
        return self.a_prev

    def backward(self, on: Program, da: Array, da_prev: Array | None) -> None:
        if da_prev is not None and self.da_skipped is not None:
            on.add(da, self.da_skipped, da_prev)


@dataclass(frozen=True, slots=True)
class Join(Layer):
    """The end of a residual block: adds the block's input, projected if the last axis has changed.

        a = a_prev + skipped                  da_prev = da, d_skipped = da
        a = a_prev + skipped W                dW = skippedᵀ da, d_skipped = da Wᵀ

    Shapes: a_prev, a, da (R, B, ..., n_out), skipped (R, B, ..., n_in), W (R, n_in, n_out).
    """

    ranks: ClassVar[tuple[int, ...]] = (1, 2, 3)
    block: ClassVar[str] = "residual"
    label: ClassVar[str | None] = "+ input"
    joins: ClassVar[bool] = True

    skipped: Shape  # the shape of the block's input
    initializer: Initializer
    penalties: tuple[Penalty, ...] = field(default=())

    def output_shape(self, shape: Shape) -> Shape:
        if shape[:-1] != self.skipped[:-1]:
            before, after = (" × ".join(map(str, axes)) for axes in (self.skipped, shape))
            given = f"the block turns {before} into {after}, so its input cannot be added to its output"
            raise UserError(given, hint="Only the last axis may change inside residual")
        return shape

    def parameters(self, shape: Shape) -> tuple[ParameterSpec, ...]:
        n_in, n_out = self.skipped[-1], shape[-1]
        if n_in == n_out:
            return ()
        return (ParameterSpec("W", (n_in, n_out), self.initializer, n_in, n_out, decay=True, penalties=self.penalties),)

    def multiply_adds(self, shape: Shape) -> int:
        return 0 if shape == self.skipped else math.prod(self.skipped) * shape[-1]

    def buffers(self, shape: Shape) -> Mapping[str, Shape]:
        return {"a": shape} if shape == self.skipped else {"a": shape, "da_skipped": self.skipped}

    def bind(self, at: Arrays) -> Bound:
        return BoundJoin(self, at)


class BoundJoin:
    """The end of a block on its arrays."""

    def __init__(self, layer: Join, at: Arrays) -> None:
        if at.fork is None:
            raise ValueError("the end of a block without its start")
        self.fork = at.fork
        self.a_prev, self.a = at.a_prev, at.buffers["a"]  # (R, B, ..., n_out)
        self.W, self.dW = at.values.get("W"), at.gradients.get("W")  # (R, n_in, n_out)
        self.da_skipped = at.buffers.get("da_skipped")  # (R, B, ..., n_in)

    def forward(self, on: Program, training: bool) -> Array:
        if self.W is not None:
            on.matmul(as_rows(self.fork.a_prev), self.W, as_rows(self.a))
            on.add(self.a, self.a_prev, self.a)
        else:
            on.add(self.a_prev, self.fork.a_prev, self.a)
        return self.a

    def backward(self, on: Program, da: Array, da_prev: Array | None) -> None:
        self.fork.da_skipped = da
        if self.W is not None and self.dW is not None:
            on.matmul(as_rows(self.fork.a_prev).mT, as_rows(da), self.dW)
            if self.fork.wants_da_prev and self.da_skipped is not None:
                on.matmul(as_rows(da), self.W.mT, as_rows(self.da_skipped))
                self.fork.da_skipped = self.da_skipped
        if da_prev is not None:
            on.copy(da, da_prev)
