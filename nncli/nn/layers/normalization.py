"""Normalization over the batch, and over the features of each sample."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from nncli.errors import UserError
from nncli.nn.arrays import Array, as_rows
from nncli.nn.initializers.constants import Ones, Zeros
from nncli.nn.layers import Shape, State, layers
from nncli.nn.parameters import ParameterSpec
from nncli.registry import option


@layers.register("batch_norm", also_called=("batch_normalization", "batchnorm1d", "batchnorm2d", "bn"))
@dataclass(frozen=True, slots=True)
class BatchNorm:
    """Batch norm: gives each feature mean 0 and deviation 1 over the batch, then a learned scale and shift.

        x̂ = (a_prev - mean) / √(variance + epsilon)       a = gamma x̂ + beta
        variance = Σ (a_prev - mean)² / N
        dgamma = Σ da x̂,   dbeta = Σ da
        da_prev = gamma / √(variance + epsilon) (da - dbeta / N - x̂ dgamma / N)

    Σ and mean run over the N values of a feature: over the batch and, of sequences and images, over steps and pixels.
    Prediction uses the running mean and variance from training instead of batch statistics:

        running_mean     = (1 - momentum) running_mean + momentum mean
        running_variance = (1 - momentum) running_variance
                           + momentum variance N / (N - 1)

    As in PyTorch, the running variance is the unbiased one, and momentum weighs the new value (Keras: the old).
    Penalties and weight decay skip gamma and beta.
    Shapes: a_prev, a (R, B, ..., n); gamma, beta, running_mean, running_variance (R, 1, n).
    Source: Ioffe & Szegedy (2015), algorithms 1 and 2.
    """

    ranks: ClassVar[tuple[int, ...]] = (1, 2, 3)
    wants_ones: ClassVar[bool] = False
    noisy: ClassVar[bool] = False

    momentum: float = option(0.1, "weight of the newest batch in the running statistics", gt=0, le=1)
    epsilon: float = option(1e-5, "keeps the division finite", gt=0, le=1)

    def output_shape(self, shape: Shape) -> Shape:
        return shape

    def least_rows(self, shape: Shape) -> int:
        """Two, if a sample has only one value per feature: a single value has no variance."""
        return 2 if math.prod(shape[:-1]) == 1 else 1

    def parameters(self, shape: Shape) -> tuple[ParameterSpec, ...]:
        n = shape[-1]
        return (
            *_scale_and_shift(n),
            ParameterSpec("running_mean", (n,), Zeros(), 1, 1, trained=False),
            ParameterSpec("running_variance", (n,), Ones(), 1, 1, trained=False),
        )

    def buffers(self, shape: Shape) -> Mapping[str, Shape]:
        return {"x_hat": shape, "a": shape}

    def bind(self, s: State) -> None:
        s.out, s.a, s.x_hat = s.a, as_rows(s.a), as_rows(s.x_hat)
        s.mean, s.variance, s.per_deviation = (np.empty_like(s.gamma) for _ in range(3))
        s.ones = np.ones((1, 1, s.a.shape[1]), s.a.dtype)

    def forward(self, a_prev: Array, s: State, training: bool) -> Array:
        x, N = as_rows(a_prev), s.a.shape[1]
        if not training:
            _invert_root(s.running_variance + self.epsilon, out=s.per_deviation)
            np.subtract(x, s.running_mean, out=s.a)
            np.multiply(s.a, np.multiply(s.gamma, s.per_deviation, out=s.per_deviation), out=s.a)
            np.add(s.a, s.beta, out=s.a)
            return s.out  # type: ignore[no-any-return]
        np.matmul(s.ones, x, out=s.mean)
        s.mean /= N
        np.subtract(x, s.mean, out=s.x_hat)
        np.multiply(s.x_hat, s.x_hat, out=s.a)
        np.matmul(s.ones, s.a, out=s.variance)
        s.variance /= N
        _invert_root(s.variance + self.epsilon, out=s.per_deviation)
        np.multiply(s.x_hat, s.per_deviation, out=s.x_hat)
        np.multiply(s.x_hat, s.gamma, out=s.a)
        np.add(s.a, s.beta, out=s.a)
        s.variance *= N / (N - 1)
        _run_along(s.running_mean, s.mean, self.momentum, out=s.next_running_mean)
        _run_along(s.running_variance, s.variance, self.momentum, out=s.next_running_variance)
        return s.out  # type: ignore[no-any-return]

    def backward(self, a_prev: Array, s: State, da: Array, da_prev: Array | None) -> None:
        da, work, N = as_rows(da), s.a, s.a.shape[1]  # a is free again: its readers have already passed back
        np.multiply(da, s.x_hat, out=work)
        np.matmul(s.ones, work, out=s.dgamma)
        np.matmul(s.ones, da, out=s.dbeta)
        if da_prev is not None:
            da_prev = as_rows(da_prev)
            np.subtract(da, s.dbeta / N, out=da_prev)
            np.multiply(s.x_hat, s.dgamma / N, out=work)
            np.subtract(da_prev, work, out=da_prev)
            np.multiply(da_prev, s.gamma * s.per_deviation, out=da_prev)


@layers.register("layer_norm", also_called=("layer_normalization", "ln"))
@dataclass(frozen=True, slots=True)
class LayerNorm:
    """Layer norm: gives the features of each sample mean 0 and deviation 1, then a learned scale and shift.

        x̂ = (a_prev - mean) / √(variance + epsilon)       a = gamma x̂ + beta
        variance = Σ (a_prev - mean)² / n
        dgamma = Σ da x̂,   dbeta = Σ da   over the batch
        dx̂ = gamma da
        da_prev = (dx̂ - Σ dx̂ / n - x̂ Σ (dx̂ x̂) / n) / √(variance + epsilon)

    mean and the other Σ run over the n features; of a sequence or an image each step or pixel has its own. Training and
    prediction are the same, and no sample depends on another. Penalties and weight decay skip gamma and beta.
    Shapes: a_prev, a (R, B, ..., n); gamma, beta (R, 1, n).
    Source: Ba, Kiros & Hinton (2016).
    """

    ranks: ClassVar[tuple[int, ...]] = (1, 2, 3)
    wants_ones: ClassVar[bool] = False
    noisy: ClassVar[bool] = False

    epsilon: float = option(1e-5, "keeps the division finite", gt=0, le=1)

    def output_shape(self, shape: Shape) -> Shape:
        if shape[-1] == 1:
            raise UserError("layer_norm leaves nothing of one feature, which is its own mean", hint="Try batch_norm")
        return shape

    def parameters(self, shape: Shape) -> tuple[ParameterSpec, ...]:
        return _scale_and_shift(shape[-1])

    def buffers(self, shape: Shape) -> Mapping[str, Shape]:
        each = (*shape[:-1], 1)
        return {"x_hat": shape, "a": shape, "mean": each, "per_deviation": each}

    def bind(self, s: State) -> None:
        s.out = s.a
        for name in ("a", "x_hat", "mean", "per_deviation"):
            setattr(s, name, as_rows(getattr(s, name)))
        dtype, (_, N, n) = s.a.dtype, s.a.shape
        s.ones, s.average = np.ones((1, 1, N), dtype), np.full((1, n, 1), 1 / n, dtype)

    def forward(self, a_prev: Array, s: State, training: bool) -> Array:
        x = as_rows(a_prev)
        np.matmul(x, s.average, out=s.mean)
        np.subtract(x, s.mean, out=s.x_hat)
        np.multiply(s.x_hat, s.x_hat, out=s.a)
        np.matmul(s.a, s.average, out=s.mean)  # now the variance
        s.mean += self.epsilon
        _invert_root(s.mean, out=s.per_deviation)
        np.multiply(s.x_hat, s.per_deviation, out=s.x_hat)
        np.multiply(s.x_hat, s.gamma, out=s.a)
        np.add(s.a, s.beta, out=s.a)
        return s.out  # type: ignore[no-any-return]

    def backward(self, a_prev: Array, s: State, da: Array, da_prev: Array | None) -> None:
        da, work, mean = as_rows(da), s.a, s.mean  # a is free again: its readers have already passed back
        np.multiply(da, s.x_hat, out=work)
        np.matmul(s.ones, work, out=s.dgamma)
        np.matmul(s.ones, da, out=s.dbeta)
        if da_prev is not None:
            da_prev = as_rows(da_prev)
            gamma_over_n = s.gamma.mT / s.gamma.shape[-1]
            np.matmul(work, gamma_over_n, out=mean)  # Σ (dx̂ x̂) / n
            np.multiply(s.x_hat, mean, out=work)
            np.multiply(da, s.gamma, out=da_prev)
            np.subtract(da_prev, work, out=da_prev)
            np.matmul(da, gamma_over_n, out=mean)  # Σ dx̂ / n
            np.subtract(da_prev, mean, out=da_prev)
            np.multiply(da_prev, s.per_deviation, out=da_prev)


def _scale_and_shift(n: int) -> tuple[ParameterSpec, ...]:
    return ParameterSpec("gamma", (n,), Ones(), 1, 1), ParameterSpec("beta", (n,), Zeros(), 1, 1)


def _run_along(running: Array, newest: Array, momentum: float, out: Array) -> None:
    """out = (1 - momentum) running + momentum newest."""
    np.multiply(running, 1 - momentum, out=out)
    out += momentum * newest


def _invert_root(variance: Array, out: Array) -> None:
    """1 / √variance; NaN if the variance has overflowed, which 1 / √∞ = 0 would hide."""
    np.sqrt(variance, out=out)
    np.divide(out, variance, out=out)
