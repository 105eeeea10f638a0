"""From the losses of the samples to one mean per replica."""

from __future__ import annotations

import numpy as np

from nncli.nn.arrays import Array
from nncli.nn.program import Program


def mean(on: Program, work: Array, count: float, out: Array) -> None:
    """out = Σ work / count, per replica.

    A product with a vector of 1 / count divides and sums in one call, and is finite whenever the mean is. Each
    replica's row is reduced by itself, so its bits do not depend on the stack.

    Shapes: work (R, B, n), contiguous; out (R,).
    """
    flat = work.reshape(len(out), -1)
    on.vecdot(flat, np.full(flat.shape[1], 1 / count, work.dtype), out)
