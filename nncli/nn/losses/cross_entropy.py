"""Cross entropies: minus the log-likelihood of the targets, computed from logits."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from nncli.nn.arrays import Array, row_blocks
from nncli.nn.losses import losses
from nncli.nn.losses.reduction import mean
from nncli.nn.program import Program


@losses.register(
    "binary_cross_entropy", also_called=("bce", "bce_with_logits", "cross_entropy", "log_loss", "logistic_loss")
)
@dataclass(frozen=True, slots=True)
class BinaryCrossEntropy:
    """Binary cross entropy: the surprise at independent binary targets; includes the sigmoid.

        p  = 1 / (1 + exp(-z))  =  exp((1 - y) z - l)
        L  = mean of l
        l  = -y log p - (1 - y) log(1 - p)  =  log(exp((1 - y) z) + exp(-y z))
        dz = (p - y) / (B n)

    The mean runs over the B samples and n outputs. The second forms cannot overflow, and preserve the small losses of
    confident correct answers.

    Shapes: z, p (R, B, n); y (R or 1, B, n) in [0, 1]; L (R,), in nats.
    Source: Goodfellow, Bengio & Courville (2016), section 6.2.2.2.
    """

    link: ClassVar[str] = "sigmoid"
    kinds: ClassVar[tuple[str, ...]] = ("binary",)
    counts_mistakes: ClassVar[bool] = False

    def forward(self, on: Program, z: Array, y: Array, p: Array, work: Array, out: Array) -> None:
        on.multiply(z, y, p)
        on.subtract(z, p, work)
        on.negative(p, p)
        on.logaddexp(work, p, p)
        mean(on, p, z.shape[1] * z.shape[2], out)
        on.subtract(work, p, p)
        on.exp(p, p)

    def backward(self, on: Program, z: Array, y: Array, p: Array, out: Array) -> None:
        on.subtract(p, y, out)
        on.divide(out, z.shape[1] * z.shape[2], out)

    def upper_bound(self, error: float) -> float:
        return -math.log1p(-error)  # -log p of the right answer, which is at least 1 - error


@losses.register(
    "softmax_cross_entropy",
    also_called=("categorical_cross_entropy", "sparse_categorical_cross_entropy", "cross_entropy", "log_loss", "nll"),
)
@dataclass(frozen=True, slots=True)
class SoftmaxCrossEntropy:
    """Softmax cross entropy: the surprise at the correct one of n classes; includes the softmax.

        p_k = exp(z_k - m) / s,   s = Σ_k exp(z_k - m),   m = max_k z_k
        L   = (1/B) Σ_b Σ_k -y_k log p_k,   log p_k = z_k - m - log s
        dz  = (p - y) / B

    The maximum cancels; without it exp would overflow.

    Shapes: z, p (R, B, n); y (R or 1, B, n), each row a distribution, such as one-hot; L (R,), in nats.
    Source: Bridle (1990); Goodfellow, Bengio & Courville (2016), section 6.2.2.3.
    """

    link: ClassVar[str] = "softmax"
    kinds: ClassVar[tuple[str, ...]] = ("classes",)
    counts_mistakes: ClassVar[bool] = False

    def forward(self, on: Program, z: Array, y: Array, p: Array, work: Array, out: Array) -> None:
        scratch, largest = list[Array](), float(np.finfo(z.dtype).max)
        for z_rows, p_rows, log_p in row_blocks(z, p, work):
            scratch = scratch or [np.empty((len(z_rows), 1), z.dtype) for _ in "ms"]  # the first block is the largest
            m, s = (numbers[: len(z_rows)] for numbers in scratch)
            on.call(np.maximum.reduce, z_rows, -1, None, m, True)
            on.maximum(m, 0, s)
            on.subtract(s, largest, s)
            on.maximum(z_rows, s, log_p)  # else z - m may overflow, and 0 · ∞ is NaN
            on.subtract(log_p, m, log_p)
            on.exp(log_p, p_rows)
            on.call(np.add.reduce, p_rows, -1, None, s, True)
            on.divide(p_rows, s, p_rows)
            on.call(np.log, s, s)
            on.subtract(log_p, s, log_p)
        on.multiply(work, y, work)
        mean(on, work, -z.shape[1], out)

    def backward(self, on: Program, z: Array, y: Array, p: Array, out: Array) -> None:
        on.subtract(p, y, out)
        on.divide(out, z.shape[1], out)

    def upper_bound(self, error: float) -> float:
        return -math.log1p(-error)  # -log p of the right answer, which is at least 1 - error
