"""Self-attention: every step of a sequence attends to every other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np

from nncli.errors import UserError
from nncli.nn.arrays import BLOCK, Array, as_rows, cast
from nncli.nn.initializers import Initializer, initializers
from nncli.nn.layers import Shape, State, layers
from nncli.nn.parameters import ParameterSpec
from nncli.nn.regularizers import Penalty, regularizers
from nncli.registry import option


@layers.register("attention", also_called=("self_attention", "multi_head_attention", "transformer"))
@dataclass(frozen=True, slots=True)
class Attention:
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
    wants_ones: ClassVar[bool] = False
    noisy: ClassVar[bool] = False

    heads: int = option(1, "number of heads; must divide the units", ge=1, le=1024)
    units: int | None = option(None, "width of queries, keys, values and output; default: that of the input", ge=1)
    causal: bool = option(False, "whether a step attends only to itself and earlier steps")
    initializer: Initializer = option(None, "of the W; default: the config's `initializer`", part_of=initializers)
    bias_initializer: Initializer = option(None, "of the b; default: zeros", part_of=initializers)
    regularizer: tuple[Any, ...] = option(None, "default: the config's `regularizer`", part_of=regularizers)
    bias: bool = option(True, "whether queries, values and output have biases")

    def __post_init__(self) -> None:
        if self.units is not None:
            self._check_width(self.units)

    def output_shape(self, shape: Shape) -> Shape:
        return (shape[0], self._width(shape))

    def parameters(self, shape: Shape) -> tuple[ParameterSpec, ...]:
        n, units = shape[1], self._width(shape)
        penalties = tuple(r for r in self.regularizer if isinstance(r, Penalty))
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
        return per_step | {"A": (steps, self.heads * steps), "ones": (steps,), "da_prev_part": shape}

    def bind(self, s: State) -> None:
        steps, units = s.q.shape[2:]
        s.parts = _parts(s, self.heads)
        s.out = s.a
        for name in ("q", "k", "v", "c", "a", "dq", "dk", "dv", "dc", "da_prev_part"):
            setattr(s, name, as_rows(getattr(s, name)))
        s.ones[...] = 1
        s.one_for_each_row, s.one_for_each_key = s.ones.reshape(len(s.ones), 1, -1), s.ones[0, :1]
        s.scale = cast((units // self.heads) ** -0.5, s.q.dtype)
        s.hidden = s.once("hidden", lambda: _hidden(steps, self.heads, s.q.dtype))

    def forward(self, a_prev: Array, s: State, training: bool) -> Array:
        for name in "qkv":
            self._project(as_rows(a_prev), s, name, getattr(s, name))
        np.multiply(s.q, s.scale, out=s.q)  # cheaper than on the scores; so S = q kᵀ from here on
        for p in s.parts:
            np.matmul(p.k, p.q.mT, out=p.A)
            if self.causal:
                np.add(p.A_rows, s.hidden, out=p.A_rows)
            _softmax(p.A_rows, p.row, s.one_for_each_key)
            np.matmul(p.A.mT, p.v, out=p.c)
        self._project(s.c, s, "o", s.a)
        return s.out  # type: ignore[no-any-return]

    def backward(self, a_prev: Array, s: State, da: Array, da_prev: Array | None) -> None:
        da = as_rows(da)
        self._project_back(s.c, s, "o", da)
        np.matmul(da, s.W_o.mT, out=s.dc)
        for p in s.parts:
            np.matmul(p.A, p.dc, out=p.dv)
            np.matmul(p.v, p.dc.mT, out=p.dA)
            np.vecdot(p.c, p.dc, out=p.sums)  # Σ A * dA = Σ A * (dc vᵀ) = c dc: over d numbers instead of all keys
            np.subtract(p.dA_rows, p.row, out=p.dA_rows)
            np.multiply(p.dA_rows, p.A_rows, out=p.dA_rows)  # dS
            np.matmul(p.dA.mT, p.k, out=p.dq)
            np.matmul(p.dA, p.q, out=p.dk)
        np.multiply(s.dq, s.scale, out=s.dq)
        for name in "qkv":
            self._project_back(as_rows(a_prev), s, name, getattr(s, "d" + name))
        if da_prev is not None:
            da_prev = as_rows(da_prev)
            np.matmul(s.dq, s.W_q.mT, out=da_prev)
            for dz, W in ((s.dk, s.W_k), (s.dv, s.W_v)):
                np.matmul(dz, W.mT, out=s.da_prev_part)
                np.add(da_prev, s.da_prev_part, out=da_prev)

    def _project(self, x: Array, s: State, name: str, out: Array) -> None:
        np.matmul(x, getattr(s, "W_" + name), out=out)
        if name in self._with_bias:
            np.add(out, getattr(s, "b_" + name), out=out)

    def _project_back(self, x: Array, s: State, name: str, dz: Array) -> None:
        np.matmul(x.mT, dz, out=getattr(s, "dW_" + name))
        if name in self._with_bias:
            np.matmul(s.one_for_each_row, dz, out=getattr(s, "db_" + name))

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


def _hidden(steps: int, heads: int, dtype: Any) -> Array:
    """The causal mask added to the scores, (keys, heads · queries): -∞ where the query comes before the key."""
    earlier = np.tri(steps, k=-1, dtype=bool)
    return np.tile(np.where(earlier, -np.inf, 0), heads).astype(dtype)


def _parts(s: State, heads: int) -> list[SimpleNamespace]:
    """Views of a few samples each, of any replica, small enough for their scores to stay in the cache.

    Of q, k, v, c and their gradients: (samples, heads, steps, d). Of A and dA: (samples, heads, keys, queries), and as
    rows, one for each key: (samples, keys, heads · queries). Scratch shared by all parts: dA, and one number for each
    query, as `row` (samples, 1, heads · queries) or as `sums` (samples, heads, queries).
    """
    R, B, steps, width = s.A.shape
    count = min(R * B, max(1, BLOCK // (steps * width)))
    dA, row = s.once("scratch", lambda: tuple(np.zeros((count, n, width), s.A.dtype) for n in (steps, 1)))

    def of_heads(x: Array) -> Array:
        return x.reshape(*x.shape[:2], heads, -1).swapaxes(1, 2)

    parts = []
    for start in range(0, R * B, count):
        samples = slice(start, start + count)
        p = SimpleNamespace(A_rows=s.A.reshape(R * B, steps, width)[samples])
        size = len(p.A_rows)
        p.dA_rows, p.row, p.sums = dA[:size], row[:size], row[:size].reshape(size, heads, steps)
        p.A, p.dA = of_heads(p.A_rows), of_heads(p.dA_rows)
        for name in ("q", "k", "v", "c", "dq", "dk", "dv", "dc"):
            setattr(p, name, of_heads(getattr(s, name).reshape(R * B, steps, -1)[samples]))
        parts.append(p)
    return parts


def _softmax(S: Array, row: Array, ones: Array) -> None:
    """Softmax over the keys in place, with each query's own largest score subtracted: stable for any finite scores.

    Args:
        S: (samples, keys, queries).
        row: scratch (samples, 1, queries).
        ones: (1, keys).
    """
    np.maximum.reduce(S, axis=1, keepdims=True, out=row)  # the order does not change the result
    np.subtract(S, row, out=S)
    np.exp(S, out=S)
    np.matmul(ones, S, out=row)
    np.reciprocal(row, out=row)
    np.multiply(S, row, out=S)
