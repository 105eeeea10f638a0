"""Long short-term memory."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import ClassVar

import numpy as np

from nncli.nn.arrays import ONE, Array, PerReplica
from nncli.nn.initializers import Initializer
from nncli.nn.layers import State, layers
from nncli.nn.layers.unrolled import PerGate, Unrolled, sigmoid
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

    def scratch(self, steps: int) -> dict[str, int]:
        return Unrolled.scratch(self, steps) | {"slopes": self.gates, "work": 1}

    def bind_kind(self, s: State) -> None:
        one_gate = s.z[:, 0].shape
        s.c, s.tanh_c = s.c.reshape(one_gate), s.tanh_c.reshape(one_gate)
        s.slopes, s.work = s.slopes.reshape(s.z[0].shape), s.work.reshape(s.dh.shape)
        s.slope_of = tuple(s.slopes)
        s.sigmoid_slopes, s.tanh_slope, s.dz_per_dc = s.slopes[:3], s.slopes[3], s.slopes[1:]

    def bind_step(self, s: State, at: SimpleNamespace, t: int) -> None:
        at.oif, (at.o, at.i, at.f, at.g) = at.z[:3], at.z
        at.c, at.tanh_c, at.c_prev = s.c[t], s.tanh_c[t], s.c[t - 1] if t else s.start
        at.dz_o, at.dz_ifg = at.dz[0], at.dz[1:]

    def step(self, s: State, at: SimpleNamespace) -> None:
        np.add(at.xW, s.gates_of_Uh, out=at.z)
        sigmoid(at.oif)
        np.tanh(at.g, out=at.g)
        np.multiply(at.f, at.c_prev, out=at.c)
        np.multiply(at.i, at.g, out=s.work)
        at.c += s.work
        np.tanh(at.c, out=at.tanh_c)
        np.multiply(at.o, at.tanh_c, out=at.h)

    def step_back(self, s: State, at: SimpleNamespace) -> None:
        one = ONE[s.dh.dtype]
        np.multiply(at.tanh_c, at.tanh_c, out=s.work)
        np.subtract(one, s.work, out=s.work)
        s.work *= at.o
        s.work *= s.dh
        s.carry += s.work  # dc
        np.subtract(one, at.oif, out=s.sigmoid_slopes)
        s.sigmoid_slopes *= at.oif
        np.multiply(at.g, at.g, out=s.tanh_slope)
        np.subtract(one, s.tanh_slope, out=s.tanh_slope)
        for slope, factor in zip(s.slope_of, (at.tanh_c, at.g, at.c_prev, at.i), strict=True):
            np.multiply(slope, factor, out=slope)
        np.multiply(s.slope_of[0], s.dh, out=at.dz_o)
        np.multiply(s.dz_per_dc, s.carry, out=at.dz_ifg)
        s.carry *= at.f


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
