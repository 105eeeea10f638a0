"""Convolution: the same weights at every position."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from nncli.nn.activations import Activation, activations, learned_parameters
from nncli.nn.activations.linear import Linear
from nncli.nn.arrays import Array, as_rows
from nncli.nn.initializers import Initializer, initializers
from nncli.nn.layers import Shape, State, layers
from nncli.nn.layers.windows import Axes, Columns, as_images, counts, slide
from nncli.nn.parameters import ParameterSpec
from nncli.nn.regularizers import Penalty, regularizers
from nncli.registry import option


@layers.register("conv", also_called=("convolution", "conv1d", "conv2d", "convolution2d"))
@dataclass(frozen=True, slots=True)
class Convolution:
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
    wants_ones: ClassVar[bool] = False
    noisy: ClassVar[bool] = False

    filters: int = option(help="number of filters, the channels of the output", ge=1, le=1_000_000)
    kernel: int = option(3, "cells of a window along each axis", ge=1, le=10_000)
    stride: int = option(1, "cells between the starts of adjacent windows", ge=1, le=10_000)
    padding: Literal["same", "valid"] = option("same", "same: zeros around the input keep its size; valid: none")
    dilation: int = option(1, "distance between adjacent cells of a window", ge=1, le=10_000)
    activation: Activation = option(None, "default: the config's `activation`", part_of=activations)
    initializer: Initializer = option(None, "of W; default: the config's `initializer`", part_of=initializers)
    bias_initializer: Initializer = option(None, "of b; default: zeros", part_of=initializers)
    regularizer: tuple[Any, ...] = option(None, "default: the config's `regularizer`", part_of=regularizers)
    bias: bool = option(True, "whether the filters have biases")

    def output_shape(self, shape: Shape) -> Shape:
        return (*counts(self._axes(shape), shape), self.filters)

    def parameters(self, shape: Shape) -> tuple[ParameterSpec, ...]:
        window = (self.kernel,) * (len(shape) - 1)
        cells = self.kernel ** len(window)
        fans = cells * shape[-1], cells * self.filters
        penalties = tuple(r for r in self.regularizer if isinstance(r, Penalty))
        W_shape = (*window, shape[-1], self.filters)
        W = ParameterSpec("W", W_shape, self.initializer, *fans, decay=True, penalties=penalties)
        b = ParameterSpec("b", (self.filters,), self.bias_initializer, *fans)
        return (W, *([b] if self.bias else []), *learned_parameters(self.activation, self.filters))

    def multiply_adds(self, shape: Shape) -> int:
        *places, filters = self.output_shape(shape)
        return math.prod(self.kernel for _ in places) * math.prod(places) * shape[-1] * filters

    def buffers(self, shape: Shape) -> Mapping[str, Shape]:
        out = self.output_shape(shape)
        return {"z": out} if isinstance(self.activation, Linear) else {"z": out, "a": out, "dz": out}

    def bind(self, s: State) -> None:
        names = [spec.name for spec in learned_parameters(self.activation, self.filters)]
        s.values = tuple(getattr(s, name) for name in names)
        s.gradients = tuple(getattr(s, "d" + name) for name in names)
        s.linear = isinstance(self.activation, Linear)
        s.out, s.z_image = (s.z if s.linear else s.a), as_images(s.z)
        s.z = as_rows(s.z)
        if not s.linear:
            s.dz_image = as_images(s.dz)
            s.a, s.dz = as_rows(s.a), as_rows(s.dz)
        s.W_rows, s.dW_rows = (W.reshape(len(W), -1, self.filters) for W in (s.W, s.dW))
        s.weights, s.d_weights = s.W_rows, s.dW_rows
        if self.bias:  # as the last row of W, for a column of ones after the windows
            s.weights, s.d_weights = (np.concatenate([W, W[:, :1]], axis=1) for W in (s.W_rows, s.dW_rows))
        s.W_turned = np.flip(s.W, axis=tuple(range(1, s.W.ndim - 2))).mT
        s.turned = np.empty(s.W_turned.shape, s.W.dtype)
        s.turned_rows = s.turned.reshape(len(s.W), -1, s.W.shape[-2])
        s.windows = s.windows_back = None  # created in the first pass, when the input shape is known

    def forward(self, a_prev: Array, s: State, training: bool) -> Array:
        if s.windows is None:
            s.windows = s.once("windows", lambda: self._windows(a_prev, s))
        if self.bias:
            s.weights[:, :-1], s.weights[:, -1:] = s.W_rows, s.b
        s.windows.times(as_images(a_prev), s.weights, out=s.z_image)
        if not s.linear:  # else a = z: no need to copy
            self.activation.forward(s.z, s.a, *s.values)
        return s.out  # type: ignore[no-any-return]

    def backward(self, a_prev: Array, s: State, da: Array, da_prev: Array | None) -> None:
        dz = as_images(da) if s.linear else s.dz_image
        if not s.linear:
            self.activation.backward(s.z, s.a, as_rows(da), s.dz, *s.values, *s.gradients)
        s.windows.gradient(as_images(a_prev), dz, s.d_weights)
        if self.bias:
            s.dW_rows[...], s.db[...] = s.d_weights[:, :-1], s.d_weights[:, -1:]
        if da_prev is not None:
            if s.windows_back is None:
                s.windows_back = s.once("windows_back", lambda: self._windows_back(a_prev, s))
            s.turned[...] = s.W_turned
            s.windows_back.times(dz, s.turned_rows, out=as_images(da_prev))

    def _axes(self, shape: Shape) -> Axes:
        return slide(shape, "kernel", self.kernel, self.stride, self.dilation, self.padding == "same")

    def _windows(self, a_prev: Array, s: State) -> Columns:
        axes = self._axes(a_prev.shape[2:])
        return Columns(axes, a_prev.shape[-1], len(s.W), a_prev.shape[1], s.W.dtype, ones=self.bias)

    def _windows_back(self, a_prev: Array, s: State) -> Columns:
        along_y, along_x = self._axes(a_prev.shape[2:])
        return Columns((along_y.turned, along_x.turned), self.filters, len(s.W), a_prev.shape[1], s.W.dtype)
