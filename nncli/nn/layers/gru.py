"""The gated recurrent unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from nncli.nn.layers import Arrays, layers
from nncli.nn.layers.unrolled import BoundUnrolled, Unrolled, sigmoid
from nncli.nn.program import Program


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

    def work(self, steps: int) -> dict[str, int]:
        return Unrolled.work(self, steps) | {"dUh": self.gates * steps, "slopes": 2, "product": 1}

    def bind_group(self, at: Arrays) -> BoundUnrolled:
        return BoundGRU(self, at)


class BoundGRU(BoundUnrolled):
    """A GRU on the arrays of a group."""

    def __init__(self, layer: GRU, at: Arrays) -> None:
        super().__init__(layer, at)
        R, n, T, B = self.sizes
        self.n = at.buffers["n"].reshape(T, R, n, B)
        self.dUh = self.scratch("dUh").reshape(R, 3, n, T, B)
        self.slopes = self.scratch("slopes").reshape(2, R, n, B)
        self.product = self.scratch("product").reshape(R, n, B)

    def step(self, on: Program, t: int) -> None:
        (r, u, Uh_n), ru, n, h = self.z[t], self.z[t, :2], self.n[t], self.h[:, :, t]
        xW, Uh = self.xW(t), self.gates_of_Uh()
        on.add(xW[:2], Uh[:2], ru)
        on.copy(Uh[2], Uh_n)
        sigmoid(on, ru)
        on.multiply(r, Uh_n, n)
        on.add(n, xW[2], n)
        on.tanh(n, n)
        on.subtract(self.h_prev(t), n, self.product)
        on.multiply(self.product, u, self.product)
        on.add(n, self.product, h)

    def step_back(self, on: Program, t: int) -> None:
        (r, u, Uh_n), ru, n, dh = self.z[t], self.z[t, :2], self.n[t], self.dh
        (slope_r, slope_u), product, dn = self.slopes, self.product, self.carry
        dz, dUh = self.xW(t), self.dUh[..., t, :].swapaxes(0, 1)
        on.add(dh, self.carry, dh)
        on.subtract(1, ru, self.slopes)
        on.multiply(dh, slope_u, dn)
        on.multiply(self.slopes, ru, self.slopes)
        on.multiply(n, n, product)
        on.subtract(1, product, product)
        on.multiply(product, dn, product)  # dz of n
        on.copy(product, dz[2])
        on.multiply(product, r, dUh[2])
        on.multiply(product, Uh_n, product)
        on.multiply(product, slope_r, dz[0])
        on.subtract(self.h_prev(t), n, product)
        on.multiply(product, dh, product)
        on.multiply(product, slope_u, dz[1])
        on.copy(dz[:2], dUh[:2])
        on.multiply(dh, u, self.carry)
