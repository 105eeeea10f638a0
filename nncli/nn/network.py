"""A network of R replicas: forward, loss, gradient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import numpy as np
from numpy.typing import DTypeLike, NDArray

from nncli.nn.arrays import BLOCK, AnyArray, Array, rows_of
from nncli.nn.layers import Arrays, Bound, Layer, OverBatch, Scratch, Shape, SkipStart
from nncli.nn.losses import Loss
from nncli.nn.parameters import Segment, by_layer, first_trained_layer, initialize, join, lay_out
from nncli.nn.passes import Output, Pass, divide, numbers_per_sample, room, together
from nncli.nn.program import Program
from nncli.nn.regularizers import Penalty
from nncli.nn.replicas import select
from nncli.nn.workspace import Workspace
from nncli.seeds import STREAM, Purpose, set_stream_state, stream, stream_state

MOST_PASSES = 16
"""Batches to which a network stays bound: in a run two for each split, whole pieces and the last, and two to train."""


class Network:
    """A stack of layers and a loss, for R replicas at once.

    Every array has a leading replica axis; no arithmetic crosses it. `theta` and `grad` hold one row per replica, and
    the layers' W, b, dW, db are views into them.

    A batch is bound once: every layer writes its calls
    onto programs, which are then replayed. If the buffers of all replicas do not fit in the cache, the calls are of one
    group of replicas after the other, through the whole network and back, in the same buffers.

    `theta` and `grad` are changed in place and never replaced, but by `keep`, after which all views and outputs taken
    before are stale. A network belongs to one thread.

    Args:
        layers: descriptions of plain layers with every option filled in; numeric ones may hold one value per replica.
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
        layers: Sequence[Layer],
        loss: Loss,
        input_shape: Shape,
        *,
        seeds: Sequence[int],
        capacity: int,
        dtype: DTypeLike = np.float32,
        theta: Array | None = None,
    ) -> None:
        self.layers, self.loss_function, self.seeds = list(layers), loss, list(seeds)
        self.shapes = [tuple(input_shape)]
        for layer in self.layers:
            self.shapes.append(layer.output_shape(self.shapes[-1]))
        self._lay_out()
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
        numbers = numbers_per_sample(zip(self.layers, self.shapes, strict=False), self._first_trained_layer)
        self._sample_bytes = numbers * self.theta.itemsize
        self._buffers = Workspace[tuple[int, str]](room(len(seeds), capacity, self._sample_bytes), self.theta.dtype)
        self._outputs = Workspace[str](len(seeds) * capacity, self.theta.dtype)
        self._scratch: dict[tuple[tuple[int, str], tuple[int, ...]], AnyArray] = {}
        self._generators: list[list[np.random.Generator]] = [[] for _ in self.layers]
        self._passes: dict[tuple[int, int, bool], Pass] = {}

    @property
    def parameter_count(self) -> int:
        """P, the number of scalars in the row of one replica, including untrained ones."""
        return int(self.theta.shape[1])

    def prepare(self, inputs: AnyArray) -> Array:
        """Samples (N, *input_shape) prepared for a pass: (1, N, ...), with a column of ones if a bias uses it."""
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

    @property
    def random_states(self) -> NDArray[np.uint64]:
        """The state of the random streams of the epoch: (R, noisy layers, `STREAM`); can be set after `begin_epoch`."""
        noisy = [generators for generators in self._generators if generators]
        states = [[stream_state(layer[r]) for layer in noisy] for r in range(len(self.seeds))]
        return np.array(states, np.uint64).reshape(len(self.seeds), len(noisy), STREAM)

    @random_states.setter
    def random_states(self, states: NDArray[np.uint64]) -> None:
        noisy = [generators for generators in self._generators if generators]
        for layer, of_layer in zip(noisy, states.swapaxes(0, 1), strict=True):
            for generator, state in zip(layer, of_layer, strict=True):
                set_stream_state(generator, state)

    def measure(self, x: Array, y: Array, *, training: bool = False) -> Output:
        """Output and loss for a prepared batch x and targets y, each stacked (R) or shared (1).

        `theta` is not changed. After a training pass, `keep_statistics` stores what is learned without a gradient.
        The network is bound to the two arrays: a batch of other numbers in the same arrays costs nothing more. The next
        pass overwrites the output.

        Raises:
            ValueError: if x or y is not of this network, a batch exceeds the capacity, or a training batch has fewer
                rows than `least_rows`.
        """
        return self._pass(x, y, training).measure()

    def gradient(self, x: Array, y: Array) -> Output:
        """Fill `grad` with the gradient of the objective of a training batch: of its mean loss and the penalties.

        Raises:
            ValueError: as `measure`.
        """
        return self._pass(x, y, training=True).gradient()

    def program(self, x: Array, y: Array) -> tuple[Program, dict[str, AnyArray]]:
        """The calls of `gradient` for a batch, and all arrays that they work on, by name.

        Names end in the index of a layer, as in `z0`; `theta` and `grad` hold the parameters, the `segments` of a row.
        """
        found = self._pass(x, y, training=True)
        output = found.output
        arrays: dict[str, AnyArray] = {"x": x, "y": y, "theta": self.theta, "grad": self.grad, "next": self._next}
        arrays |= {name: getattr(output, name) for name in ("p", "dz", "work", "z")}
        arrays |= {name: getattr(output, name) for name in ("loss", "squared_norms")}
        arrays |= {f"{name}{index}": array for (index, name), array in self._buffers.arrays.items()}
        arrays |= {f"{name}{index}": array for ((index, name), _), array in self._scratch.items()}
        return found.forward_and_backward, arrays

    def keep_statistics(self) -> None:
        """Store the values that the last training pass found for the untrained parameters."""
        if len(self._untrained):
            self.theta[:, self._untrained] = self._next

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
        self.layers = select(self.layers, rows)
        self._lay_out()
        self._generators = [[g[r] for r in rows] if g else g for g in self._generators]
        self._penalized = self._walk_penalties()
        self._passes, self._scratch = {}, {}

    def view(self, segment: Segment) -> Array:
        """A parameter of all replicas, (R, *shape)."""
        return segment.view(self.theta)

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
                        found.append((select(penalty, rows), rows, W, self.grad[at], work))
        return found

    def _pass(self, x: Array, y: Array, training: bool) -> Pass:
        """The pass of a batch. It keeps its arrays alive, so that no other array can have their identity."""
        key = (id(x), id(y), training)
        if (found := self._passes.get(key)) is None:
            if len(self._passes) == MOST_PASSES:
                del self._passes[next(iter(self._passes))]
            found = self._passes[key] = self._bind(x, y, training)
        return found

    def _bind(self, x: Array, y: Array, training: bool) -> Pass:
        """Bind all layers and the loss to the arrays of a batch, group by group."""
        replicas, batch = len(self.theta), x.shape[1]
        if not {len(x), len(y)} <= {1, replicas} or y.shape[1:] != (batch, *self.shapes[-1]):
            raise ValueError(f"inputs {x.shape} and targets {y.shape} are not of {replicas} replicas of this network")
        if training and batch < self.least_rows:
            raise ValueError(f"a batch of {batch} in training: this network needs at least {self.least_rows} rows")
        groups = divide(replicas, together(replicas, batch, self._sample_bytes))
        shape = self.shapes[-1]
        p, dz, work = (self._outputs.view(name, replicas, batch, shape) for name in ("p", "dz", "work"))
        z = p  # of a single group, its own buffer takes this place below
        if len(groups) > 1:  # they overwrite each other's buffers, so the outputs are collected
            z = self._outputs.view("z", replicas, batch, shape)
        numbers = np.zeros((3, replicas), self.theta.dtype)
        loss, gradient_norms, weight_norms = numbers
        all_forward, forward_and_backward = Program(), Program()
        for rows in groups:
            forward, backward = Program(), Program()
            bound, own_z = self._forward(forward, x, rows, training)
            if len(groups) == 1:
                z = own_z
            else:
                forward.copy(own_z, z[rows])
            own_y = rows_of(y, rows)
            forward.begin("loss")
            self.loss_function.forward(forward, z[rows], own_y, p[rows], work[rows], loss[rows])
            if training:
                backward.begin("loss")
                self.loss_function.backward(backward, z[rows], own_y, p[rows], dz[rows])
                self._backward(backward, bound, dz[rows])
                forward_and_backward.extend(forward)
                forward_and_backward.extend(backward)
            all_forward.extend(forward)
        if training:
            forward_and_backward.begin("penalties")
            for penalty, _, W, dW, scratch in self._penalized:
                penalty.add_gradient(forward_and_backward, W, dW, scratch)
            forward_and_backward.begin("norms")
            forward_and_backward.vecdot(self.grad, self.grad, gradient_norms)
            forward_and_backward.vecdot(self.theta, self.theta, weight_norms)
        flat = numbers.reshape(-1)
        output = Output(y, z, p, dz, work, loss, gradient_norms, self.loss_function, flat, np.ones_like(flat))
        return Pass(x, output, all_forward, forward_and_backward)

    def _forward(self, on: Program, x: Array, rows: slice, training: bool) -> tuple[list[Bound], Array]:
        """Write the forward pass of a group; returns its layers, bound, and their output."""
        a, forks = rows_of(x, rows), list[SkipStart]()
        layers: list[Layer] = self.layers if rows == slice(0, len(self.theta)) else select(self.layers, rows)
        bound: list[Bound] = []
        for index, layer in enumerate(layers):
            arrays = self._arrays(index, layer, rows, a, training)
            found = layer.bind(replace(arrays, fork=forks.pop()) if layer.joins else arrays)
            if layer.forks:
                forks.append(cast("SkipStart", found))
            on.begin("forward", index)
            a = found.forward(on, training)
            bound.append(found)
        return bound, a

    def _backward(self, on: Program, bound: list[Bound], da: Array) -> None:
        """Write the backward pass of a group, as far back as anything is trained."""
        replicas, batch = da.shape[:2]
        for index in range(len(bound) - 1, self._first_trained_layer - 1, -1):
            wanted = index > self._first_trained_layer
            da_prev = self._buffers.view((index, "da_prev"), replicas, batch, self.shapes[index]) if wanted else None
            on.begin("backward", index)
            bound[index].backward(on, da, da_prev)
            if da_prev is not None:
                da = da_prev

    def _arrays(self, index: int, layer: Layer, rows: slice, a_prev: Array, training: bool) -> Arrays:
        """What a layer of a group works on."""
        shape, batch = self.shapes[index], a_prev.shape[1]
        replicas = rows.stop - rows.start
        own = {segment.spec.name: segment for segment in self._segments_of.get(index, ())}
        if layer.wants_ones:
            own["W_and_b"] = join(own["W"], own["b"])
        upcoming = {segment.spec.name: segment for segment in self._untrained_of.get(index, ())}
        wants_da_prev = training and index > self._first_trained_layer
        return Arrays(
            a_prev,
            has_ones=index == 0 and layer.wants_ones,
            values={name: _broadcasting(segment.view(self.theta[rows])) for name, segment in own.items()},
            gradients={name: _broadcasting(segment.view(self.grad[rows])) for name, segment in own.items()},
            upcoming={name: _broadcasting(segment.view(self._next[rows])) for name, segment in upcoming.items()},
            buffers={
                name: self._buffers.view((index, name), replicas, batch, of_sample)
                for name, of_sample in layer.buffers(shape).items()
            },
            scratch={
                name: self._shared((index, name), declared)
                for name, declared in layer.scratch(shape, replicas, batch, back=wants_da_prev).items()
            },
            generators=lambda: self._generators[index][rows],
            wants_da_prev=wants_da_prev,
        )

    def _shared(self, key: tuple[int, str], declared: Scratch) -> AnyArray:
        """Declared scratch: allocated for the largest group, which comes first, and shared by all."""
        count, *others = declared.shape
        dtype = np.dtype(self.theta.dtype if declared.dtype is None else declared.dtype)
        found = self._scratch.get(full := (key, tuple(others)))
        if found is None or len(found) < count:
            found = self._scratch[full] = np.empty(declared.shape, dtype)
        return found[:count]

    def _lay_out(self) -> None:
        """The positions of the parameters in a row, and of the untrained ones in a row of their own."""
        each = [layer.parameters(shape) for layer, shape in zip(self.layers, self.shapes, strict=False)]
        self.segments = lay_out(each)
        self._first_trained_layer = first_trained_layer(each)
        self._segments_of = by_layer(self.segments)
        self._untrained_of = by_layer(lay_out([[spec for spec in specs if not spec.trained] for specs in each]))


def _broadcasting(parameter: Array) -> Array:
    """A parameter (R, *shape) in the form that layers use: vectors as (R, 1, n)."""
    return parameter[:, None, :] if parameter.ndim == 2 else parameter
