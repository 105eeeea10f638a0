"""Pooling: one number for each window of each channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from nncli.nn.arrays import Array
from nncli.nn.layers import Arrays, Bound, Layer, Scratch, Shape, layers
from nncli.nn.layers.windows import Axes, as_images, counts, items, slide
from nncli.nn.program import Program
from nncli.registry import option


@dataclass(frozen=True, slots=True)
class Pool(Layer):
    """The common base of maximum and average pooling."""

    ranks: ClassVar[tuple[int, ...]] = (3, 2)
    symmetric: ClassVar[bool] = True

    size: int = option(help="cells of a window along each axis", ge=1, le=10_000)
    stride: int | None = option(None, "cells between the starts of adjacent windows; default: `size`", ge=1, le=10_000)

    def output_shape(self, shape: Shape) -> Shape:
        return (*counts(self._axes(shape), shape), shape[-1])

    def _axes(self, shape: Shape) -> Axes:
        return slide(shape, "size", self.size, self.stride or self.size)

    @property
    def overlaps(self) -> bool:
        """Whether windows share cells."""
        return (self.stride or self.size) < self.size


def _cells(axes: Axes) -> tuple[tuple[slice, ...], ...]:
    """For each cell of a window, the index that selects it in all windows of the images."""
    along_y, along_x = axes
    return tuple(
        (slice(None), slice(None), along_y.cells(i), along_x.cells(j))
        for i in range(along_y.kernel)
        for j in range(along_x.kernel)
    )


class BoundPool:
    """Pooling on its arrays, as images: a sequence is an image of height 1."""

    def __init__(self, layer: Pool, at: Arrays) -> None:
        self.overlaps = layer.overlaps
        self.cells = _cells(layer._axes(at.a_prev.shape[2:]))
        self.a_prev = as_images(at.a_prev)  # (R or 1, B, height, width, n)
        self.out = at.buffers["a"]
        self.a, self.cell = as_images(self.out), as_images(at.buffers["cell"])  # (R, B, rows, columns, n)

    def _add(self, on: Program, window: Array, da_prev: Array, cells: tuple[slice, ...]) -> None:
        """Add the share of one cell of every window to `da_prev`, which starts at zero."""
        if self.overlaps:
            on.add(da_prev[cells], window, da_prev[cells])
        else:
            on.copy(items(window), items(da_prev)[cells])


@layers.register("max_pool", also_called=("max_pooling", "maxpool1d", "maxpool2d", "max_pooling1d", "max_pooling2d"))
@dataclass(frozen=True, slots=True)
class MaxPool(Pool):
    """Max pool: keeps the largest number of each window, channel by channel.

        a       = max over the window of a_prev
        da_prev = Σ over the windows of da where a_prev was the largest

    Shapes: of images, a_prev (R, B, height, width, n), a (R, B, rows, columns, n); of sequences, a_prev
    (R, B, steps, n), a (R, B, places, n). There are (length - size) // stride + 1 windows along each axis, and none
    reaches over an end.
    Of equal numbers the first in the window, row by row, counts as the largest. A window with NaN gives NaN.
    Source: Riesenhuber & Poggio (1999); Scherer, Müller & Behnke (2010).
    """

    def buffers(self, shape: Shape) -> Mapping[str, Shape]:
        out = self.output_shape(shape)
        return {"a": out, "cell": out, "left": out}

    def scratch(self, shape: Shape, replicas: int, batch: int, *, back: bool) -> Mapping[str, Scratch]:
        return {"chosen": Scratch((replicas, batch, *self.output_shape(shape)), np.bool_)} if back else {}

    def bind(self, at: Arrays) -> Bound:
        return BoundMaxPool(self, at)


class BoundMaxPool(BoundPool):
    """Max pool on its arrays."""

    def __init__(self, layer: MaxPool, at: Arrays) -> None:
        super().__init__(layer, at)
        self.left, self.chosen = as_images(at.buffers["left"]), at.scratch.get("chosen")  # as a

    def forward(self, on: Program, training: bool) -> Array:
        first, *others = self.cells
        on.copy(items(self.a_prev)[first], items(self.a))
        for cells in others:
            on.copy(items(self.a_prev)[cells], items(self.cell))
            on.maximum(self.a, self.cell, self.a)
        return self.out

    def backward(self, on: Program, da: Array, da_prev: Array | None) -> None:
        if da_prev is None or self.chosen is None:
            return
        da_prev, chosen = as_images(da_prev), as_images(self.chosen)
        on.fill(0, da_prev)
        on.copy(as_images(da), self.left)
        for cells in self.cells:
            on.copy(items(self.a_prev)[cells], items(self.cell))
            on.equal(self.cell, self.a, chosen)
            on.multiply(self.left, chosen, self.cell)
            on.subtract(self.left, self.cell, self.left)  # 0 once assigned, so that later ties get nothing
            self._add(on, self.cell, da_prev, cells)


@layers.register(
    "average_pool",
    also_called=("average_pooling", "avg_pool", "avgpool1d", "avgpool2d", "average_pooling1d", "average_pooling2d"),
)
@dataclass(frozen=True, slots=True)
class AveragePool(Pool):
    """Average pool: the mean of each window, channel by channel.

        a       = Σ over the window of a_prev / cells
        da_prev = Σ over the windows of da / cells

    Shapes: of images, a_prev (R, B, height, width, n), a (R, B, rows, columns, n), cells = size · size; of sequences,
    a_prev (R, B, steps, n), a (R, B, places, n), cells = size. There are (length - size) // stride + 1 windows along
    each axis, and none reaches over an end.
    Source: LeCun et al. (1989), as "subsampling".
    """

    affine: ClassVar[bool] = True

    def buffers(self, shape: Shape) -> Mapping[str, Shape]:
        out = self.output_shape(shape)
        return {"a": out, "cell": out}

    def bind(self, at: Arrays) -> Bound:
        return BoundAveragePool(self, at)


class BoundAveragePool(BoundPool):
    """Average pool on its arrays."""

    def forward(self, on: Program, training: bool) -> Array:
        first, *others = self.cells
        on.copy(items(self.a_prev)[first], items(self.a))
        for cells in others:
            on.copy(items(self.a_prev)[cells], items(self.cell))
            on.add(self.a, self.cell, self.a)
        on.divide(self.a, len(self.cells), self.a)
        return self.out

    def backward(self, on: Program, da: Array, da_prev: Array | None) -> None:
        if da_prev is None:
            return
        on.divide(as_images(da), len(self.cells), self.cell)
        da_prev = as_images(da_prev)
        on.fill(0, da_prev)
        for cells in self.cells:
            self._add(on, self.cell, da_prev, cells)
