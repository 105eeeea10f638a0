"""A network of R replicas: forward, loss, gradient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.nn.arrays import BLOCK, Array, row_maximum
from nncli.nn.layers import Block, Layer, OverBatch, Shape, State, unfold
from nncli.nn.layers.residual import Fork, Join
from nncli.nn.losses import Loss
from nncli.nn.parameters import Segment, by_layer, initialize, join, lay_out
from nncli.nn.passes import Group, Output, Pass, divide, numbers_per_sample, room, together
from nncli.nn.regularizers import Penalty
from nncli.nn.replicas import keep
from nncli.nn.workspace import Workspace
from nncli.seeds import STREAM, Purpose, set_stream_state, stream, stream_state


class Network:
    """A stack of layers and a loss, for R replicas at once.

    Every array has a leading replica axis; no arithmetic crosses it. `theta` and `grad` hold one row per replica, and
    the layers' W, b, dW, db are views into them.

    Blocks of layers are unfolded, so that `layers` is a plain list.

    Args:
        layers: descriptions with every option filled in; numeric ones may hold one value per replica.
        loss: gives the gradient that starts the backward pass.
        input_shape: the shape of one sample.
        seeds: one for each replica; they determine the initial weights and the dropout masks.
        capacity: the most samples in a batch.
        dtype: float32 or float64.
        theta: the parameters (R, P) of trained networks; None to draw initial ones from the seeds.

    Attributes:
        capacity: the most samples in a batch.
        noisy: whether a training pass draws random numbers.
        trains_as_it_predicts: whether a training pass gives the same output as prediction.
        least_rows: the fewest rows of a batch in training.
    """

    def __init__(
        self,
        layers: Sequence[Layer | Block],
        loss: Loss,
        input_shape: Shape,
        *,
        seeds: Sequence[int],
        capacity: int,
        dtype: Any = np.float32,
        theta: Array | None = None,
    ) -> None:
        self.layers, self.loss_function, self.seeds = unfold(layers, tuple(input_shape)), loss, list(seeds)
        self.shapes = [tuple(input_shape)]
        for layer in self.layers:
            self.shapes.append(layer.output_shape(self.shapes[-1]))
        self.segments = self._lay_out()
        self.capacity = capacity
        size = self.segments[-1].stop if self.segments else 0
        self.theta: Array = np.empty((len(seeds), size), dtype) if theta is None else theta
        self.grad: Array = np.zeros_like(self.theta)
        if theta is None:
            initialize(self.theta, self.segments, self.seeds)
        untrained = [s for s in self.segments if not s.spec.trained]
        self._untrained = np.array([column for s in untrained for column in range(s.start, s.stop)], np.intp)
        self._next: Array = np.ascontiguousarray(self.theta[:, self._untrained])
        self._penalized = self._walk_penalties()
        over_batch = [
            layer.least_rows(shape)
            for layer, shape in zip(self.layers, self.shapes, strict=False)
            if isinstance(layer, OverBatch)
        ]
        self.noisy = any(layer.noisy for layer in self.layers)
        self.trains_as_it_predicts = not (self.noisy or over_batch)
        self.least_rows = max(over_batch, default=1)
        self._first_trained = min((s.layer for s in self.segments if s.spec.trained), default=len(self.layers))
        numbers = numbers_per_sample(zip(self.layers, self.shapes, strict=False), self._first_trained)
        self._sample_bytes = numbers * self.theta.itemsize
        self.workspace = Workspace(room(len(seeds), capacity, self._sample_bytes), self.theta.dtype)
        self._outputs = Workspace(len(seeds) * capacity, self.theta.dtype)
        self._generators: list[list[np.random.Generator] | None] = [None] * len(self.layers)
        self._passes: dict[int, Pass] = {}
        self._current: Pass | None = None

    @property
    def parameter_count(self) -> int:
        """P, the number of scalars in the row of one replica, including untrained ones."""
        return int(self.theta.shape[1])

    def prepare(self, inputs: NDArray[Any]) -> Array:
        """Samples (N, *input_shape) prepared for `forward`: (1, N, ...), with a column of ones if a bias uses it."""
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
            for group in views.groups:
                self._share_generators(group)

    @property
    def random_states(self) -> NDArray[np.uint64]:
        """The state of the random streams of the epoch: (R, noisy layers, `STREAM`); can be set after `begin_epoch`."""
        noisy = [generators for generators in self._generators if generators is not None]
        states = [[stream_state(layer[r]) for layer in noisy] for r in range(len(self.seeds))]
        return np.array(states, np.uint64).reshape(len(self.seeds), len(noisy), STREAM)

    @random_states.setter
    def random_states(self, states: NDArray[np.uint64]) -> None:
        noisy = [generators for generators in self._generators if generators is not None]
        for layer, of_layer in zip(noisy, states.swapaxes(0, 1), strict=True):
            for generator, state in zip(layer, of_layer, strict=True):
                set_stream_state(generator, state)

    def forward(self, x: Array, training: bool = False) -> Array:
        """The output z (R, B, n_out) for a prepared batch x, stacked (R) or shared (1): the next pass overwrites it.

        `theta` is not changed. After a training pass, `keep_statistics` stores what is learned without a gradient.

        Raises:
            ValueError: if a training batch has fewer than `least_rows`.
        """
        views = self._begin(x, training)
        for group in views.groups:
            group.forward(x, training)
        return views.output.z

    def loss(self, y: Array) -> NDArray[Any]:
        """The mean loss per replica (R,) of the last forward pass, against targets y (R or 1, B, n_out)."""
        last = self._last()
        self.loss_function.forward(last.z, y, last.p, last.work, last.loss)
        return last.loss

    def gradient(self, x: Array, y: Array) -> NDArray[Any]:
        """Fill `grad` with the gradient of the mean loss of a training batch; returns that loss, per replica (R,).

        Like `forward` and `loss`, then backward: one group of replicas at a time, while its buffers are cached.

        Raises:
            ValueError: as `forward`.
        """
        views = self._begin(x, training=True)
        for group in views.groups:
            group.forward(x, training=True)
            group.backward(self.loss_function, y)
        return views.output.loss

    @property
    def prediction(self) -> Array:
        """The predictions of the last `loss`, in the units of the targets: (R, B, n_out)."""
        return self._last().p

    def within(self, y: Array, tolerance: float) -> NDArray[np.bool_]:
        """Whether every |p - y| of the batch is at most `tolerance`, per replica (R,), after `loss`."""
        # If the mean loss exceeds the most that such errors can cause (with a margin for rounding), skip the check.
        within: NDArray[np.bool_] = self._last().loss <= 1.001 * self.loss_function.upper_bound(tolerance)
        if np.count_nonzero(within):
            within &= self.largest_error(y) <= tolerance
        return within

    def largest_error(self, y: Array) -> Array:
        """max |p - y| over the batch, per replica (R,), after `loss`."""
        last = self._last()
        np.subtract(last.p, y, out=last.work)
        np.abs(last.work, out=last.work)
        return row_maximum(last.work.reshape(len(last.work), -1))

    def keep_statistics(self) -> None:
        """Store the values that the last training pass found for the untrained parameters."""
        if len(self._untrained):
            self.theta[:, self._untrained] = self._next

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
        """Drop all replicas except those in `rows`, whose bits do not change."""
        self.theta, self.grad = self.theta[rows], self.grad[rows]
        self.seeds = [self.seeds[r] for r in rows]
        self._next = self._next[rows]
        self.layers = keep(self.layers, rows)
        self.segments = self._lay_out()
        self._generators = [g and [g[r] for r in rows] for g in self._generators]
        self._penalized = self._walk_penalties()
        self._passes, self._current = {}, None

    def view(self, segment: Segment) -> Array:
        """A parameter of all replicas, (R, *shape)."""
        return segment.view(self.theta)

    def _begin(self, x: Array, training: bool) -> Pass:
        if training and x.shape[1] < self.least_rows:
            raise ValueError(f"a batch of {x.shape[1]} in training: this network needs at least {self.least_rows} rows")
        self._current = self._views(x.shape[1])
        return self._current

    def _last(self) -> Output:
        if self._current is None:
            raise RuntimeError("call forward first")
        return self._current.output

    def _walk_penalties(self) -> list[tuple[Penalty, slice, Array, Array, Array]]:
        """Each penalty with each block that it applies to: (penalty, rows, W, dW, scratch).

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

        def buffer(name: str) -> Array:
            return self._outputs.view(name, replicas, batch, self.shapes[-1])

        groups = divide(replicas, together(replicas, batch, self._sample_bytes))
        p, dz, work = map(buffer, ("p", "dz", "work"))
        z = buffer("z") if len(groups) > 1 else p  # a single group has its own
        output = Output(z, p, dz, work, np.zeros(replicas, self.theta.dtype))
        shared: list[dict[str, Any]] = [{} for _ in self.layers]
        return Pass([self._make_group(rows, batch, output, shared) for rows in groups], output)

    def _make_group(self, rows: slice, batch: int, output: Output, shared: list[dict[str, Any]]) -> Group:
        theta, grad, upcoming_theta = self.theta[rows], self.grad[rows], self._next[rows]
        alone = len(theta) == len(self.theta)

        def buffer(key: object, shape: Shape) -> Array:
            return self.workspace.view(key, len(theta), batch, shape)

        layers: list[Layer] = self.layers if alone else keep(self.layers, rows)
        states: list[State] = []
        forks: list[State] = []
        own, upcoming = by_layer(self.segments), by_layer(self._lay_out(trained=False))
        for index, (layer, shape) in enumerate(zip(layers, self.shapes, strict=False)):
            state = State(
                shared=shared[index],
                input_has_ones=index == 0 and layer.wants_ones,
                wants_da_prev=index > self._first_trained,
            )
            parameters = {segment.spec.name: segment for segment in own.get(index, ())}
            if layer.wants_ones:
                parameters["W_and_b"] = join(parameters["W"], parameters["b"])
            for name, segment in parameters.items():
                setattr(state, name, _broadcasting(segment.view(theta)))
                setattr(state, "d" + name, _broadcasting(segment.view(grad)))
            for segment in upcoming.get(index, ()):
                setattr(state, "next_" + segment.spec.name, _broadcasting(segment.view(upcoming_theta)))
            for name, buffer_shape in layer.buffers(shape).items():
                setattr(state, name, buffer((index, name), buffer_shape))
            if isinstance(layer, Fork):
                forks.append(state)
            elif isinstance(layer, Join):
                state.fork = forks.pop()
            layer.bind(state)
            states.append(state)
        gradients = [
            buffer((i, "da_prev"), self.shapes[i]) if state.wants_da_prev else None for i, state in enumerate(states)
        ]
        own_output = output if alone else output.of(rows)
        group = Group(rows, alone, layers, states, gradients, self._first_trained, own_output)
        self._share_generators(group)
        return group

    def _lay_out(self, trained: bool = True) -> list[Segment]:
        """The positions of the parameters in a row, or only of the untrained ones."""
        each = [layer.parameters(shape) for layer, shape in zip(self.layers, self.shapes, strict=False)]
        return lay_out([[spec for spec in specs if trained or not spec.trained] for specs in each])

    def _share_generators(self, group: Group) -> None:
        for state, generators in zip(group.states, self._generators, strict=True):
            state.generators = generators and generators[group.rows]


def _broadcasting(parameter: Array) -> Array:
    """A parameter (R, *shape) in the form that layers use: vectors as (R, 1, n)."""
    return parameter[:, None, :] if parameter.ndim == 2 else parameter
