"""The common base of recurrent layers: their options, their parameters, and the pass through time.

Internally, units are rows and samples are columns, as in textbooks that write z = Wᵀ x + Uᵀ h:

    h, dz     (R, ·, T, B)       all steps of a replica are one matrix, for the sums over time
    the rest  (T, ·, R, n, B)    a step is contiguous, and so is each of its gates
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np

from nncli.nn.arrays import BLOCK, ONE, Array, rows_of
from nncli.nn.initializers import Initializer, initializers
from nncli.nn.initializers.orthogonal import Orthogonal
from nncli.nn.layers import Shape, State
from nncli.nn.parameters import ParameterSpec
from nncli.nn.regularizers import Penalty, regularizers
from nncli.registry import option

GROUP = 3 * BLOCK
"""The most numbers of all gates in one step of a group of replicas: a third of a second-level cache of 1 MB."""

HALF = {dtype: one / 2 for dtype, one in ONE.items()}


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
class Unrolled:
    """A layer that processes a sequence step by step; subclasses define the step.

    Attributes:
        gates: k, the number of blocks of units in the products x W + b and h U.
    """

    ranks: ClassVar[tuple[int, ...]] = (2,)
    noisy: ClassVar[bool] = False
    wants_ones: ClassVar[bool] = True
    gates: ClassVar[int]

    units: int = option(help="number of units", ge=1, le=1_000_000)
    return_sequence: bool = option(False, "whether the output is the state after every step, not only after the last")
    truncation: int | None = option(None, "the most steps that gradients flow back through; default: all", ge=1)
    initializer: Initializer = option(None, "of W; default: the config's `initializer`", part_of=initializers)
    recurrent_initializer: Initializer = option(None, "of U; default: orthogonal", part_of=initializers)
    bias_initializer: Initializer = option(None, "of b; default: zeros", part_of=initializers)
    regularizer: tuple[Any, ...] = option(None, "of W and U; default: the config's `regularizer`", part_of=regularizers)

    def output_shape(self, shape: Shape) -> Shape:
        return (shape[0], self.units) if self.return_sequence else (self.units,)

    def parameters(self, shape: Shape) -> tuple[ParameterSpec, ...]:
        n_in, n, k = shape[1], self.units, self.gates
        penalties = tuple(r for r in self.regularizer if isinstance(r, Penalty))
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
        """The buffers of every kind; `bind` sets the order of their axes."""
        steps, n_in = shape
        sizes = {**self.kept(steps), **self.scratch(steps)}
        found = {name: (size * self.units,) for name, size in sizes.items()}
        return found | {"x_and_1": (steps, n_in + 1), "a": self.output_shape(shape)}

    def kept(self, steps: int) -> dict[str, int]:
        """What the backward pass needs from the forward pass: the count of numbers per unit and sample."""
        return {"h": steps, "z": self.gates * steps}

    def scratch(self, steps: int) -> dict[str, int]:
        """Scratch that is free again after each pass."""
        return {"dz": self.gates * steps, "Uh": self.gates, "start": 1, "dh": 1, "carry": 1}

    def bind(self, s: State) -> None:
        """Divide the stack into groups that fit in the cache and share the scratch of one."""
        R, B, T, _ = s.x_and_1.shape
        count = min(R, -(-R * self.gates * self.units * B // GROUP))
        scratch = self.scratch(T)
        s.groups = []
        for start, stop in itertools.pairwise(R * g // count for g in range(count + 1)):
            own, first = slice(start, stop), slice(stop - start)
            arrays = {k: v[first if k in scratch else own] for k, v in vars(s).items() if isinstance(v, np.ndarray)}
            group = State(rows=own, input_has_ones=s.input_has_ones, **arrays)
            self._bind_group(group)
            s.groups.append(group)

    def _bind_group(self, s: State) -> None:
        R, B, T, columns = s.x_and_1.shape
        n, k = self.units, self.gates
        x_and_1 = s.x_and_1.reshape(R, T, B, columns)
        if not s.input_has_ones:
            x_and_1[..., -1] = 1
        s.x, s.x_rows = x_and_1[..., : None if s.input_has_ones else -1], x_and_1.reshape(R, T * B, columns)
        s.h, s.dz, s.z = s.h.reshape(R, n, T, B), s.dz.reshape(R, k, n, T, B), s.z.reshape(T, k, R, n, B)
        s.start, s.dh, s.carry = (array.reshape(R, n, B) for array in (s.start, s.dh, s.carry))
        s.gates_of_Uh = _gates_first(s.Uh.reshape(R, k, n, B))
        s.dUh = s.dz
        self.bind_kind(s)
        s.W_and_b_T, s.U_T, s.W_T = s.W_and_b.mT, s.U.mT, s.W.mT[:, None]
        s.all_dz, s.all_dUh, s.all_h = (array.reshape(R, -1, T * B) for array in (s.dz, s.dUh, s.h))
        s.Uh = s.Uh.reshape(R, k * n, B)
        s.dz_rows = s.all_dz.reshape(R, -1, T, B).transpose(0, 2, 3, 1)
        s.out = s.h.transpose(0, 3, 2, 1) if self.return_sequence else s.h[:, :, -1].mT
        s.steps = [self._bound_step(s, t) for t in range(T)]

    def bind_kind(self, s: State) -> None:
        """Shape the buffers of this kind."""

    def _bound_step(self, s: State, t: int) -> SimpleNamespace:
        """Views of what step t works on: (R, n, B), or (k, R, n, B) for all gates."""
        B = s.h.shape[-1]
        at = SimpleNamespace(z=s.z[t], h=s.h[:, :, t], h_prev=s.h[:, :, t - 1] if t else s.start)
        at.xW = at.dz = _gates_first(s.dz[..., t, :])
        at.dUh = s.all_dUh[..., t * B : (t + 1) * B]
        self.bind_step(s, at, t)
        return at

    def bind_step(self, s: State, at: SimpleNamespace, t: int) -> None:
        """Add the views that this kind needs in step t."""

    def step(self, s: State, at: SimpleNamespace) -> None:
        """Write the state `h`, given `xW` and `Uh`, the product with `h_prev`; keep what `step_back` needs."""
        raise NotImplementedError

    def step_back(self, s: State, at: SimpleNamespace) -> None:
        """Write `dz` (and `dUh`, where `Uh` has a gradient other than `xW`), given `dh`.

        Gradients that flow back other than through `Uh` are left in `carry` for the previous step.
        """
        raise NotImplementedError

    def forward(self, a_prev: Array, s: State, training: bool) -> Array:
        for group in s.groups:
            self._forward(rows_of(a_prev, group.rows), group)
        return s.a  # type: ignore[no-any-return]

    def _forward(self, a_prev: Array, s: State) -> None:
        shared = slice(len(a_prev))  # all replicas may share the input
        s.x[shared] = a_prev.swapaxes(1, 2)
        np.matmul(s.W_and_b_T, s.x_rows[shared].mT, out=s.all_dz)  # xW of all steps: read before dz is written
        for t, at in enumerate(s.steps):
            if t:
                np.matmul(s.U_T, at.h_prev, out=s.Uh)
            else:
                s.Uh.fill(0)
            self.step(s, at)
        s.a[...] = s.out

    def backward(self, a_prev: Array, s: State, da: Array, da_prev: Array | None) -> None:
        for group in s.groups:
            da_prev_of_group = None if da_prev is None else da_prev[group.rows]
            self._backward(rows_of(a_prev, group.rows), group, da[group.rows], da_prev_of_group)

    def _backward(self, a_prev: Array, s: State, da: Array, da_prev: Array | None) -> None:
        T, B = len(s.steps), da.shape[1]
        segment = self.truncation or T
        first = 0 if self.return_sequence else max(0, T - segment)  # no gradient reaches earlier steps
        for t in range(T - 1, first - 1, -1):
            if (T - 1 - t) % segment:
                np.matmul(s.U, s.steps[t + 1].dUh, out=s.dh)
            else:
                s.dh.fill(0)
                s.carry.fill(0)
            if self.return_sequence:
                s.dh += da[:, :, t].mT
            elif t == T - 1:
                s.dh[...] = da.mT
            self.step_back(s, s.steps[t])
        x, second = s.x_rows[: len(a_prev), first * B :], max(first, 1)  # the first h_prev is 0
        np.matmul(x.mT, s.all_dz[..., first * B :].mT, out=s.dW_and_b)
        np.matmul(s.all_h[..., (second - 1) * B : -B], s.all_dUh[..., second * B :].mT, out=s.dU)
        if da_prev is not None:
            da_prev[:, :, :first] = 0
            np.matmul(s.dz_rows[:, first:], s.W_T, out=da_prev.swapaxes(1, 2)[:, first:])


def _gates_first(array: Array) -> Array:
    """(R, k, n, B) as (k, R, n, B)."""
    return array.swapaxes(0, 1)


def sigmoid(z: Array) -> None:
    """1 / (1 + exp(-z)) = ½ + ½ tanh(z/2), in place: it cannot overflow, and a gate near 0 is effectively closed."""
    half = HALF[z.dtype]
    z *= half
    np.tanh(z, out=z)
    z *= half
    z += half
