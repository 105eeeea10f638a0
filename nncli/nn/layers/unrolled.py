"""The common base of recurrent layers: their options, their parameters, and the pass through time.

Internally, units are rows and samples are columns, as in textbooks that write z = Wᵀ x + Uᵀ h:

    h, dz            (R, ·, T, B)       all steps of a replica are one matrix, for the sums over time
    z, n, c, tanh c  (T, ·, R, n, B)    a step is contiguous, and so is each of its gates
"""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from nncli.nn.arrays import BLOCK, Array
from nncli.nn.initializers import Initializer, initializers
from nncli.nn.initializers.orthogonal import Orthogonal
from nncli.nn.layers import Arrays, Bound, Layer, Scratch, Shape
from nncli.nn.parameters import ParameterSpec
from nncli.nn.program import Program
from nncli.nn.regularizers import Regularizer, penalties_of, regularizers
from nncli.registry import option

GROUP = 3 * BLOCK
"""The most numbers of all gates in one step of a group of replicas: a third of a second-level cache of 1 MB."""


@dataclass(frozen=True, slots=True)
class PerGate:
    """An initializer that fills the block of each gate like a separate parameter, from its own columns of the draws."""

    initializer: Initializer
    gates: int

    def values(self, normals: Array, fan_in: int, fan_out: int) -> Array:
        """The blocks side by side; see `Initializer`."""
        blocks = np.split(normals, self.gates, axis=-1)
        return np.concatenate([self.initializer.values(block, fan_in, fan_out) for block in blocks], axis=-1)


@dataclass(frozen=True, slots=True)
class Unrolled(Layer):
    """A layer that processes a sequence step by step; subclasses define the step.

    Attributes:
        gates: k, the number of blocks of units in the products x W + b and h U.
    """

    ranks: ClassVar[tuple[int, ...]] = (2,)
    gates: ClassVar[int]

    units: int = option(help="number of units", ge=1, le=1_000_000)
    return_sequence: bool = option(False, "whether the output is the state after every step, not only after the last")
    truncation: int | None = option(None, "the most steps that gradients flow back through; default: all", ge=1)
    initializer: Initializer = option(None, "of W; default: the config's `initializer`", part_of=initializers)
    recurrent_initializer: Initializer = option(None, "of U; default: orthogonal", part_of=initializers)
    bias_initializer: Initializer = option(None, "of b; default: zeros", part_of=initializers)
    regularizer: tuple[Regularizer, ...] = option(
        None, "of W and U; default: the config's `regularizer`", part_of=regularizers
    )

    @property
    def wants_ones(self) -> bool:
        """Yes, for the biases."""
        return True

    def output_shape(self, shape: Shape) -> Shape:
        return (shape[0], self.units) if self.return_sequence else (self.units,)

    def parameters(self, shape: Shape) -> tuple[ParameterSpec, ...]:
        n_in, n, k = shape[1], self.units, self.gates
        penalties = penalties_of(self.regularizer)
        of_U = self.recurrent_initializer or Orthogonal()
        return (
            ParameterSpec("W", (n_in, k * n), PerGate(self.initializer, k), n_in, n, decay=True, penalties=penalties),
            ParameterSpec("b", (k * n,), self.first_b(), n_in, n),
            ParameterSpec("U", (n, k * n), PerGate(of_U, k), n, n, decay=True, penalties=penalties),
        )

    def first_b(self) -> Initializer:
        """The initializer of the biases of all gates."""
        return PerGate(self.bias_initializer, self.gates)

    def multiply_adds(self, shape: Shape) -> int:
        steps, n_in = shape
        return steps * (n_in + self.units) * self.gates * self.units

    def buffers(self, shape: Shape) -> Mapping[str, Shape]:
        """What the backward pass needs from the forward pass; `BoundUnrolled` sets the order of the axes."""
        steps, n_in = shape
        found = {name: (size * self.units,) for name, size in self.kept(steps).items()}
        return found | {"x_and_1": (steps, n_in + 1), "a": self.output_shape(shape)}

    def scratch(self, shape: Shape, replicas: int, batch: int, *, back: bool) -> Mapping[str, Scratch]:
        """What is free again after each pass of a group of replicas."""
        group = -(-replicas // self._groups(replicas, batch))
        return {name: Scratch((group, batch * size * self.units)) for name, size in self.work(shape[0]).items()}

    def kept(self, steps: int) -> dict[str, int]:
        """The count of numbers per unit and sample in each buffer."""
        return {"h": steps, "z": self.gates * steps}

    def work(self, steps: int) -> dict[str, int]:
        """The same for scratch."""
        return {"dz": self.gates * steps, "Uh": self.gates, "start": 1, "dh": 1, "carry": 1}

    def _groups(self, replicas: int, batch: int) -> int:
        """The number of groups whose gates fit in the cache."""
        return min(replicas, -(-replicas * self.gates * self.units * batch // GROUP))

    def bind(self, at: Arrays) -> Bound:
        R, B = at.buffers["a"].shape[:2]
        count = self._groups(R, B)
        groups = [slice(start, stop) for start, stop in itertools.pairwise(R * g // count for g in range(count + 1))]
        return BoundGroups(at.buffers["a"], [(rows, self.bind_group(at.of(rows))) for rows in groups])

    @abstractmethod
    def bind_group(self, at: Arrays) -> BoundUnrolled:
        """The layer on the arrays of a group of replicas."""


class BoundGroups:
    """A recurrent layer, one group of replicas after the other."""

    def __init__(self, a: Array, groups: list[tuple[slice, BoundUnrolled]]) -> None:
        self.a, self.groups = a, groups

    def forward(self, on: Program, training: bool) -> Array:
        for _, group in self.groups:
            group.forward(on)
        return self.a

    def backward(self, on: Program, da: Array, da_prev: Array | None) -> None:
        for rows, group in self.groups:
            group.backward(on, da[rows], None if da_prev is None else da_prev[rows])


class BoundUnrolled(ABC):
    """The arrays of a group, and its pass through time; subclasses write step t and the step back."""

    def __init__(self, layer: Unrolled, at: Arrays) -> None:
        x_and_1 = at.buffers["x_and_1"]
        R, B, T, columns = x_and_1.shape
        n, k = layer.units, layer.gates
        self.at, self.sizes = at, (R, n, T, B)
        self.return_sequence, self.truncation = layer.return_sequence, layer.truncation or T
        self.a_prev, self.a = at.a_prev, at.buffers["a"]  # (R or 1, B, T, n_in), (R, B, [T,] n)
        x_and_1 = x_and_1.reshape(R, T, B, columns)
        if not at.has_ones:
            x_and_1[..., -1] = 1
        self.x = x_and_1[..., : None if at.has_ones else -1]  # (R, T, B, n_in [+ 1])
        self.x_rows = x_and_1.reshape(R, T * B, columns)
        self.W_and_b, self.dW_and_b = at.values["W_and_b"], at.gradients["W_and_b"]  # (R, n_in + 1, k n)
        self.W, self.U, self.dU = at.values["W"], at.values["U"], at.gradients["U"]  # (R, n_in, k n), (R, n, k n)
        self.h = at.buffers["h"].reshape(R, n, T, B)
        self.z = at.buffers["z"].reshape(T, k, R, n, B)
        self.dz = self.scratch("dz").reshape(R, k, n, T, B)  # before the step back it holds x W + b
        self.dUh = self.dz  # the gradient of h U, the same in most kinds
        self.Uh = self.scratch("Uh").reshape(R, k, n, B)
        self.start, self.dh, self.carry = (self.scratch(name).reshape(R, n, B) for name in ("start", "dh", "carry"))
        self.start[...] = 0

    def scratch(self, name: str) -> Array:
        """The scratch of this name for the replicas of the group."""
        found: Array = self.at.scratch[name][: self.sizes[0]]
        return found

    def xW(self, t: int) -> Array:
        """x_t W + b of all gates, (k, R, n, B). In the backward pass it is gone, and `dz` takes its place."""
        return self.dz[..., t, :].swapaxes(0, 1)

    def gates_of_Uh(self) -> Array:
        """h_{t-1} U of all gates, (k, R, n, B)."""
        return self.Uh.swapaxes(0, 1)

    def h_prev(self, t: int) -> Array:
        """h_{t-1}, (R, n, B)."""
        return self.h[:, :, t - 1] if t else self.start

    @abstractmethod
    def step(self, on: Program, t: int) -> None:
        """Write the state `h` of step t, given `xW` and `Uh`, the product with `h_prev`."""

    @abstractmethod
    def step_back(self, on: Program, t: int) -> None:
        """Write `dz` (and `dUh`, where `Uh` has a gradient other than `xW`) of step t, given `dh`.

        Gradients that flow back other than through `Uh` are left in `carry` for the previous step.
        """

    def forward(self, on: Program) -> None:
        """All steps, for the replicas of the group."""
        R, _, T, B = self.sizes
        shared = slice(len(self.a_prev))  # all replicas may share the input
        on.copy(self.a_prev.swapaxes(1, 2), self.x[shared])
        on.matmul(self.W_and_b.mT, self.x_rows[shared].mT, self.dz.reshape(R, -1, T * B))
        for t in range(T):
            if t:
                on.matmul(self.U.mT, self.h_prev(t), self.Uh.reshape(R, -1, B))
            else:
                on.fill(0, self.Uh)
            self.step(on, t)
        on.copy(self.h.transpose(0, 3, 2, 1) if self.return_sequence else self.h[:, :, -1].mT, self.a)

    def backward(self, on: Program, da: Array, da_prev: Array | None) -> None:
        """All steps back, for the replicas of the group."""
        R, _, T, B = self.sizes
        dz, dUh, h = (array.reshape(R, -1, T * B) for array in (self.dz, self.dUh, self.h))
        first = 0 if self.return_sequence else max(0, T - self.truncation)  # no gradient reaches earlier steps
        for t in range(T - 1, first - 1, -1):
            if (T - 1 - t) % self.truncation:
                on.matmul(self.U, dUh[..., (t + 1) * B : (t + 2) * B], self.dh)
            else:
                on.fill(0, self.dh)
                on.fill(0, self.carry)
            if self.return_sequence:
                on.add(self.dh, da[:, :, t].mT, self.dh)
            elif t == T - 1:
                on.copy(da.mT, self.dh)
            self.step_back(on, t)
        second = max(first, 1)  # the first h_prev is 0
        on.matmul(self.x_rows[: len(self.a_prev), first * B :].mT, dz[..., first * B :].mT, self.dW_and_b)
        on.matmul(h[..., (second - 1) * B : -B], dUh[..., second * B :].mT, self.dU)
        if da_prev is not None:
            dz_rows = dz.reshape(R, -1, T, B).transpose(0, 2, 3, 1)  # (R, T, B, k n)
            if first:
                on.fill(0, da_prev[:, :, :first])
            on.matmul(dz_rows[:, first:], self.W.mT[:, None], da_prev.swapaxes(1, 2)[:, first:])


def sigmoid(on: Program, z: Array) -> None:
    """1 / (1 + exp(-z)) = ½ + ½ tanh(z/2), in place: it cannot overflow, and a gate near 0 is effectively closed."""
    on.multiply(z, 0.5, z)
    on.tanh(z, z)
    on.multiply(z, 0.5, z)
    on.add(z, 0.5, z)
