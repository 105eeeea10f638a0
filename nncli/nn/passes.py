"""Passes through a network: all replicas together, or group by group where the cache is too small for all."""

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
"""Bytes of buffers that replicas pass through together. Far above, a layer no longer finds in the cache what the one
before wrote, and a stack takes up to a fifth longer than its replicas one by one; far below, the calls cost more."""


@dataclass(slots=True)
class Output:
    """What the loss reads and writes: z, p, dz and scratch (R, B, n_out), and itself (R,)."""

    z: Array  # the network's output, as the last forward pass left it
    p: Array
    dz: Array
    work: Array
    loss: NDArray[Any]

    def of(self, rows: slice) -> Output:
        """Views of some replicas."""
        return Output(*(getattr(self, name)[rows] for name in self.__slots__))


@dataclass(slots=True)
class Group:
    """Replicas that pass together, and the views that they pass through: the next group overwrites the buffers."""

    rows: slice
    alone: bool  # whether these are all replicas
    layers: list[Layer]
    states: list[State]
    gradients: list[Array | None]  # da_prev of each layer; none up to the first layer that is trained
    first_trained: int
    output: Output
    inputs: list[Array] = field(default_factory=list)  # a_prev of each layer, as the last forward pass left them

    def forward(self, x: Array, training: bool) -> None:
        """From a batch x (R or 1, B, ...) of all replicas to the group's part of the output z."""
        self.inputs = [rows_of(x, self.rows)]
        for layer, state in zip(self.layers, self.states, strict=True):
            self.inputs.append(layer.forward(self.inputs[-1], state, training))
        z = self.inputs.pop()
        if self.alone:
            self.output.z = z  # no need to copy
        else:
            self.output.z[...] = z

    def backward(self, loss: Loss, y: Array) -> None:
        """From targets y (R or 1, B, n_out) of all replicas to the group's loss and gradients, behind `forward`."""
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
    """What the buffers hold of one sample of one replica; each layer is given with the shape of its input."""
    found = 0
    for index, (layer, shape) in enumerate(layers):
        found += sum(math.prod(buffer) for buffer in layer.buffers(shape).values())
        if index > first_trained:
            found += math.prod(shape)  # da_prev
    return found


def together(replicas: int, batch: int, sample_bytes: int) -> int:
    """How many replicas pass together: as many as fit the cache, and at least one."""
    return max(1, min(replicas, CACHE // max(1, batch * sample_bytes)))


def room(replicas: int, capacity: int, sample_bytes: int) -> int:
    """The most samples, in batches of up to `capacity`, of the replicas that pass together."""
    return max(capacity, min(replicas * capacity, CACHE // max(1, sample_bytes)))


def divide(replicas: int, most: int) -> list[slice]:
    """All replicas in as few groups of at most so many as can be, about equal, the largest first."""
    count = -(-replicas // most)
    return [slice(*ends) for ends in itertools.pairwise(-(-replicas * g // count) for g in range(count + 1))]
