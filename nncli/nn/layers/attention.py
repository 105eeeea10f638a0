"""Self-attention: every step of a sequence attends to every other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from nncli.errors import UserError
from nncli.nn.arrays import BLOCK, Array, as_rows
from nncli.nn.initializers import Initializer, initializers
from nncli.nn.layers import Arrays, Bound, Layer, Scratch, Shape, layers
from nncli.nn.parameters import ParameterSpec
from nncli.nn.program import Program
from nncli.nn.regularizers import Regularizer, penalties_of, regularizers
from nncli.registry import option


@layers.register("attention", also_called=("self_attention", "multi_head_attention", "transformer"))
@dataclass(frozen=True, slots=True)
class Attention(Layer):
    """Attention: each step issues a query and gets the mean of all values, weighted by how well their keys match.

        q = a_prev W_q + b_q,   k = a_prev W_k,   v = a_prev W_v + b_v
        A = softmax(q kᵀ / √d)  of each head,   c = A v,   a = c W_o + b_o

        dc = da W_oᵀ
        dv = Aᵀ dc,   dA = dc vᵀ,   dS = A * (dA - Σ A * dA)   of each head
        dq = dS k / √d,   dk = dSᵀ q / √d   and from there as in `dense`

    Shapes: a_prev (R, B, steps, n); q, k, v, c, a (R, B, steps, units); W_q, W_k, W_v (R, n, units), W_o (R, units,
    units), biases (R, 1, units). A head is d = units / heads adjacent columns of q, k, v and c. A and S = q kᵀ / √d
    are (R, B, heads, steps, steps); the softmax and Σ run over the keys, their last axis. With `causal` a step sees
    itself and those before it: S is -∞ for the others.
    Without the mask it ignores order: put a `position` before it. Keys have no bias: it would add q b_k to all scores
    of a query, which leaves its softmax unchanged.
    Source: Vaswani et al. (2017), section 3.2.
    """

    ranks: ClassVar[tuple[int, ...]] = (2,)

    heads: int = option(1, "number of heads; must divide the units", ge=1, le=1024)
    units: int | None = option(None, "width of queries, keys, values and output; default: that of the input", ge=1)
    causal: bool = option(False, "whether a step attends only to itself and earlier steps")
    initializer: Initializer = option(None, "of the W; default: the config's `initializer`", part_of=initializers)
    bias_initializer: Initializer = option(None, "of the b; default: zeros", part_of=initializers)
    regularizer: tuple[Regularizer, ...] = option(None, "default: the config's `regularizer`", part_of=regularizers)
    bias: bool = option(True, "whether queries, values and output have biases")

    def __post_init__(self) -> None:
        if self.units is not None:
            self._check_width(self.units)

    def output_shape(self, shape: Shape) -> Shape:
        return (shape[0], self._width(shape))

    def parameters(self, shape: Shape) -> tuple[ParameterSpec, ...]:
        n, units = shape[1], self._width(shape)
        penalties = penalties_of(self.regularizer)
        fans = {"q": n, "k": n, "v": n, "o": units}
        weights = [
            ParameterSpec(f"W_{name}", (fan, units), self.initializer, fan, units, decay=True, penalties=penalties)
            for name, fan in fans.items()
        ]
        biases = [
            ParameterSpec(f"b_{name}", (units,), self.bias_initializer, fans[name], units) for name in self._with_bias
        ]
        return (*weights, *biases)

    def multiply_adds(self, shape: Shape) -> int:
        (steps, n), units = shape, self._width(shape)
        return steps * units * (3 * n + units) + 2 * steps * steps * units  # projections; q kᵀ and A v of all heads

    def buffers(self, shape: Shape) -> Mapping[str, Shape]:
        steps, units = shape[0], self._width(shape)
        per_step = dict.fromkeys(("q", "k", "v", "c", "a", "dq", "dk", "dv", "dc"), (steps, units))
        # Keys first: the softmax then runs along an axis other than the last, in long contiguous runs.
        return per_step | {"A": (steps, self.heads * steps), "da_prev_part": shape}

    def scratch(self, shape: Shape, replicas: int, batch: int, *, back: bool) -> Mapping[str, Scratch]:
        steps, queries = shape[0], self.heads * shape[0]
        samples = min(replicas * batch, max(1, BLOCK // (steps * queries)))
        found = {
            "dA": Scratch((samples, steps, queries)),
            "row": Scratch((samples, 1, queries)),
            "ones_of_rows": Scratch((1, 1, batch * steps)),
            "ones_of_keys": Scratch((1, steps)),
        }
        return found | ({"hidden": Scratch((steps, queries))} if self.causal else {})

    def bind(self, at: Arrays) -> Bound:
        return BoundAttention(self, at)

    @property
    def _with_bias(self) -> str:
        return "qvo" if self.bias else ""

    def _width(self, shape: Shape) -> int:
        units = shape[1] if self.units is None else self.units
        self._check_width(units)
        return units

    def _check_width(self, units: int) -> None:
        if units % self.heads:
            fewer = max(h for h in range(1, self.heads) if units % h == 0)
            more = -(-units // self.heads) * self.heads
            raise UserError(
                f"the units must divide evenly among the heads, but {units} is not a multiple of {self.heads}",
                hint=f"Try heads: {fewer}, or units: {more}",
            )


class BoundAttention:
    """Attention on its arrays; a step is a row: q, k, v, c, a and their gradients are (R, B steps, units)."""

    def __init__(self, layer: Attention, at: Arrays) -> None:
        self.heads, self.causal, self.with_bias = layer.heads, layer.causal, layer._with_bias
        self.at, self.a_prev = at, as_rows(at.a_prev)
        self.out = at.buffers["a"]  # (R, B, steps, units)
        self.q, self.k, self.v, self.c, self.a, self.dq, self.dk, self.dv, self.dc, self.da_prev_part = (
            as_rows(at.buffers[name]) for name in ("q", "k", "v", "c", "a", "dq", "dk", "dv", "dc", "da_prev_part")
        )
        self.scale = (self.q.shape[-1] // layer.heads) ** -0.5
        self.one_for_each_row, self.one_for_each_key = at.scratch["ones_of_rows"], at.scratch["ones_of_keys"]
        self.one_for_each_row[...] = 1
        self.one_for_each_key[...] = 1
        self.hidden = at.scratch.get("hidden")  # (keys, heads · queries)
        if self.hidden is not None:
            self.hidden[...] = _hidden(len(self.hidden), layer.heads)
        self.parts = [*_parts(at, layer.heads)]

    def forward(self, on: Program, training: bool) -> Array:
        for name, out in (("q", self.q), ("k", self.k), ("v", self.v)):
            self._project(on, self.a_prev, name, out)
        on.multiply(self.q, self.scale, self.q)  # cheaper than on the scores; so S = q kᵀ from here on
        for p in self.parts:
            on.matmul(p.k, p.q.mT, p.A)
            if self.hidden is not None:
                on.add(p.A_rows, self.hidden, p.A_rows)
            _softmax(on, p.A_rows, p.row, self.one_for_each_key)
            on.matmul(p.A.mT, p.v, p.c)
        self._project(on, self.c, "o", self.a)
        return self.out

    def backward(self, on: Program, da: Array, da_prev: Array | None) -> None:
        da, W = as_rows(da), self.at.values
        self._project_back(on, self.c, "o", da)
        on.matmul(da, W["W_o"].mT, self.dc)
        for p in self.parts:
            on.matmul(p.A, p.dc, p.dv)
            on.matmul(p.v, p.dc.mT, p.dA)
            on.vecdot(p.c, p.dc, p.sums)  # Σ A * dA = Σ A * (dc vᵀ) = c dc: over d numbers instead of all keys
            on.subtract(p.dA_rows, p.row, p.dA_rows)
            on.multiply(p.dA_rows, p.A_rows, p.dA_rows)  # dS
            on.matmul(p.dA.mT, p.k, p.dq)
            on.matmul(p.dA, p.q, p.dk)
        on.multiply(self.dq, self.scale, self.dq)
        for name, dz in (("q", self.dq), ("k", self.dk), ("v", self.dv)):
            self._project_back(on, self.a_prev, name, dz)
        if da_prev is not None:
            da_prev = as_rows(da_prev)
            on.matmul(self.dq, W["W_q"].mT, da_prev)
            for name, dz in (("k", self.dk), ("v", self.dv)):
                on.matmul(dz, W[f"W_{name}"].mT, self.da_prev_part)
                on.add(da_prev, self.da_prev_part, da_prev)

    def _project(self, on: Program, x: Array, name: str, out: Array) -> None:
        """out = x W + b."""
        on.matmul(x, self.at.values[f"W_{name}"], out)
        if name in self.with_bias:
            on.add(out, self.at.values[f"b_{name}"], out)

    def _project_back(self, on: Program, x: Array, name: str, dz: Array) -> None:
        """dW = xᵀ dz and db = Σ dz."""
        on.matmul(x.mT, dz, self.at.gradients[f"W_{name}"])
        if name in self.with_bias:
            on.matmul(self.one_for_each_row, dz, self.at.gradients[f"b_{name}"])


def _hidden(steps: int, heads: int) -> Array:
    """The causal mask added to the scores, (keys, heads · queries): -∞ where the query comes before the key."""
    earlier = np.tri(steps, k=-1, dtype=bool)
    return np.tile(np.where(earlier, -np.inf, 0), heads)


@dataclass(frozen=True, slots=True)
class Part:
    """A few samples of any replica, whose scores stay in the cache.

    Of q, k, v, c and their gradients: (samples, heads, steps, d). Of A and dA: (samples, heads, keys, queries), and as
    rows, one for each key: (samples, keys, heads · queries). Scratch shared by all parts: dA, and one number for each
    query, as `row` (samples, 1, heads · queries) or as `sums` (samples, heads, queries).
    """

    q: Array
    k: Array
    v: Array
    c: Array
    dq: Array
    dk: Array
    dv: Array
    dc: Array
    A: Array
    dA: Array
    A_rows: Array
    dA_rows: Array
    row: Array
    sums: Array


def _parts(at: Arrays, heads: int) -> Iterator[Part]:
    """The samples of all replicas, part by part."""
    R, B, steps, width = at.buffers["A"].shape
    dA, row = at.scratch["dA"], at.scratch["row"]
    count = len(dA)

    def of_heads(x: Array) -> Array:
        return x.reshape(*x.shape[:2], heads, -1).swapaxes(1, 2)

    for start in range(0, R * B, count):
        samples = slice(start, start + count)
        A_rows = at.buffers["A"].reshape(R * B, steps, width)[samples]
        size = len(A_rows)
        q, k, v, c, dq, dk, dv, dc = (
            of_heads(at.buffers[name].reshape(R * B, steps, -1)[samples])
            for name in ("q", "k", "v", "c", "dq", "dk", "dv", "dc")
        )
        yield Part(
            q=q,
            k=k,
            v=v,
            c=c,
            dq=dq,
            dk=dk,
            dv=dv,
            dc=dc,
            A=of_heads(A_rows),
            dA=of_heads(dA[:size]),
            A_rows=A_rows,
            dA_rows=dA[:size],
            row=row[:size],
            sums=row[:size].reshape(size, heads, steps),
        )


def _softmax(on: Program, S: Array, row: Array, ones: Array) -> None:
    """Softmax over the keys in place, with each query's own largest score subtracted: stable for any finite scores.

    Args:
        on: the program.
        S: (samples, keys, queries).
        row: scratch (samples, 1, queries).
        ones: (1, keys).
    """
    on.call(np.maximum.reduce, S, 1, None, row, True)  # the order does not change the result
    on.subtract(S, row, S)
    on.exp(S, S)
    on.matmul(ones, S, row)
    on.reciprocal(row, row)
    on.multiply(S, row, S)
