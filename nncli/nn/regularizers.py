"""Regularizers: they keep weights small or units independent.

A penalty adds a term to the objective and its derivative to the gradient; it applies only to parameters declared with
`decay=True`, so never to a bias. Dropout and normalization are not penalties but layers, added after or inside each
hidden layer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np

from nncli.nn.arrays import Array, PerReplica, cast
from nncli.nn.program import Program
from nncli.registry import Registry, option

regularizers: Registry[Any] = Registry("regularizer", "regularizers")


@runtime_checkable
class Penalty(Protocol):
    """A term of the objective that depends on weights alone.

    Arrays: W, dW, work (r, c), some columns of r replicas; `out` (r,).
    """

    def add_value(self, W: Array, work: Array, out: Array) -> None:
        """Add the penalty of each row to `out`."""

    def add_gradient(self, on: Program, W: Array, dW: Array, work: Array) -> None:
        """Write onto a program that the penalty's derivative is added to `dW`."""


def penalties_of(regularizer: Iterable[Any]) -> tuple[Penalty, ...]:
    """The regularizers that add a term to the objective."""
    return tuple(part for part in regularizer if isinstance(part, Penalty))


@regularizers.register("l1", also_called=("lasso",))
@dataclass(frozen=True, slots=True)
class L1:
    """L1: pulls every weight toward zero by the same amount; many end near it.

        penalty = rate Σ |W|
        dW     += rate sign(W)

    Shapes: W, dW, work (R, n). No bias is penalized. An optimizer step jumps over zero instead of landing on it, so
    unneeded weights hover around zero within the length of a step; hardly any is exactly zero.
    Source: Tibshirani (1996); Goodfellow, Bengio & Courville (2016), section 7.1.2.
    """

    rate: PerReplica = option(help="strength of the penalty", ge=0, per_replica=True)

    def add_value(self, W: Array, work: Array, out: Array) -> None:
        np.abs(W, out=work)
        out += np.add.reduce(work, axis=-1, dtype=np.float64) * _column(self.rate)

    def add_gradient(self, on: Program, W: Array, dW: Array, work: Array) -> None:
        on.sign(W, work)
        on.multiply(work, cast(self.rate, W.dtype), work)
        on.add(dW, work, dW)


@regularizers.register("l2", also_called=("ridge", "tikhonov"))
@dataclass(frozen=True, slots=True)
class L2:
    """L2: pulls every weight toward zero in proportion to its size (ridge; with plain sgd, weight decay).

        penalty = ½ rate Σ W²
        dW     += rate W

    Shapes: W, dW, work (R, n). Biases are not penalized.
    Source: Hoerl & Kennard (1970); Goodfellow, Bengio & Courville (2016), section 7.1.1.
    """

    rate: PerReplica = option(help="strength of the penalty", ge=0, per_replica=True)

    def add_value(self, W: Array, work: Array, out: Array) -> None:
        np.multiply(W, W, out=work)
        out += np.add.reduce(work, axis=-1, dtype=np.float64) * _column(self.rate) * 0.5

    def add_gradient(self, on: Program, W: Array, dW: Array, work: Array) -> None:
        on.multiply(W, cast(self.rate, W.dtype), work)
        on.add(dW, work, dW)


@regularizers.register("dropout")
@dataclass(frozen=True, slots=True)
class DropoutRegularizer:
    """Dropout: while training, each hidden unit is dropped with probability `rate`.

        a = mask a_prev / (1 - rate),   mask ~ Bernoulli(1 - rate)

    Shapes: a, mask (R, B, ..., n). Inverted, so that prediction needs no scaling.
    Adds a `dropout` layer with these options after hidden layers. After `conv`, and wherever else samples are images or
    sequences, each number is drawn by itself; with `{rate: 0.2, per: channel}` one draw drops a whole channel of a
    sample, as adjacent pixels are nearly redundant.
    Source: Srivastava et al. (2014); Tompson et al. (2015), Efficient object localization, for channels.
    """

    rate: PerReplica = option(help="probability that a unit is dropped", ge=0, lt=1, per_replica=True)
    per: Literal["unit", "channel"] = option("unit", "what is dropped together: a single number, or a whole channel")


@regularizers.register("normalization", also_called=("norm", "batch_norm", "layer_norm"))
@dataclass(frozen=True, slots=True)
class Normalization:
    """Normalization: each hidden layer with weights gets a `batch_norm` or `layer_norm` with default options.

        a = f(norm(z)),   z = a_prev W

    In `dense` and `conv` it goes between z and the activation f; a bias before `batch_norm` would be subtracted
    again with the mean, so beta replaces it. For other layers, whose activations are internal, the
    output is normalized. Dropout comes after all of this.
    Shapes: z, a (R, B, ..., n).
    Source: Ioffe & Szegedy (2015), section 3.2, for the place; Ba, Kiros & Hinton (2016).
    """

    over: Literal["batch", "layer"] = option(help="each feature over the batch, or each sample over its features")


def _column(rate: PerReplica) -> Any:
    """The rate of each row, shaped like a sum over the last axis."""
    return rate[:, 0] if isinstance(rate, np.ndarray) else rate
