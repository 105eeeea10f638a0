"""The simple recurrent layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from nncli.nn.layers import Arrays, layers
from nncli.nn.layers.unrolled import BoundUnrolled, Unrolled
from nncli.nn.program import Program
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

    def bind_group(self, at: Arrays) -> BoundUnrolled:
        return BoundRNN(self, at)


class BoundRNN(BoundUnrolled):
    """An RNN on the arrays of a group."""

    def __init__(self, layer: RNN, at: Arrays) -> None:
        super().__init__(layer, at)
        self.tanh = layer.activation == "tanh"

    def step(self, on: Program, t: int) -> None:
        (z,), (xW,), (Uh,), h = self.z[t], self.xW(t), self.gates_of_Uh(), self.h[:, :, t]
        on.add(xW, Uh, z)
        if self.tanh:
            on.tanh(z, h)
        else:
            on.maximum(z, 0, h)

    def step_back(self, on: Program, t: int) -> None:
        (dz,), h, slope = self.xW(t), self.h[:, :, t], self.carry
        # f' from h alone: 1 - tanh² or, as h is never negative, its sign
        if self.tanh:
            on.multiply(h, h, slope)
            on.subtract(1, slope, slope)
        else:
            on.sign(h, slope)
        on.multiply(self.dh, slope, dz)
