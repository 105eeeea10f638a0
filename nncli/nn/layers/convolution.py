"""Convolution: the same weights at every position."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from nncli.nn.activations import Activation, BoundActivation, activations, learned_parameters
from nncli.nn.arrays import Array, as_rows
from nncli.nn.initializers import Initializer, initializers
from nncli.nn.layers import Arrays, Bound, Layer, Scratch, Shape, layers
from nncli.nn.layers.windows import Axes, Columns, as_images, counts, slide
from nncli.nn.parameters import ParameterSpec
from nncli.nn.program import Program
from nncli.nn.regularizers import Regularizer, penalties_of, regularizers
from nncli.registry import option


@layers.register("conv", also_called=("convolution", "conv1d", "conv2d", "convolution2d"))
@dataclass(frozen=True, slots=True)
class Convolution(Layer):
    """Convolution: each filter weighs a small window of the input, with the same weights at every position.

        z  = windows(a_prev) W + b       a  = f(z)
        dz = da * f'(z)                  dW = windows(a_prev)ᵀ dz,   db = Σ dz
        da_prev = windows(dz) Wᵀ         each window and W flipped,
                                         dz spread `stride` apart between zeros

    Shapes: of images, a_prev (R, B, height, width, c), W (R, kernel, kernel, c, filters), z and a
    (R, B, rows, columns, filters); of sequences, a_prev (R, B, steps, c), W (R, kernel, c, filters), z and a
    (R, B, places, filters); b (R, 1, filters). `windows` has a row for each place of each sample, with the numbers of
    its window, channels last; Σ runs over all of them.
    Cell i of window o is cell o · stride + i · dilation of the padded input. Padding `valid` adds nothing, and there
    are (n - span) // stride + 1 places, span = (kernel - 1) · dilation + 1; `same` adds as many zeros as needed for
    ⌈n / stride⌉ places, the odd one at the end, as TensorFlow and Keras do.
    An output is fed by fan_in = kernel · kernel · c inputs, and an input feeds fan_out = kernel · kernel · filters
    outputs, as He and Glorot count; of sequences, kernel · c and kernel · filters.
    W is not flipped in z: strictly, this is a cross-correlation, as in all neural network libraries.
    Source: LeCun et al. (1989); Dumoulin & Visin (2016) for padding, stride and dilation; Chellapilla, Puri & Simard
    (2006) for the product of matrices.
    """

    ranks: ClassVar[tuple[int, ...]] = (3, 2)
    symmetric: ClassVar[bool] = True

    filters: int = option(help="number of filters, the channels of the output", ge=1, le=1_000_000)
    kernel: int = option(3, "cells of a window along each axis", ge=1, le=10_000)
    stride: int = option(1, "cells between the starts of adjacent windows", ge=1, le=10_000)
    padding: Literal["same", "valid"] = option("same", "same: zeros around the input keep its size; valid: none")
    dilation: int = option(1, "distance between adjacent cells of a window", ge=1, le=10_000)
    activation: Activation = option(None, "default: the config's `activation`", part_of=activations)
    initializer: Initializer = option(None, "of W; default: the config's `initializer`", part_of=initializers)
    bias_initializer: Initializer = option(None, "of b; default: zeros", part_of=initializers)
    regularizer: tuple[Regularizer, ...] = option(None, "default: the config's `regularizer`", part_of=regularizers)
    bias: bool = option(True, "whether the filters have biases")

    def output_shape(self, shape: Shape) -> Shape:
        return (*counts(self._axes(shape), shape), self.filters)

    def parameters(self, shape: Shape) -> tuple[ParameterSpec, ...]:
        window = self._window(shape)
        cells = self.kernel ** len(window)
        fans = cells * shape[-1], cells * self.filters
        penalties = penalties_of(self.regularizer)
        W_shape = (*window, shape[-1], self.filters)
        W = ParameterSpec("W", W_shape, self.initializer, *fans, decay=True, penalties=penalties)
        b = ParameterSpec("b", (self.filters,), self.bias_initializer, *fans)
        return (W, *([b] if self.bias else []), *learned_parameters(self.activation, self.filters))

    def multiply_adds(self, shape: Shape) -> int:
        *places, filters = self.output_shape(shape)
        return math.prod(self.kernel for _ in places) * math.prod(places) * shape[-1] * filters

    def buffers(self, shape: Shape) -> Mapping[str, Shape]:
        out = self.output_shape(shape)
        return {"z": out} if self.activation.linear else {"z": out, "a": out, "dz": out}

    def scratch(self, shape: Shape, replicas: int, batch: int, *, back: bool) -> Mapping[str, Scratch]:
        axes, n_in, n_out = self._axes(shape), shape[-1], self.filters
        padded, matrix = Columns.declare(axes, n_in, replicas, batch, ones=self.bias)
        found = {"padded": padded, "matrix": matrix}
        if self.bias:
            found |= dict.fromkeys(("W_and_b", "dW_and_b"), (replicas, matrix[-1], n_out))
        if matrix[1] < batch:  # dW is a sum over blocks
            found["part"] = (replicas, matrix[-1], n_out)
        if back:
            turned = (axes[0].turned, axes[1].turned)
            found["padded_back"], found["matrix_back"] = Columns.declare(turned, n_out, replicas, batch)
            found["W_turned"] = (replicas, *self._window(shape), n_out, n_in)
        return {name: Scratch(shape) for name, shape in found.items()}

    def bind(self, at: Arrays) -> Bound:
        return BoundConvolution(self, at)

    def _window(self, shape: Shape) -> Shape:
        return (self.kernel,) * (len(shape) - 1)

    def _axes(self, shape: Shape) -> Axes:
        return slide(shape, "kernel", self.kernel, self.stride, self.dilation, self.padding == "same")


class BoundConvolution:
    """Convolution on its arrays; a sequence is an image of height 1, and every place a row."""

    def __init__(self, layer: Convolution, at: Arrays) -> None:
        self.linear, self.bias = layer.activation.linear, layer.bias
        self.f = BoundActivation.of(layer.activation, layer.filters, at.values, at.gradients)
        self.axes, scratch = layer._axes(at.a_prev.shape[2:]), at.scratch
        self.windows = Columns(self.axes, as_images(at.a_prev), scratch["padded"], scratch["matrix"], ones=layer.bias)
        self.part = scratch.get("part")
        self.out = at.buffers["z" if self.linear else "a"]  # (R, B, [rows,] columns, filters)
        self.z, self.a = at.buffers["z"], self.out
        self.dz = None if self.linear else at.buffers["dz"]
        self.W = at.values["W"]  # (R, [kernel,] kernel, n, filters)
        self.W_rows, self.dW_rows = (W.reshape(len(W), -1, layer.filters) for W in (self.W, at.gradients["W"]))
        self.W_and_b, self.dW_and_b = scratch.get("W_and_b", self.W_rows), scratch.get("dW_and_b", self.dW_rows)
        self.b, self.db = at.values.get("b"), at.gradients.get("b")  # (R, 1, filters)
        self.back = scratch.get("padded_back"), scratch.get("matrix_back"), scratch.get("W_turned")

    def forward(self, on: Program, training: bool) -> Array:
        if self.b is not None:  # as the last row of W, for a column of ones after the windows
            on.copy(self.W_rows, self.W_and_b[:, :-1])
            on.copy(self.b, self.W_and_b[:, -1:])
        self.windows.times(on, self.W_and_b, as_images(self.z))
        if not self.linear:  # else a = z: no need to copy
            self.f.forward(on, as_rows(self.z), as_rows(self.a))
        return self.out

    def backward(self, on: Program, da: Array, da_prev: Array | None) -> None:
        dz = da
        if self.dz is not None:
            dz = self.dz
            self.f.backward(on, as_rows(self.z), as_rows(self.a), as_rows(da), as_rows(dz))
        self.windows.gradient(on, as_images(dz), self.dW_and_b, self.part)
        if self.db is not None:
            on.copy(self.dW_and_b[:, :-1], self.dW_rows)
            on.copy(self.dW_and_b[:, -1:], self.db)
        if da_prev is not None:
            self._pass_back(on, as_images(dz), as_images(da_prev))

    def _pass_back(self, on: Program, dz: Array, da_prev: Array) -> None:
        """da_prev = windows(dz) Wᵀ."""
        padded, matrix, W_turned = self.back
        if padded is None or matrix is None or W_turned is None:
            raise ValueError("no gradient flows to the input")
        along_y, along_x = self.axes
        windows = Columns((along_y.turned, along_x.turned), dz, padded, matrix)
        on.copy(np.flip(self.W, axis=tuple(range(1, self.W.ndim - 2))).mT, W_turned)
        windows.times(on, W_turned.reshape(len(W_turned), -1, W_turned.shape[-1]), da_prev)
