"""Rectifiers: a bend at zero."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nncli.nn.activations import Activation, activations
from nncli.nn.arrays import Array
from nncli.nn.initializers.constants import Constant
from nncli.nn.parameters import ParameterSpec
from nncli.nn.program import Program
from nncli.nn.replica_blocks import replica_blocks
from nncli.registry import option


@activations.register("relu", also_called=("rectifier",))
@dataclass(frozen=True, slots=True)
class Relu(Activation):
    """ReLU: keeps what is positive; a unit that is never positive learns nothing more.

        a  = max(z, 0)
        dz = da where z > 0, else 0

    Shapes: z, a, da, dz (..., B, n); writes only into `out`.
    Source: Nair & Hinton (2010); Glorot, Bordes & Bengio (2011).
    """

    def forward(self, on: Program, z: Array, out: Array, *_: Array) -> None:
        on.maximum(z, 0, out)

    def backward(self, on: Program, _z: Array, a: Array, da: Array, out: Array, *_: Array) -> None:
        on.sign(a, out)  # 1 or 0, with no mask to allocate
        on.multiply(out, da, out)


@activations.register("leaky_relu", also_called=("lrelu",))
@dataclass(frozen=True, slots=True)
class LeakyRelu(Activation):
    """Leaky ReLU: a ReLU with a small slope on the negative side, so that no unit dies.

        a  = max(z, slope z)
        dz = da where z > 0, else slope da

    Shapes: z, a, da, dz (..., B, n); writes only into `out`.
    Source: Maas, Hannun & Ng (2013).
    """

    slope: float = option(0.01, "the slope for z < 0", ge=0.0, le=1.0)

    def forward(self, on: Program, z: Array, out: Array, *_: Array) -> None:
        on.multiply(z, self.slope, out)
        on.maximum(z, out, out)

    def backward(self, on: Program, z: Array, _a: Array, da: Array, out: Array, *_: Array) -> None:
        on.sign(z, out)
        on.maximum(out, self.slope, out)  # max(±1, slope) = 1 or slope
        on.multiply(out, da, out)


@activations.register("prelu")
@dataclass(frozen=True, slots=True)
class PRelu(Activation):
    """PReLU: a leaky ReLU in which each unit learns its slope.

        a      = max(z, 0) + slope min(z, 0)
        dz     = da where z > 0, else slope da
        dslope = sum over the batch of da min(z, 0)

    Shapes: z, a, da, dz (..., B, n); slope, dslope (..., 1, n); writes only into `out` and `dslope`.
    Source: He, Zhang, Ren & Sun (2015), "Delving deep into rectifiers". As in the paper, slopes do not decay.
    """

    slope: float = option(0.25, "initial value of every slope")

    def parameters(self, n: int) -> tuple[ParameterSpec, ...]:
        return (ParameterSpec("slope", (n,), Constant(self.slope), fan_in=1, fan_out=1),)

    def forward(self, on: Program, z: Array, out: Array, *values: Array) -> None:
        for slope, z_, out_ in replica_blocks(values[0], z, out):
            on.call(_prelu, slope, z_, out_)

    def backward(self, on: Program, z: Array, _a: Array, da: Array, out: Array, *values_and_gradients: Array) -> None:
        values, dslope = values_and_gradients
        on.minimum(z, 0, out)
        on.multiply(out, da, out)
        on.call(np.add.reduce, out, -2, None, dslope, True)  # over the batch
        for slope, z_, da_, out_ in replica_blocks(values, z, da, out):
            on.call(_prelu_back, slope, z_, da_, out_)


def _prelu(slope: Array, z: Array, out: Array) -> None:
    """a = max(z, 0) + slope min(z, 0)."""
    out[...] = np.maximum(z, 0.0) + slope * np.minimum(z, 0.0)


def _prelu_back(slope: Array, z: Array, da: Array, out: Array) -> None:
    """dz = da where z > 0, else slope da."""
    out[...] = np.where(z > 0.0, da, slope * da)
