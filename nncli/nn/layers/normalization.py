"""Normalization over the batch, and over the features of each sample."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from nncli.errors import UserError
from nncli.nn.arrays import Array, as_rows
from nncli.nn.initializers.constants import Ones, Zeros
from nncli.nn.layers import Arrays, Bound, Layer, Scratch, Shape, layers
from nncli.nn.parameters import ParameterSpec
from nncli.nn.program import Program
from nncli.registry import option


@layers.register("batch_norm", also_called=("batch_normalization", "batchnorm1d", "batchnorm2d", "bn"))
@dataclass(frozen=True, slots=True)
class BatchNorm(Layer):
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
    by_place: ClassVar[bool] = True
    symmetric: ClassVar[bool] = True
    affine: ClassVar[bool] = True

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

    def scratch(self, shape: Shape, replicas: int, batch: int, *, back: bool) -> Mapping[str, Scratch]:
        rows, each = batch * math.prod(shape[:-1]), Scratch((replicas, 1, shape[-1]))
        names = ("mean", "variance", "per_deviation", "work_of_features")
        return {"ones": Scratch((1, 1, rows))} | dict.fromkeys(names, each)

    def bind(self, at: Arrays) -> Bound:
        return BoundBatchNorm(self, at)


class BoundBatchNorm:
    """Batch norm on its arrays; N counts the rows, which are samples, steps or pixels."""

    def __init__(self, layer: BatchNorm, at: Arrays) -> None:
        self.momentum, self.epsilon = layer.momentum, layer.epsilon
        self.x = as_rows(at.a_prev)  # (R or 1, N, n)
        self.out = at.buffers["a"]  # (R, B, ..., n)
        self.a, self.x_hat = as_rows(self.out), as_rows(at.buffers["x_hat"])  # (R, N, n)
        self.gamma, self.dgamma = at.values["gamma"], at.gradients["gamma"]  # (R, 1, n), as all that follow
        self.beta, self.dbeta = at.values["beta"], at.gradients["beta"]
        self.running_mean, self.next_mean = at.values["running_mean"], at.upcoming["running_mean"]
        self.running_variance, self.next_variance = at.values["running_variance"], at.upcoming["running_variance"]
        self.mean, self.variance, self.per_deviation = (
            at.scratch[name] for name in ("mean", "variance", "per_deviation")
        )
        self.work = at.scratch["work_of_features"]
        self.ones = at.scratch["ones"]  # (1, 1, N)
        self.ones[...] = 1

    def forward(self, on: Program, training: bool) -> Array:
        if training:
            self._by_batch(on)
        else:
            self._by_running(on)
        return self.out

    def _by_running(self, on: Program) -> None:
        on.add(self.running_variance, self.epsilon, self.work)
        _invert_root(on, self.work, self.per_deviation)
        on.subtract(self.x, self.running_mean, self.a)
        on.multiply(self.gamma, self.per_deviation, self.per_deviation)
        on.multiply(self.a, self.per_deviation, self.a)
        on.add(self.a, self.beta, self.a)

    def _by_batch(self, on: Program) -> None:
        N = self.a.shape[1]
        on.matmul(self.ones, self.x, self.mean)
        on.divide(self.mean, N, self.mean)
        on.subtract(self.x, self.mean, self.x_hat)
        on.multiply(self.x_hat, self.x_hat, self.a)
        on.matmul(self.ones, self.a, self.variance)
        on.divide(self.variance, N, self.variance)
        on.add(self.variance, self.epsilon, self.work)
        _invert_root(on, self.work, self.per_deviation)
        on.multiply(self.x_hat, self.per_deviation, self.x_hat)
        on.multiply(self.x_hat, self.gamma, self.a)
        on.add(self.a, self.beta, self.a)
        on.multiply(self.variance, N / (N - 1), self.variance)
        self._run_along(on, self.running_mean, self.mean, self.next_mean)
        self._run_along(on, self.running_variance, self.variance, self.next_variance)

    def _run_along(self, on: Program, running: Array, newest: Array, out: Array) -> None:
        """out = (1 - momentum) running + momentum newest."""
        on.multiply(running, 1 - self.momentum, out)
        on.multiply(newest, self.momentum, self.work)
        on.add(out, self.work, out)

    def backward(self, on: Program, da: Array, da_prev: Array | None) -> None:
        da, product, N = as_rows(da), self.a, self.a.shape[1]  # a is free: its readers have already passed back
        on.multiply(da, self.x_hat, product)
        on.matmul(self.ones, product, self.dgamma)
        on.matmul(self.ones, da, self.dbeta)
        if da_prev is not None:
            da_prev = as_rows(da_prev)
            on.divide(self.dbeta, N, self.work)
            on.subtract(da, self.work, da_prev)
            on.divide(self.dgamma, N, self.work)
            on.multiply(self.x_hat, self.work, product)
            on.subtract(da_prev, product, da_prev)
            on.multiply(self.gamma, self.per_deviation, self.work)
            on.multiply(da_prev, self.work, da_prev)


@layers.register("layer_norm", also_called=("layer_normalization", "ln"))
@dataclass(frozen=True, slots=True)
class LayerNorm(Layer):
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
    by_place: ClassVar[bool] = True
    symmetric: ClassVar[bool] = True

    epsilon: float = option(1e-5, "keeps the division finite", gt=0, le=1)

    def output_shape(self, shape: Shape) -> Shape:
        if shape[-1] == 1:
            raise UserError(
                "layer_norm needs more than one feature: a single one equals its mean", hint="Try batch_norm"
            )
        return shape

    def parameters(self, shape: Shape) -> tuple[ParameterSpec, ...]:
        return _scale_and_shift(shape[-1])

    def buffers(self, shape: Shape) -> Mapping[str, Shape]:
        each = (*shape[:-1], 1)
        return {"x_hat": shape, "a": shape, "mean": each, "per_deviation": each}

    def scratch(self, shape: Shape, replicas: int, batch: int, *, back: bool) -> Mapping[str, Scratch]:
        n = shape[-1]
        return {
            "ones": Scratch((1, 1, batch * math.prod(shape[:-1]))),
            "average": Scratch((1, n, 1)),
            "gamma_over_n": Scratch((replicas, n, 1)),
        }

    def bind(self, at: Arrays) -> Bound:
        return BoundLayerNorm(self, at)


class BoundLayerNorm:
    """Layer norm on its arrays; N counts the rows, which are samples, steps or pixels."""

    def __init__(self, layer: LayerNorm, at: Arrays) -> None:
        self.epsilon = layer.epsilon
        self.x = as_rows(at.a_prev)  # (R or 1, N, n)
        self.out = at.buffers["a"]  # (R, B, ..., n)
        self.a, self.x_hat = as_rows(self.out), as_rows(at.buffers["x_hat"])  # (R, N, n)
        self.mean, self.per_deviation = (as_rows(at.buffers[name]) for name in ("mean", "per_deviation"))  # (R, N, 1)
        self.gamma, self.dgamma = at.values["gamma"], at.gradients["gamma"]  # (R, 1, n)
        self.beta, self.dbeta = at.values["beta"], at.gradients["beta"]  # (R, 1, n)
        self.gamma_over_n = at.scratch["gamma_over_n"]  # (R, n, 1)
        self.ones, self.average = at.scratch["ones"], at.scratch["average"]  # (1, 1, N), (1, n, 1)
        self.ones[...] = 1
        self.average[...] = 1 / self.a.shape[2]

    def forward(self, on: Program, training: bool) -> Array:
        on.matmul(self.x, self.average, self.mean)
        on.subtract(self.x, self.mean, self.x_hat)
        on.multiply(self.x_hat, self.x_hat, self.a)
        on.matmul(self.a, self.average, self.mean)  # now the variance
        on.add(self.mean, self.epsilon, self.mean)
        _invert_root(on, self.mean, self.per_deviation)
        on.multiply(self.x_hat, self.per_deviation, self.x_hat)
        on.multiply(self.x_hat, self.gamma, self.a)
        on.add(self.a, self.beta, self.a)
        return self.out

    def backward(self, on: Program, da: Array, da_prev: Array | None) -> None:
        da, product, mean = as_rows(da), self.a, self.mean  # a is free: its readers have already passed back
        on.multiply(da, self.x_hat, product)
        on.matmul(self.ones, product, self.dgamma)
        on.matmul(self.ones, da, self.dbeta)
        if da_prev is not None:
            da_prev = as_rows(da_prev)
            on.divide(self.gamma.mT, self.gamma.shape[-1], self.gamma_over_n)
            on.matmul(product, self.gamma_over_n, mean)  # Σ (dx̂ x̂) / n
            on.multiply(self.x_hat, mean, product)
            on.multiply(da, self.gamma, da_prev)
            on.subtract(da_prev, product, da_prev)
            on.matmul(da, self.gamma_over_n, mean)  # Σ dx̂ / n
            on.subtract(da_prev, mean, da_prev)
            on.multiply(da_prev, self.per_deviation, da_prev)


def _scale_and_shift(n: int) -> tuple[ParameterSpec, ...]:
    return ParameterSpec("gamma", (n,), Ones(), 1, 1), ParameterSpec("beta", (n,), Zeros(), 1, 1)


def _invert_root(on: Program, variance: Array, out: Array) -> None:
    """out = 1 / √variance; NaN if the variance has overflowed, which 1 / √∞ = 0 would hide."""
    on.sqrt(variance, out)
    on.divide(out, variance, out)
