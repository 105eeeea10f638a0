"""Penalties on the size of weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nncli.nn.arrays import Array, PerReplica, cast
from nncli.nn.program import Program
from nncli.nn.regularizers import regularizers
from nncli.registry import option


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


def _column(rate: PerReplica) -> PerReplica:
    """The rate of each row, shaped like a sum over the last axis."""
    return rate[:, 0] if isinstance(rate, np.ndarray) else rate
