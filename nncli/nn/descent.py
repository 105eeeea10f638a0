"""One step of an optimizer over all parameters: clipping, weight decay, all in cache-sized blocks."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nncli.nn.arrays import BLOCK, Array, PerReplica
from nncli.nn.optimizers import Optimizer
from nncli.nn.parameters import Segment
from nncli.nn.program import Program
from nncli.nn.replicas import select


class Descent:
    """Applies an optimizer to `theta` (R, P), given `grad`.

        ‖g‖   = √Σ g²                          per replica, over all its parameters
        g    *= min(1, clip_norm / ‖g‖)        if clip_norm is given
        W    *= 1 - learning_rate weight_decay  for parameters declared with decay, if the optimizer has a weight_decay
        theta, slots = optimizer(theta, g, slots)

    Source of clipping: Pascanu, Mikolov & Bengio (2013).
    """

    def __init__(
        self,
        optimizer: Optimizer,
        theta: Array,
        grad: Array,
        segments: Sequence[Segment],
        *,
        learning_rate: PerReplica,
        clip_norm: PerReplica | None = None,
    ) -> None:
        self.optimizer, self.learning_rate, self.clip_norm = optimizer, learning_rate, clip_norm
        self.segments = [segment for segment in segments if segment.spec.decay]
        self.slots: tuple[Array, ...] = tuple(np.zeros_like(theta) for _ in optimizer.slots)
        rate, decay = float(np.max(learning_rate)), float(np.max(getattr(optimizer, "weight_decay", 0.0)))
        self._bold = rate > 100 or rate * decay > 2
        self._bind(theta, grad)

    def exact(self, squared_norms: Array) -> Array:
        """‖g‖² per replica (R,), in float64 if it overflows float32 although the elements are finite.

        For a `clip_norm`, which can still help. Without one such a gradient is too large: adam's g² would overflow
        too, and √v = ∞ end its steps.
        """
        if self.clip_norm is None or math.isfinite(np.add.reduce(squared_norms)):
            return squared_norms
        norms = squared_norms.astype(np.float64)
        for r in np.flatnonzero(~np.isfinite(norms)):
            wide = self.grad[r].astype(np.float64)
            norms[r] = wide @ wide
        return norms

    def step(self, step: int, factor: float, squared_norms: Array) -> None:
        """Take the given step (the first is 1), with the learning rate scaled by `factor`."""
        if self.clip_norm is not None:
            self._clip(squared_norms)
        learning_rate = self.learning_rate * factor
        if self._weight_decay is not None:
            self._shrink[...] = 1 - learning_rate * self._weight_decay
        for rate, value in zip(self.rates, self.optimizer.rates(learning_rate, step), strict=True):
            rate[...] = value
        self.program.run()

    def may_overflow(self, squared_norms: Array) -> bool:
        """Whether a step could overflow finite weights: only if it is enormous.

        Otherwise |learning_rate · g| < 100 · 1.8e19 in float32, and weight decay shrinks.
        """
        return self._bold or squared_norms.dtype != self.grad.dtype

    def keep(self, rows: NDArray[np.intp], theta: Array, grad: Array) -> None:
        """Keep only some replicas, whose parameters now live in `theta` and `grad`."""
        self.slots = tuple(slot[rows] for slot in self.slots)
        self.optimizer = select(self.optimizer, rows)
        self.learning_rate, self.clip_norm = select(self.learning_rate, rows), select(self.clip_norm, rows)
        self._bind(theta, grad)

    def _clip(self, squared_norms: Array) -> None:
        norms = np.sqrt(squared_norms.astype(np.float64))[:, None]
        with np.errstate(divide="ignore"):
            factors = np.minimum(1.0, self.clip_norm / norms)
        if (factors < 1).any():
            np.multiply(self.grad, factors.astype(self.grad.dtype), out=self.grad)

    def _bind(self, theta: Array, grad: Array) -> None:
        """Prepare the step for contiguous blocks: whole rows if they are short, pieces of a row if it is long."""
        self.theta, self.grad = theta, grad
        self._weight_decay: PerReplica | None = getattr(self.optimizer, "weight_decay", None)
        self.rates = tuple(
            np.empty(np.shape(rate), theta.dtype) for rate in self.optimizer.rates(self.learning_rate, 1)
        )
        self.program = on = Program()
        if self._weight_decay is not None:
            self._shrink = np.empty(np.shape(self.learning_rate * self._weight_decay), theta.dtype)
            for segment in self.segments:
                W = theta[:, segment.start : segment.stop]
                on.multiply(W, self._shrink, W)
        replicas, total = theta.shape
        width = min(total, BLOCK) or 1
        height = max(1, BLOCK // width) if width == total else 1
        scratch = np.empty(min(width * height, theta.size), theta.dtype)
        for r in range(0, replicas, height):
            rows = slice(r, min(r + height, replicas))
            for c in range(0, total, width):
                at = (rows, slice(c, min(c + width, total)))
                shape = theta[at].shape
                work = scratch[: shape[0] * shape[1]].reshape(shape)
                block = tuple(slot[at] for slot in self.slots)
                rates = tuple(rate[rows] if rate.ndim else rate for rate in self.rates)
                select(self.optimizer, rows).update(on, theta[at], grad[at], block, work, rates)
