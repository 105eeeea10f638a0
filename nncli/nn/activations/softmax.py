"""A distribution over the units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from nncli.nn.activations import Activation, activations
from nncli.nn.arrays import Array, row_blocks
from nncli.nn.program import Program


@activations.register("softmax")
@dataclass(frozen=True, slots=True)
class Softmax(Activation):
    """Softmax: positive activations that sum to one over the units, the probabilities of n classes.

        a_j  = exp(z_j - m) / sum over k of exp(z_k - m)
        m    = max over k of z_k
        dz_j = a_j (da_j - sum over k of a_k da_k)

    To train it, prefer the loss `softmax_cross_entropy`, which takes z itself.

    Shapes: z, a, da, dz (..., B, n), sums over the last axis; writes only into `out`.
    Source: Bridle (1990).
    """

    couples_units: ClassVar[bool] = True

    def forward(self, on: Program, z: Array, out: Array, *_: Array) -> None:
        for z_, out_ in row_blocks(z, out):
            on.call(_softmax, z_, out_)

    def backward(self, on: Program, _z: Array, a: Array, da: Array, out: Array, *_: Array) -> None:
        for a_, da_, out_ in row_blocks(a, da, out):
            on.call(_softmax_back, a_, da_, out_)


def _softmax(z: Array, out: Array) -> None:
    """a = exp(z - m) / Σ exp(z - m)."""
    m = z.max(axis=-1, keepdims=True)
    # exp(-800) is 0, and the difference of two large z might overflow.
    e = np.exp(np.maximum(z, m - 800.0) - m)
    np.divide(e, e.sum(axis=-1, keepdims=True), out=out)


def _softmax_back(a: Array, da: Array, out: Array) -> None:
    """dz = a (da - Σ a da)."""
    mean = (a * da).sum(axis=-1, keepdims=True)
    out[...] = a * (da - mean)
