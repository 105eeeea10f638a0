"""Smooth rectifiers made of one exponential."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nncli.nn.activations import Activation, activations
from nncli.nn.arrays import Array, blocks
from nncli.nn.program import Program
from nncli.registry import option

# The alpha and lambda for which N(0, 1) is a fixed point: their closed form is in the test.
SELU_ALPHA = 1.6732632423543772848170429916717
SELU_LAMBDA = 1.0507009873554804934193349852946


@activations.register("elu")
@dataclass(frozen=True, slots=True)
class Elu(Activation):
    """ELU: a ReLU whose negative side bends smoothly to -alpha, so that means stay near zero.

        a  = z where z > 0, else alpha (exp(z) - 1)
        dz = da where z > 0, else da (a + alpha)

    Shapes: z, a, da, dz (..., B, n); writes only into `out`.
    Source: Clevert, Unterthiner & Hochreiter (2016).
    """

    alpha: float = option(1.0, "-alpha is the limit for z to -infinity", ge=0.0, le=1000.0)

    def forward(self, on: Program, z: Array, out: Array, *_: Array) -> None:
        for z_, out_ in blocks(z, out):
            on.call(self._block, z_, out_)

    def _block(self, z: Array, out: Array) -> None:
        out[...] = np.maximum(z, 0.0) + self.alpha * np.expm1(np.minimum(z, 0.0))

    def backward(self, on: Program, z: Array, a: Array, da: Array, out: Array, *_: Array) -> None:
        for z_, a_, da_, out_ in blocks(z, a, da, out):
            on.call(self._block_back, z_, a_, da_, out_)

    def _block_back(self, z: Array, a: Array, da: Array, out: Array) -> None:
        out[...] = da * np.where(z > 0.0, 1.0, a + self.alpha)


@activations.register("selu")
@dataclass(frozen=True, slots=True)
class Selu(Activation):
    """SELU: an ELU scaled so that activations tend to mean 0 and variance 1 from layer to layer.

        a  = lambda z where z > 0, else lambda alpha (exp(z) - 1)
        dz = lambda da where z > 0, else da (a + lambda alpha)

    with alpha = 1.6733 and lambda = 1.0507; values within a few percent of the largest float saturate. Use weights
    from `lecun_normal`.

    Shapes: z, a, da, dz (..., B, n); writes only into `out`.
    Source: Klambauer, Unterthiner, Mayr & Hochreiter (2017).
    """

    def forward(self, on: Program, z: Array, out: Array, *_: Array) -> None:
        for z_, out_ in blocks(z, out):
            on.call(_selu, z_, out_)

    def backward(self, on: Program, z: Array, a: Array, da: Array, out: Array, *_: Array) -> None:
        for z_, a_, da_, out_ in blocks(z, a, da, out):
            on.call(_selu_back, z_, a_, da_, out_)


def _selu(z: Array, out: Array) -> None:
    """a = lambda z where z > 0, else lambda alpha (exp(z) - 1)."""
    top = float(np.finfo(z.dtype).max) / 1.06  # lambda top does not overflow
    negative = SELU_ALPHA * np.expm1(np.minimum(z, 0.0))
    out[...] = SELU_LAMBDA * (np.clip(z, 0.0, top) + negative)


def _selu_back(z: Array, a: Array, da: Array, out: Array) -> None:
    """dz = lambda da where z > 0, else da (a + lambda alpha)."""
    out[...] = da * np.where(z > 0.0, SELU_LAMBDA, a + SELU_LAMBDA * SELU_ALPHA)


@activations.register("softplus")
@dataclass(frozen=True, slots=True)
class Softplus(Activation):
    """Softplus: a ReLU with a rounded bend; its slope is the sigmoid.

        a  = ln(1 + exp(z)) = max(z, 0) + ln(1 + exp(-|z|))
        dz = da / (1 + exp(-z)) = da (1 - exp(-a))

    Shapes: z, a, da, dz (..., B, n); writes only into `out`.
    Source: Dugas, Bengio, Bélisle, Nadeau & Garcia (2001).
    """

    def forward(self, on: Program, z: Array, out: Array, *_: Array) -> None:
        for z_, out_ in blocks(z, out):
            on.call(_softplus, z_, out_)

    def backward(self, on: Program, _z: Array, a: Array, da: Array, out: Array, *_: Array) -> None:
        on.negative(a, out)
        on.expm1(out, out)
        on.negative(out, out)
        on.multiply(out, da, out)


def _softplus(z: Array, out: Array) -> None:
    """a = max(z, 0) + ln(1 + exp(-|z|))."""
    out[...] = np.maximum(z, 0.0) + np.log1p(np.exp(-np.abs(z)))
