"""A pass of one batch through a network: what it computes, and its programs for each group of replicas."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from nncli.nn.arrays import Array, row_maximum
from nncli.nn.layers import Layer, Shape
from nncli.nn.losses import Loss
from nncli.nn.program import Program

CACHE = 5_242_880
"""Bytes of buffers per group of replicas. Far above, a layer no longer finds the output of the previous one
in the cache, and a stack takes up to a fifth longer than its replicas one by one; far below, calls cost more."""


@dataclass(frozen=True, slots=True)
class Output:
    """What a pass computes; the next pass overwrites it.

    Attributes:
        y: the targets (R or 1, B, n_out).
        z: the output of the last layer (R, B, n_out).
        p: the predictions, in the units of the targets.
        dz: the gradient of the loss at z, after a backward pass.
        work: scratch.
        loss: the mean loss per replica (R,).
        squared_norms: ‖g‖² per replica (R,) of the gradient of the objective, after a backward pass.
        function: the loss function.
        numbers: `loss`, `squared_norms` and ‖theta‖², one after the other (3 R,); those are views of it.
        ones: (3 R,), whose product with `numbers` is their sum.
        limits: the mean losses above which some error exceeds a tolerance.
    """

    y: Array
    z: Array
    p: Array
    dz: Array
    work: Array
    loss: Array
    squared_norms: Array
    function: Loss
    numbers: Array
    ones: Array
    limits: dict[float, float] = field(default_factory=dict)

    def is_finite(self) -> bool:
        """Whether loss, gradient and weights of all replicas are finite, which one sum tells.

        The weights are included because a flat part of an activation may hide an infinite one.
        """
        return math.isfinite(np.dot(self.numbers, self.ones))

    def largest_error(self) -> Array:
        """max |p - y| over the batch, per replica (R,)."""
        np.subtract(self.p, self.y, out=self.work)
        np.abs(self.work, out=self.work)
        return row_maximum(self.work.reshape(len(self.work), -1))

    def within(self, tolerance: float) -> NDArray[np.bool_]:
        """Whether every |p - y| of the batch is at most `tolerance`, per replica (R,)."""
        # If the mean loss exceeds the most that such errors can cause (with a margin for rounding), skip the check.
        if (limit := self.limits.get(tolerance)) is None:
            limit = self.limits[tolerance] = 1.001 * self.function.upper_bound(tolerance)
        within: NDArray[np.bool_] = self.loss <= limit
        if np.count_nonzero(within):
            within &= self.largest_error() <= tolerance
        return within


@dataclass(frozen=True, slots=True)
class Pass:
    """The programs of one batch, bound to its arrays.

    Attributes:
        x: the batch.
        output: what the programs compute.
        forward: forward and loss, for one group of replicas after the other.
        forward_and_backward: forward, loss and backward of each group, while its buffers are cached; empty if the pass
            predicts.
    """

    x: Array
    output: Output
    forward: Program
    forward_and_backward: Program

    def measure(self) -> Output:
        """Forward and loss."""
        self.forward.run()
        return self.output

    def gradient(self) -> Output:
        """Forward, loss and backward."""
        self.forward_and_backward.run()
        return self.output


def numbers_per_sample(layers: Iterable[tuple[Layer, Shape]], first_trained: int) -> int:
    """The numbers that buffers hold for one sample of one replica; layers come with their input shapes."""
    found = 0
    for index, (layer, shape) in enumerate(layers):
        found += sum(math.prod(buffer) for buffer in layer.buffers(shape).values())
        if index > first_trained:
            found += math.prod(shape)  # da_prev
    return found


def together(replicas: int, batch: int, sample_bytes: int) -> int:
    """The number of replicas per group: as many as fit in the cache, at least one."""
    return max(1, min(replicas, CACHE // max(1, batch * sample_bytes)))


def room(replicas: int, capacity: int, sample_bytes: int) -> int:
    """The most samples of a group of replicas, in batches of up to `capacity`."""
    return max(capacity, min(replicas * capacity, CACHE // max(1, sample_bytes)))


def divide(replicas: int, most: int) -> list[slice]:
    """Split the replicas into the fewest groups of at most `most`, about equal, the largest first."""
    count = -(-replicas // most)
    return [slice(*ends) for ends in itertools.pairwise(-(-replicas * g // count) for g in range(count + 1))]
