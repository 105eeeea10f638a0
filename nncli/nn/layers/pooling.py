"""Pooling: one number for each window of each channel."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from nncli.nn.arrays import Array
from nncli.nn.layers import Shape, State, layers
from nncli.nn.layers.windows import Axes, as_images, counts, items, slide
from nncli.nn.parameters import ParameterSpec
from nncli.registry import option


@dataclass(frozen=True, slots=True)
class Pool:
    """The common base of maximum and average pooling."""

    ranks: ClassVar[tuple[int, ...]] = (3, 2)
    wants_ones: ClassVar[bool] = False
    noisy: ClassVar[bool] = False

    size: int = option(help="cells of a window along each axis", ge=1, le=10_000)
    stride: int | None = option(None, "cells between the starts of adjacent windows; default: `size`", ge=1, le=10_000)

    def output_shape(self, shape: Shape) -> Shape:
        return (*counts(self._axes(shape), shape), shape[-1])

    def parameters(self, shape: Shape) -> tuple[ParameterSpec, ...]:
        return ()

    def _axes(self, shape: Shape) -> Axes:
        return slide(shape, "size", self.size, self.stride or self.size)

    def _cells(self, a_prev: Array) -> tuple[tuple[Any, ...], ...]:
        """For each cell of a window, the index that selects it in all windows of the images."""
        return _cells(self._axes(a_prev.shape[2:]))

    def _add(self, window: Array, da_prev: Array, cells: tuple[Any, ...]) -> None:
        """Add the share of one cell of every window to `da_prev`, which starts at zero."""
        if (self.stride or self.size) < self.size:
            da_prev[cells] += window
        else:  # windows do not overlap
            items(da_prev)[cells] = items(window)


@functools.lru_cache(maxsize=256)
def _cells(axes: Axes) -> tuple[tuple[Any, ...], ...]:
    along_y, along_x = axes
    return tuple(
        (slice(None), slice(None), along_y.cells(i), along_x.cells(j))
        for i in range(along_y.kernel)
        for j in range(along_x.kernel)
    )


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

    def bind(self, s: State) -> None:
        s.out, s.a, s.cell, s.left = s.a, *map(as_images, (s.a, s.cell, s.left))
        s.chosen = s.once("chosen", lambda: np.empty(s.a.shape, np.bool_))[: len(s.a)]

    def forward(self, a_prev: Array, s: State, training: bool) -> Array:
        first, *others = self._cells(a_prev)
        a_prev = as_images(a_prev)
        items(s.a)[...] = items(a_prev)[first]
        for cells in others:
            items(s.cell)[...] = items(a_prev)[cells]
            np.maximum(s.a, s.cell, out=s.a)
        return s.out  # type: ignore[no-any-return]

    def backward(self, a_prev: Array, s: State, da: Array, da_prev: Array | None) -> None:
        if da_prev is None:
            return
        every = self._cells(a_prev)
        a_prev, da_prev = as_images(a_prev), as_images(da_prev)
        da_prev[...] = 0
        s.left[...] = as_images(da)
        for cells in every:
            items(s.cell)[...] = items(a_prev)[cells]
            np.equal(s.cell, s.a, out=s.chosen)
            np.multiply(s.left, s.chosen, out=s.cell)
            np.subtract(s.left, s.cell, out=s.left)  # 0 once assigned, so that later ties get nothing
            self._add(s.cell, da_prev, cells)


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

    def buffers(self, shape: Shape) -> Mapping[str, Shape]:
        out = self.output_shape(shape)
        return {"a": out, "cell": out}

    def bind(self, s: State) -> None:
        s.out, s.a, s.cell = s.a, *map(as_images, (s.a, s.cell))

    def forward(self, a_prev: Array, s: State, training: bool) -> Array:
        first, *others = every = self._cells(a_prev)
        a_prev = as_images(a_prev)
        items(s.a)[...] = items(a_prev)[first]
        for cells in others:
            items(s.cell)[...] = items(a_prev)[cells]
            np.add(s.a, s.cell, out=s.a)
        np.divide(s.a, len(every), out=s.a)
        return s.out  # type: ignore[no-any-return]

    def backward(self, a_prev: Array, s: State, da: Array, da_prev: Array | None) -> None:
        if da_prev is None:
            return
        every = self._cells(a_prev)
        np.divide(as_images(da), len(every), out=s.cell)
        da_prev = as_images(da_prev)
        da_prev[...] = 0
        for cells in every:
            self._add(s.cell, da_prev, cells)


@layers.register(
    "global_average_pool",
    also_called=("global_average_pooling", "global_average_pooling2d", "adaptive_avg_pool2d", "gap", "global_pool"),
)
@dataclass(frozen=True, slots=True)
class GlobalAveragePool:
    """Global average pool: the mean of each channel over the whole image or sequence.

        a = Σ a_prev / places                    da_prev = da / places

    Shapes: a_prev (R, B, height, width, n) or (R, B, steps, n), a (R, B, n); places = height · width, or steps.
    Source: Lin, Chen & Yan (2014), "Network in network".
    """

    ranks: ClassVar[tuple[int, ...]] = (3, 2)
    wants_ones: ClassVar[bool] = False
    noisy: ClassVar[bool] = False

    def output_shape(self, shape: Shape) -> Shape:
        return shape[-1:]

    def parameters(self, shape: Shape) -> tuple[ParameterSpec, ...]:
        return ()

    def buffers(self, shape: Shape) -> Mapping[str, Shape]:
        return {"a": shape[-1:], "ones": (1, math.prod(shape[:-1]))}

    def bind(self, s: State) -> None:
        s.ones[...] = 1
        s.places, s.a_as_row = s.ones.shape[-1], s.a[..., None, :]

    def forward(self, a_prev: Array, s: State, training: bool) -> Array:
        np.matmul(s.ones, a_prev.reshape(*a_prev.shape[:2], s.places, -1), out=s.a_as_row)
        np.divide(s.a, s.places, out=s.a)
        return s.a  # type: ignore[no-any-return]

    def backward(self, a_prev: Array, s: State, da: Array, da_prev: Array | None) -> None:
        if da_prev is not None:
            np.divide(da.reshape(*da.shape[:2], *[1] * (da_prev.ndim - 3), -1), s.places, out=da_prev)
