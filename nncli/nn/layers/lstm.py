"""Long short-term memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from nncli.nn.arrays import Array, PerReplica
from nncli.nn.initializers import Initializer
from nncli.nn.layers import Arrays, layers
from nncli.nn.layers.unrolled import BoundUnrolled, PerGate, Unrolled, sigmoid
from nncli.nn.program import Program
from nncli.registry import option


@layers.register("lstm", also_called=("long_short_term_memory",))
@dataclass(frozen=True, slots=True)
class LSTM(Unrolled):
    """LSTM: a memory c whose gates write (i), keep (f) and output (o), so that gradients survive many steps.

        [o i f g] = [σ σ σ tanh](x_t W + b + h_{t-1} U)
        c_t  = f * c_{t-1} + i * g           h_t = o * tanh(c_t)
        dc_t = dh_t * o * (1 - tanh(c_t)²) + dc_{t+1} * f_{t+1}
        dz   = [dh_t * tanh(c_t), dc_t * g, dc_t * c_{t-1}, dc_t * i]
               * [σ' σ' σ' tanh']
        dh_{t-1} = dz Uᵀ

    h and c are 0 before the first step; σ' = a (1 - a), tanh' = 1 - a². Gates do not see c (no peepholes).
    PyTorch has its gates in the order i, f, g, o, no forget bias, and a second bias, which here is 0.
    With `truncation` k the steps are split, from the last one backward, into segments of k. States carry over between
    segments, gradients do not: the gradient of a step reaches at most k steps, its own included.

    Shapes: a_prev (R, B, steps, n_in), W (R, n_in, 4 units), b (R, 1, 4 units), U (R, units, 4 units), columns in the
    order o, i, f, g; a (R, B, units), or (R, B, steps, units) with `return_sequence`.
    Source: Hochreiter & Schmidhuber (1997); Gers, Schmidhuber & Cummins (2000) for f; Jozefowicz, Zaremba & Sutskever
    (2015) for its bias.
    """

    gates: ClassVar[int] = 4

    forget_bias: PerReplica = option(1.0, "added to the forget gate's initial biases", per_replica=True)

    def first_b(self) -> Initializer:
        return ForgetBias(PerGate(self.bias_initializer, self.gates), self.forget_bias)

    def kept(self, steps: int) -> dict[str, int]:
        return Unrolled.kept(self, steps) | {"c": steps, "tanh_c": steps}

    def work(self, steps: int) -> dict[str, int]:
        return Unrolled.work(self, steps) | {"slopes": self.gates, "product": 1}

    def bind_group(self, at: Arrays) -> BoundUnrolled:
        return BoundLSTM(self, at)


class BoundLSTM(BoundUnrolled):
    """An LSTM on the arrays of a group."""

    def __init__(self, layer: LSTM, at: Arrays) -> None:
        super().__init__(layer, at)
        R, n, T, B = self.sizes
        self.c, self.tanh_c = (at.buffers[name].reshape(T, R, n, B) for name in ("c", "tanh_c"))
        self.slopes = self.scratch("slopes").reshape(4, R, n, B)
        self.product = self.scratch("product").reshape(R, n, B)

    def c_prev(self, t: int) -> Array:
        """c_{t-1}, (R, n, B)."""
        return self.c[t - 1] if t else self.start

    def step(self, on: Program, t: int) -> None:
        (o, i, f, g), oif = self.z[t], self.z[t, :3]
        c, tanh_c, h, product = self.c[t], self.tanh_c[t], self.h[:, :, t], self.product
        on.add(self.xW(t), self.gates_of_Uh(), self.z[t])
        sigmoid(on, oif)
        on.tanh(g, g)
        on.multiply(f, self.c_prev(t), c)
        on.multiply(i, g, product)
        on.add(c, product, c)
        on.tanh(c, tanh_c)
        on.multiply(o, tanh_c, h)

    def step_back(self, on: Program, t: int) -> None:
        (o, i, f, g), oif, tanh_c = self.z[t], self.z[t, :3], self.tanh_c[t]
        slopes, product, dh, dc, dz = self.slopes, self.product, self.dh, self.carry, self.xW(t)
        on.multiply(tanh_c, tanh_c, product)
        on.subtract(1, product, product)
        on.multiply(product, o, product)
        on.multiply(product, dh, product)
        on.add(dc, product, dc)
        on.subtract(1, oif, slopes[:3])
        on.multiply(slopes[:3], oif, slopes[:3])
        on.multiply(g, g, slopes[3])
        on.subtract(1, slopes[3], slopes[3])
        for slope, factor in zip(slopes, (tanh_c, g, self.c_prev(t), i), strict=True):
            on.multiply(slope, factor, slope)
        on.multiply(slopes[0], dh, dz[0])
        on.multiply(slopes[1:], dc, dz[1:])
        on.multiply(dc, f, self.carry)


@dataclass(frozen=True, slots=True)
class ForgetBias:
    """An initializer that adds a number to the block of the forget gate."""

    initializer: Initializer
    forget_bias: PerReplica

    def values(self, normals: Array, fan_in: int, fan_out: int) -> Array:
        """The initializer's values plus the number; see `Initializer`."""
        b = self.initializer.values(normals, fan_in, fan_out)
        np.split(b, LSTM.gates)[2][...] += self.forget_bias
        return b
