"""Regularizers: what keeps weights small or units independent.

A penalty adds to the objective what it says and to the gradient its derivative; it sees only parameters declared with
`decay=True`, so it never reaches a bias. Dropout and normalization are no penalties but layers, put behind or into each
hidden layer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np

from nncli.nn.arrays import Array, PerReplica, cast
from nncli.registry import Registry, option

regularizers: Registry[Any] = Registry("regularizer", "regularizers")


@runtime_checkable
class Penalty(Protocol):
    """A term of the objective that depends on weights alone.

    Arrays: W, dW, work (r, c), some columns of r replicas; `out` (r,).
    """

    def add_value(self, W: Array, work: Array, out: Array) -> None:
        """Add the penalty of each row to `out`."""

    def add_gradient(self, W: Array, dW: Array, work: Array) -> None:
        """Add the penalty's derivative to `dW`."""


@regularizers.register("l1", also_called=("lasso",))
@dataclass(frozen=True, slots=True)
class L1:
    """L1: pulls every weight towards zero by the same amount; many end near it.

        penalty = rate Σ |W|
        dW     += rate sign(W)

    Shapes: W, dW, work (R, n). Biases are left alone. A step of an optimizer jumps over zero rather than end on it, so
    that weights that are not needed hover around zero within a step's length; hardly one is exactly zero.
    Source: Tibshirani (1996); Goodfellow, Bengio & Courville (2016), section 7.1.2.
    """

    rate: PerReplica = option(help="strength of the penalty", ge=0, per_replica=True)

    def add_value(self, W: Array, work: Array, out: Array) -> None:
        np.abs(W, out=work)
        out += np.add.reduce(work, axis=-1, dtype=np.float64) * _column(self.rate)

    def add_gradient(self, W: Array, dW: Array, work: Array) -> None:
        np.sign(W, out=work)
        np.multiply(work, cast(self.rate, W.dtype), out=work)
        np.add(dW, work, out=dW)


@regularizers.register("l2", also_called=("ridge", "tikhonov"))
@dataclass(frozen=True, slots=True)
class L2:
    """L2: pulls every weight towards zero in proportion to its size (ridge; with plain sgd, weight decay).

        penalty = ½ rate Σ W²
        dW     += rate W

    Shapes: W, dW, work (R, n). Biases are left alone.
    Source: Hoerl & Kennard (1970); Goodfellow, Bengio & Courville (2016), section 7.1.1.
    """

    rate: PerReplica = option(help="strength of the penalty", ge=0, per_replica=True)

    def add_value(self, W: Array, work: Array, out: Array) -> None:
        np.multiply(W, W, out=work)
        out += np.add.reduce(work, axis=-1, dtype=np.float64) * _column(self.rate) * 0.5

    def add_gradient(self, W: Array, dW: Array, work: Array) -> None:
        np.multiply(W, cast(self.rate, W.dtype), out=work)
        np.add(dW, work, out=dW)


@regularizers.register("dropout")
@dataclass(frozen=True, slots=True)
class DropoutRegularizer:
    """Dropout: while training, each hidden unit is silent with probability `rate`.

        a = mask a_prev / (1 - rate),   mask ~ Bernoulli(1 - rate)

    Shapes: a, mask (R, B, ..., n). Inverted, so that prediction needs no scaling.
    Puts a `dropout` layer with these options behind hidden ones. Behind `conv`, and wherever else samples are images or
    sequences, each number is drawn by itself; with `{rate: 0.2, per: channel}` one draw silences a whole channel of a
    sample, as neighbouring pixels say nearly the same.
    Source: Srivastava et al. (2014); Tompson et al. (2015), Efficient object localization, for channels.
    """

    rate: PerReplica = option(help="probability that a unit is silent", ge=0, lt=1, per_replica=True)
    per: Literal["unit", "channel"] = option("unit", "what is silent at once: one number, or one channel everywhere")


@regularizers.register("normalization", also_called=("norm", "batch_norm", "layer_norm"))
@dataclass(frozen=True, slots=True)
class Normalization:
    """Normalization: each hidden layer with weights gets a `batch_norm` or `layer_norm` with its usual options.

        a = f(norm(z)),   z = a_prev W

    Of `dense` and `conv` it stands between z and the activation f; a bias before `batch_norm` would be subtracted
    again with the mean, so beta takes its place. Of other layers, whose activations are part of what they do, the
    output is normalized. Dropout comes behind all of it.
    Shapes: z, a (R, B, ..., n).
    Source: Ioffe & Szegedy (2015), section 3.2, for the place; Ba, Kiros & Hinton (2016).
    """

    over: Literal["batch", "layer"] = option(help="each feature over the batch, or each sample over its features")


def _column(rate: PerReplica) -> Any:
    """The rate of each row, shaped like a sum over the last axis."""
    return rate[:, 0] if isinstance(rate, np.ndarray) else rate
