"""A network of R replicas: forward, loss, backward."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.nn.arrays import BLOCK, Array, row_maximum
from nncli.nn.layers import Layer, Shape, State
from nncli.nn.losses import Loss
from nncli.nn.parameters import Segment, initialize, join, lay_out
from nncli.nn.regularizers import Penalty
from nncli.nn.replicas import keep
from nncli.nn.workspace import Workspace
from nncli.seeds import Purpose, stream


@dataclass(slots=True)
class Pass:
    """All views for one batch size."""

    states: list[State]
    gradients: list[Array | None]  # da_prev of each layer; the first layer needs none
    inputs: list[Array]  # a_prev of each layer, as the last forward pass left them
    z: Array  # the network's output, the loss's input, of the last forward pass
    p: Array
    dz: Array
    work: Array
    loss: NDArray[Any]


class Network:
    """A stack of layers and a loss, for R replicas at once.

    Every array has a leading replica axis; no arithmetic crosses it. `theta` and `grad` hold one row per replica, and
    the layers' W, b, dW, db are views into them.

    Args:
        layers: descriptions with every option filled in; numeric ones may hold one value per replica.
        loss: gives the gradient that the backward pass starts from.
        input_shape: the shape of one sample.
        seeds: one for each replica; they decide the first weights and the dropout masks.
        capacity: the most samples in a batch.
        dtype: float32 or float64.

    Attributes:
        noisy: whether a forward pass in training differs from one in prediction.
    """

    def __init__(
        self,
        layers: Sequence[Layer],
        loss: Loss,
        input_shape: Shape,
        *,
        seeds: Sequence[int],
        capacity: int,
        dtype: Any = np.float32,
    ) -> None:
        self.layers, self.loss_function, self.seeds = list(layers), loss, list(seeds)
        self.shapes = [tuple(input_shape)]
        for layer in layers:
            self.shapes.append(layer.output_shape(self.shapes[-1]))
        self.segments = lay_out([layer.parameters(shape) for layer, shape in zip(layers, self.shapes, strict=False)])
        self.workspace = Workspace(len(seeds), capacity, np.dtype(dtype))
        size = self.segments[-1].stop if self.segments else 0
        self.theta: Array = np.empty((len(seeds), size), dtype)
        self.grad: Array = np.zeros_like(self.theta)
        initialize(self.theta, self.segments, self.seeds)
        self._penalized = self._walk_penalties()
        self.noisy = any(layer.noisy for layer in layers)
        self._generators: list[list[np.random.Generator] | None] = [None] * len(self.layers)
        self._passes: dict[int, Pass] = {}
        self._current: Pass | None = None

    @property
    def parameter_count(self) -> int:
        """P, the number of parameters of one replica."""
        return int(self.theta.shape[1])

    def prepare(self, inputs: NDArray[Any]) -> Array:
        """Samples (N, *input_shape) as `forward` wants them: (1, N, ...), with a column of ones if a bias uses it."""
        x = np.ascontiguousarray(inputs, self.theta.dtype)
        if self.layers and self.layers[0].wants_ones:
            x = np.concatenate([x, np.ones((*x.shape[:-1], 1), x.dtype)], axis=-1)
        return x[None]

    def begin_epoch(self, epoch: int) -> None:
        """Start the random streams of an epoch: a pure function of seed, layer and epoch."""
        if not self.noisy:
            return
        for index, layer in enumerate(self.layers):
            if layer.noisy:
                self._generators[index] = [stream(seed, Purpose.DROPOUT, index, epoch) for seed in self.seeds]
        for views in self._passes.values():
            self._share_generators(views)

    def forward(self, x: Array, training: bool = False) -> Array:
        """The output z (R, B, n_out) for a prepared batch x, stacked (R) or shared (1): the next pass overwrites it."""
        views = self._views(x.shape[1])
        views.inputs = [x]
        for layer, state in zip(self.layers, views.states, strict=True):
            views.inputs.append(layer.forward(views.inputs[-1], state, training))
        views.z = views.inputs.pop()
        self._current = views
        return views.z

    def loss(self, y: Array) -> NDArray[Any]:
        """The mean loss per replica (R,) of the last forward pass, against targets y (R or 1, B, n_out)."""
        views = self._last()
        self.loss_function.forward(views.z, y, views.p, views.work, views.loss)
        return views.loss

    @property
    def prediction(self) -> Array:
        """What the last `loss` predicted, in the units of the targets: (R, B, n_out)."""
        return self._last().p

    def within(self, y: Array, tolerance: float) -> NDArray[np.bool_]:
        """Whether every |p - y| of the batch is at most `tolerance`, per replica (R,), after `loss`."""
        # A mean loss above the most that such errors cause (a little above: it is rounded) leaves no need to look.
        within: NDArray[np.bool_] = self._last().loss <= 1.001 * self.loss_function.most(tolerance)
        if np.count_nonzero(within):
            within &= self.largest_error(y) <= tolerance
        return within

    def largest_error(self, y: Array) -> Array:
        """max |p - y| over the batch, per replica (R,), after `loss`."""
        views = self._last()
        np.subtract(views.p, y, out=views.work)
        np.abs(views.work, out=views.work)
        return row_maximum(views.work.reshape(len(views.work), -1))

    def backward(self, y: Array) -> None:
        """Fill `grad` with the gradient of the mean loss, after `forward` and `loss` on the same batch."""
        views = self._last()
        self.loss_function.backward(views.z, y, views.p, views.dz)
        da = views.dz
        for index in range(len(self.layers) - 1, -1, -1):
            da_prev = views.gradients[index]
            self.layers[index].backward(views.inputs[index], views.states[index], da, da_prev)
            if da_prev is not None:
                da = da_prev

    def add_penalty_gradients(self) -> None:
        """Add the derivatives of all penalties to `grad`, in cache-sized blocks."""
        for penalty, _, W, dW, work in self._penalized:
            penalty.add_gradient(W, dW, work)

    def penalties(self) -> NDArray[np.float64]:
        """The sum of all penalties, per replica (R,)."""
        total = np.zeros(len(self.theta))
        for penalty, rows, W, _, work in self._penalized:
            penalty.add_value(W, work, total[rows])
        return total

    def keep(self, rows: NDArray[np.intp]) -> None:
        """Drop all replicas but those in `rows`; the others' bits do not change."""
        self.theta, self.grad = self.theta[rows], self.grad[rows]
        self.seeds = [self.seeds[r] for r in rows]
        self.layers = keep(self.layers, rows)
        self.segments = lay_out([la.parameters(sh) for la, sh in zip(self.layers, self.shapes, strict=False)])
        self._generators = [g and [g[r] for r in rows] for g in self._generators]
        self._penalized = self._walk_penalties()
        self._passes, self._current = {}, None

    def view(self, segment: Segment) -> Array:
        """A parameter of all replicas, (R, *shape)."""
        return segment.view(self.theta)

    def _last(self) -> Pass:
        if self._current is None:
            raise RuntimeError("forward comes first")
        return self._current

    def _walk_penalties(self) -> list[tuple[Penalty, slice, Array, Array, Array]]:
        """Each penalty on each block that it reaches: (penalty, rows, W, dW, scratch).

        Blocks fit the cache; their columns do not depend on the number of replicas, so neither do the sums over them.
        """
        scratch = np.empty(BLOCK, self.theta.dtype)
        found = []
        for segment in self.segments:
            width = min(segment.stop - segment.start, BLOCK)
            height = max(1, BLOCK // width)
            for penalty in segment.spec.penalties:
                for r in range(0, len(self.theta), height):
                    rows = slice(r, min(r + height, len(self.theta)))
                    for c in range(segment.start, segment.stop, width):
                        at = (rows, slice(c, min(c + width, segment.stop)))
                        W = self.theta[at]
                        work = scratch[: W.size].reshape(W.shape)
                        found.append((keep(penalty, rows), rows, W, self.grad[at], work))
        return found

    def _views(self, batch: int) -> Pass:
        if batch not in self._passes:
            self._passes[batch] = self._make_views(batch)
        return self._passes[batch]

    def _make_views(self, batch: int) -> Pass:
        replicas = len(self.theta)

        def buffer(key: object, shape: Shape) -> Array:
            return self.workspace.view(key, replicas, batch, shape)

        states = []
        for index, (layer, shape) in enumerate(zip(self.layers, self.shapes, strict=False)):
            state = State(input_has_ones=index == 0 and layer.wants_ones)
            own = {segment.spec.name: segment for segment in self.segments if segment.layer == index}
            if layer.wants_ones:
                own["W_and_b"] = join(own["W"], own["b"])
            for name, segment in own.items():
                for prefix, rows in (("", self.theta), ("d", self.grad)):
                    view = segment.view(rows)
                    setattr(state, prefix + name, view[:, None, :] if view.ndim == 2 else view)
            for name, buffer_shape in layer.buffers(shape).items():
                setattr(state, name, buffer((index, name), buffer_shape))
            layer.bind(state)
            states.append(state)
        gradients = [buffer((i, "da_prev"), self.shapes[i]) if i else None for i in range(len(self.layers))]
        out = self.shapes[-1]
        p, dz, work = (buffer(name, out) for name in ("p", "dz", "work"))
        loss = np.zeros(replicas, self.theta.dtype)
        views = Pass(states, list(gradients), [], p, p, dz, work, loss)
        self._share_generators(views)
        return views

    def _share_generators(self, views: Pass) -> None:
        for state, generators in zip(views.states, self._generators, strict=True):
            state.generators = generators
