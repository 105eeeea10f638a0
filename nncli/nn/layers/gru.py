"""The gated recurrent unit."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import ClassVar

import numpy as np

from nncli.nn.arrays import ONE
from nncli.nn.layers import State, layers
from nncli.nn.layers.unrolled import Unrolled, sigmoid


@layers.register("gru", also_called=("gated_recurrent_unit",))
@dataclass(frozen=True, slots=True)
class GRU(Unrolled):
    """GRU: a state that moves toward a candidate n by as much as the update gate u allows.

        r, u = σ(x_t W + b + h_{t-1} U) in their blocks
        n    = tanh(x_t W_n + b_n + r * (h_{t-1} U_n))
        h_t  = (1 - u) * n + u * h_{t-1}
        dz_n = dh_t * (1 - u) * (1 - n²)
        dz_u = dh_t * (h_{t-1} - n) * u (1 - u)
        dz_r = dz_n * (h_{t-1} U_n) * r (1 - r)
        dh_{t-1} = [dz_r, dz_u, r * dz_n] Uᵀ + dh_t * u

    The reset gate r acts after the recurrent product, as in cuDNN and PyTorch, not on h_{t-1} before it as in the
    paper; so all gates share one product. PyTorch has a second bias, which in n lies inside r * (...): here it is 0.
    h is 0 before the first step. With `truncation` k the steps are split, from the last one backward, into segments of
    k. States carry over between segments, gradients do not: the gradient of a step reaches at most k steps, its own
    included.

    Shapes: a_prev (R, B, steps, n_in), W (R, n_in, 3 units), b (R, 1, 3 units), U (R, units, 3 units), columns in the
    order r, u, n; a (R, B, units), or (R, B, steps, units) with `return_sequence`.
    Source: Cho et al. (2014), version 1 of the paper on arXiv for r after the product.
    """

    gates: ClassVar[int] = 3

    def kept(self, steps: int) -> dict[str, int]:
        return Unrolled.kept(self, steps) | {"n": steps}

    def scratch(self, steps: int) -> dict[str, int]:
        return Unrolled.scratch(self, steps) | {"own_dUh": self.gates * steps, "slopes": 2, "work": 1}

    def bind_kind(self, s: State) -> None:
        s.n, s.dUh = s.n.reshape(s.z[:, 0].shape), s.own_dUh.reshape(s.dz.shape)
        s.slopes, s.work = s.slopes.reshape(s.z[0, :2].shape), s.work.reshape(s.dh.shape)
        s.slope_r, s.slope_u = s.slopes
        s.Uh_ru, s.Uh_n = s.gates_of_Uh[:2], s.gates_of_Uh[2]

    def bind_step(self, s: State, at: SimpleNamespace, t: int) -> None:
        at.ru, (at.r, at.u, at.Uh_n), at.n = at.z[:2], at.z, s.n[t]
        at.xW_ru, at.xW_n = at.xW[:2], at.xW[2]
        at.dz_ru, (at.dz_r, at.dz_u, at.dz_n) = at.dz[:2], at.dz
        at.dUh_ru, at.dUh_n = s.dUh[:, :2, :, t].swapaxes(0, 1), s.dUh[:, 2, :, t]

    def step(self, s: State, at: SimpleNamespace) -> None:
        np.add(at.xW_ru, s.Uh_ru, out=at.ru)
        at.Uh_n[...] = s.Uh_n
        sigmoid(at.ru)
        np.multiply(at.r, at.Uh_n, out=at.n)
        at.n += at.xW_n
        np.tanh(at.n, out=at.n)
        np.subtract(at.h_prev, at.n, out=s.work)
        s.work *= at.u
        np.add(at.n, s.work, out=at.h)

    def step_back(self, s: State, at: SimpleNamespace) -> None:
        one = ONE[s.dh.dtype]
        s.dh += s.carry
        np.subtract(one, at.ru, out=s.slopes)
        np.multiply(s.dh, s.slope_u, out=s.carry)  # dn
        s.slopes *= at.ru
        np.multiply(at.n, at.n, out=s.work)
        np.subtract(one, s.work, out=s.work)
        s.work *= s.carry
        at.dz_n[...] = s.work
        np.multiply(s.work, at.r, out=at.dUh_n)
        s.work *= at.Uh_n
        np.multiply(s.work, s.slope_r, out=at.dz_r)
        np.subtract(at.h_prev, at.n, out=s.work)
        s.work *= s.dh
        np.multiply(s.work, s.slope_u, out=at.dz_u)
        at.dUh_ru[...] = at.dz_ru
        np.multiply(s.dh, at.u, out=s.carry)
