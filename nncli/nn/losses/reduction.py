"""From the losses of the samples to one mean per replica."""

from __future__ import annotations

import numpy as np

from nncli.nn.arrays import BLOCK, Array
from nncli.nn.program import Program


def mean(on: Program, work: Array, count: float, out: Array) -> None:
    """out = Σ work / count, per replica.

    A product with a vector of 1 / count divides and sums in one call, and is finite whenever the mean is. Each
    replica's row is reduced by itself and in blocks whose length does not depend on the stack, so neither do the bits.

    Shapes: work (R, B, n), contiguous; out (R,).
    """
    flat = work.reshape(len(out), -1)
    starts = range(0, flat.shape[1], BLOCK)
    weights = np.full(min(BLOCK, flat.shape[1]), 1 / count, work.dtype)
    parts = np.empty((len(starts), len(out)), work.dtype)
    for start, part in zip(starts, parts, strict=True):
        block = flat[:, start : start + BLOCK]
        on.vecdot(block, weights[: block.shape[1]], out if len(parts) == 1 else part)
    if len(parts) > 1:
        on.call(np.add.reduce, parts, 0, None, out)
