"""Smooth functions that weigh z by a gate between 0 and 1."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from nncli.nn.activations import Activation, activations
from nncli.nn.arrays import Array, blocks
from nncli.nn.initializers.constants import Constant
from nncli.nn.normal_distribution import normal_cdf, normal_pdf
from nncli.nn.parameters import ParameterSpec
from nncli.nn.program import Program
from nncli.nn.replica_blocks import replica_blocks
from nncli.registry import option

LEVEL = 22.0
"""Above this, mish and its slope round to z and 1 in float64; (exp(2 z))^2 still fits float32."""


def sigmoid_and_complement(u: Array) -> tuple[Array, Array]:
    """(s, 1 - s) for s = 1 / (1 + exp(-u)), each accurate in relative terms and falling to 0 in its own tail."""
    e = np.exp(-np.abs(u))
    large = 1.0 / (1.0 + e)
    small = e * large
    positive = u >= 0.0
    return np.where(positive, large, small), np.where(positive, small, large)


@activations.register("gelu")
@dataclass(frozen=True, slots=True)
class Gelu(Activation):
    """GELU: weighs z by the probability that a standard normal number is below it.

        a  = z Phi(z)
        dz = da (Phi(z) + z phi(z))

    With `approximate`, v = sqrt(8/pi) (z + 0.044715 z^3) and s = 1 / (1 + exp(-v)):

        a  = z/2 (1 + tanh(v/2)) = z s
        dz = da (s + z s (1 - s) dv/dz)

    Shapes: z, a, da, dz (..., B, n); writes only into `out`.
    Source: Hendrycks & Gimpel (2016).
    """

    approximate: bool = option(False, "the formula with tanh, as in the first GPT and BERT models")

    def forward(self, on: Program, z: Array, out: Array, *_: Array) -> None:
        for z_, out_ in blocks(z, out):
            on.call(self._block, z_, out_)

    def _block(self, z: Array, out: Array) -> None:
        gate = _tanh_gate(z)[0] if self.approximate else normal_cdf(z)
        np.multiply(z, gate, out=out)

    def backward(self, on: Program, z: Array, _a: Array, da: Array, out: Array, *_: Array) -> None:
        for z_, da_, out_ in blocks(z, da, out):
            on.call(self._block_back, z_, da_, out_)

    def _block_back(self, z: Array, da: Array, out: Array) -> None:
        if self.approximate:
            gate, density = _tanh_gate(z)
        else:
            density = normal_pdf(z)
            gate = normal_cdf(z, density)
        out[...] = da * (gate + z * density)


def _tanh_gate(z: Array) -> tuple[Array, Array]:
    """s and its derivative s (1 - s) dv/dz of the approximate GELU; beyond |z| = 25 both are at their limits."""
    c = math.sqrt(8.0 / math.pi)
    r = np.clip(z, -25.0, 25.0)
    s, complement = sigmoid_and_complement(r * (c + 0.044715 * c * r * r))
    return s, s * complement * (c + 3.0 * 0.044715 * c * r * r)


@activations.register("swish", also_called=("silu",))
@dataclass(frozen=True, slots=True)
class Swish(Activation):
    """Swish: weighs z by its own sigmoid; with beta = 1 also called SiLU.

        u     = beta z,   s = 1 / (1 + exp(-u))
        a     = z s
        dz    = da s (1 + u (1 - s))
        dbeta = sum over the batch of da z^2 s (1 - s), if learned

    Shapes: z, a, da, dz (..., B, n); beta, dbeta (..., 1, n) if learned; writes only into `out` and `dbeta`.
    Source: Ramachandran, Zoph & Le (2017); Elfwing, Uchibe & Doya (2018).
    """

    beta: float = option(
        1.0, "how sharp the bend is: 0 is linear, large is a ReLU; the initial value, if learned", ge=-1000.0, le=1000.0
    )
    learned: bool = option(False, "whether each unit learns its own beta")

    def parameters(self, n: int) -> tuple[ParameterSpec, ...]:
        return (ParameterSpec("beta", (n,), Constant(self.beta), fan_in=1, fan_out=1),) if self.learned else ()

    def forward(self, on: Program, z: Array, out: Array, *values: Array) -> None:
        for block in self._blocks(values, z, out):
            on.call(_swish, *block)

    def backward(self, on: Program, z: Array, _a: Array, da: Array, out: Array, *values_and_gradients: Array) -> None:
        values, gradients = values_and_gradients[:1], values_and_gradients[1:]
        for dbeta in gradients:
            for block in self._blocks(values, z, da, out):
                on.call(_swish_beta, *block)
            on.call(np.add.reduce, out, -2, None, dbeta, True)
        for block in self._blocks(values, z, da, out):
            on.call(_swish_back, *block)

    def _blocks(self, values: tuple[Array, ...], *arrays: Array) -> Iterator[tuple[Array | float, ...]]:
        if values:
            return replica_blocks(values[0], *arrays)
        return ((self.beta, *pieces) for pieces in blocks(*arrays))


def _swish(beta: Array | float, z: Array, out: Array) -> None:
    """a = z s."""
    np.multiply(z, sigmoid_and_complement(_scaled(beta, z))[0], out=out)


def _swish_beta(beta: Array | float, z: Array, da: Array, out: Array) -> None:
    """The terms of dbeta = Σ da z² s (1 - s)."""
    s, complement = sigmoid_and_complement(_scaled(beta, z))
    out[...] = da * (z * (s * complement) * z)


def _swish_back(beta: Array | float, z: Array, da: Array, out: Array) -> None:
    """dz = da s (1 + u (1 - s))."""
    u = _scaled(beta, z)
    s, complement = sigmoid_and_complement(u)
    out[...] = da * (s * (1.0 + u * complement))


def _scaled(beta: Array | float, z: Array) -> Array:
    """beta z, clipped where the sigmoid has long saturated, so that no product overflows."""
    scaled: Array = beta * np.clip(z, -1e18, 1e18)
    return scaled


@activations.register("mish")
@dataclass(frozen=True, slots=True)
class Mish(Activation):
    """Mish: weighs z by the tanh of its softplus; close to Swish, a little steeper.

        e  = exp(z),   n = e (e + 2)
        a  = z tanh(ln(1 + e)) = z n / (n + 2)
        dz = da (n / (n + 2) + 4 e (e + 1) z / (n + 2)^2)

    Shapes: z, a, da, dz (..., B, n); writes only into `out`.
    Source: Misra (2019).
    """

    def forward(self, on: Program, z: Array, out: Array, *_: Array) -> None:
        for z_, out_ in blocks(z, out):
            on.call(_mish, z_, out_)

    def backward(self, on: Program, z: Array, _a: Array, da: Array, out: Array, *_: Array) -> None:
        for z_, da_, out_ in blocks(z, da, out):
            on.call(_mish_back, z_, da_, out_)


def _mish(z: Array, out: Array) -> None:
    """a = z n / (n + 2)."""
    e = np.exp(np.minimum(z, LEVEL))
    n = e * (e + 2.0)
    np.multiply(z, n / (n + 2.0), out=out)


def _mish_back(z: Array, da: Array, out: Array) -> None:
    """dz = da (n / (n + 2) + 4 e (e + 1) z / (n + 2)²)."""
    r = np.minimum(z, LEVEL)
    e = np.exp(r)
    n = e * (e + 2.0)
    m = n + 2.0
    out[...] = da * (n / m + 4.0 * e * (e + 1.0) * r / (m * m))
