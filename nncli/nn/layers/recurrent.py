"""The simple recurrent layer."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import ClassVar, Literal

import numpy as np

from nncli.nn.arrays import ONE
from nncli.nn.layers import State, layers
from nncli.nn.layers.unrolled import Unrolled
from nncli.registry import option


@layers.register("rnn", also_called=("simple_rnn", "elman", "recurrent"))
@dataclass(frozen=True, slots=True)
class RNN(Unrolled):
    """RNN: at each step the units see the input and the output of all units one step before.

        h_t  = f(x_t W + b + h_{t-1} U)
        dz_t = dh_t * f'(z_t)                    dh_{t-1} = da_{t-1} + dz_t Uᵀ
        dW   = Σ x_tᵀ dz_t,   db = Σ dz_t        dU = Σ h_{t-1}ᵀ dz_t
        da_prev_t = dz_t Wᵀ

    h is 0 before the first step; Σ runs over steps and batch. With `truncation` k the steps are cut, from the last one
    backward, into segments of k. States carry over between segments, gradients do not: the gradient of a step
    reaches at most k steps, its own included. PyTorch adds a second bias to the first: here it is 0.

    Shapes: a_prev (R, B, steps, n_in), W (R, n_in, units), b (R, 1, units), U (R, units, units);
    a (R, B, units), or (R, B, steps, units) with `return_sequence`.
    Source: Elman (1990); Williams & Peng (1990) for truncation; Le, Jaitly & Hinton (2015) for ReLU.
    """

    gates: ClassVar[int] = 1

    activation: Literal["tanh", "relu"] = option("tanh", "f, the activation of every step")

    def bind_step(self, s: State, at: SimpleNamespace, t: int) -> None:
        at.z, at.xW, at.dz = at.z[0], at.xW[0], at.dz[0]

    def step(self, s: State, at: SimpleNamespace) -> None:
        np.add(at.xW, s.Uh, out=at.z)
        if self.activation == "tanh":
            np.tanh(at.z, out=at.h)
        else:
            np.maximum(at.z, 0, out=at.h)

    def step_back(self, s: State, at: SimpleNamespace) -> None:
        # f' from h alone: 1 - tanh² or, as h is never negative, its sign
        if self.activation == "tanh":
            np.multiply(at.h, at.h, out=s.carry)
            np.subtract(ONE[s.dh.dtype], s.carry, out=s.carry)
        else:
            np.sign(at.h, out=s.carry)
        np.multiply(s.dh, s.carry, out=at.dz)
