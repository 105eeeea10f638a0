"""Passes through a network: all replicas together, or group by group if the cache is too small."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from nncli.nn.arrays import Array, rows_of
from nncli.nn.layers import Layer, Shape, State
from nncli.nn.losses import Loss

CACHE = 5_242_880
"""Bytes of buffers per group of replicas. Far above, a layer no longer finds the output of the previous one
in the cache, and a stack takes up to a fifth longer than its replicas one by one; far below, calls cost more."""


@dataclass(slots=True)
class Output:
    """The arrays of the loss: z, p, dz and scratch (R, B, n_out), and the loss itself (R,)."""

    z: Array  # the network's output from the last forward pass
    p: Array
    dz: Array
    work: Array
    loss: NDArray[Any]

    def of(self, rows: slice) -> Output:
        """Views of some replicas."""
        return Output(*(getattr(self, name)[rows] for name in self.__slots__))


@dataclass(slots=True)
class Group:
    """A group of replicas and its views; the next group overwrites the buffers."""

    rows: slice
    alone: bool  # whether the group is all replicas
    layers: list[Layer]
    states: list[State]
    gradients: list[Array | None]  # da_prev of each layer; none up to the first trained layer
    first_trained: int
    output: Output
    inputs: list[Array] = field(default_factory=list)  # a_prev of each layer, from the last forward pass

    def forward(self, x: Array, training: bool) -> None:
        """Compute the group's part of the output z from a batch x (R or 1, B, ...) of all replicas."""
        self.inputs = [rows_of(x, self.rows)]
        for layer, state in zip(self.layers, self.states, strict=True):
            self.inputs.append(layer.forward(self.inputs[-1], state, training))
        z = self.inputs.pop()
        if self.alone:
            self.output.z = z  # no need to copy
        else:
            self.output.z[...] = z

    def backward(self, loss: Loss, y: Array) -> None:
        """Compute the group's loss and gradients from targets y (R or 1, B, n_out) of all replicas, after `forward`."""
        output, y = self.output, rows_of(y, self.rows)
        loss.forward(output.z, y, output.p, output.work, output.loss)
        loss.backward(output.z, y, output.p, output.dz)
        da = output.dz
        for index in range(len(self.layers) - 1, self.first_trained - 1, -1):
            da_prev = self.gradients[index]
            self.layers[index].backward(self.inputs[index], self.states[index], da, da_prev)
            if da_prev is not None:
                da = da_prev


@dataclass(slots=True)
class Pass:
    """All views for one batch size."""

    groups: list[Group]
    output: Output


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
