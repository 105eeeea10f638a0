"""Samples of registered parts, made from what their options say: a new part is covered without being named anywhere."""

from __future__ import annotations

import dataclasses
import functools
import itertools
import re
import tracemalloc
import typing
from typing import Any

import numpy as np
import pytest

from nncli.config.build_layers import trace
from nncli.errors import UserError
from nncli.nn.activations.linear import Linear
from nncli.nn.activations.sigmoids import Tanh
from nncli.nn.descent import Descent
from nncli.nn.initializers.constants import Zeros
from nncli.nn.initializers.fixed_scale import Normal
from nncli.nn.layers import ReadsData, layers
from nncli.nn.layers.dense import Dense
from nncli.nn.layers.flatten import Flatten
from nncli.nn.layers.residual import Residual
from nncli.nn.losses.regression import MeanSquaredError
from nncli.nn.network import Network
from nncli.nn.optimizers.adam import Adam
from nncli.nn.program import Program
from nncli.nn.replicas import select
from nncli.nn.schedules.constant import ConstantSchedule
from nncli.registry import options_of
from nncli.training.data import Rows
from nncli.training.loop import train
from nncli.training.settings import Settings, Stop

PARAMETERS = type(pytest.param())
DTYPES = [np.float32, np.float64]
INNER = Dense(3, Tanh(), Normal(std=0.7), Zeros(), ())
NEIGHBOURS = {"activation": Tanh(), "initializer": Normal(std=0.7), "regularizer": (), "layer": (INNER,)}
"""The part that stands where an option wants one: smooth, of ordinary size, and different for every unit."""


def inside(option, whole):
    """A number within an option's range, not far from its lower end."""
    ends = [[end for end in pair if end is not None] for pair in ((option.ge, option.gt), (option.le, option.lt))]
    low = ends[0][0] if ends[0] else min([0.0, *(high - 2.0 for high in ends[1])])
    number = low + min([1.0, *((high - low) / 3 for high in ends[1])])
    return round(number) if whole else number


def allowed(option, number):
    """Whether a number is within an option's range."""
    return (
        (option.ge is None or number >= option.ge)
        and (option.gt is None or number > option.gt)
        and (option.le is None or number <= option.le)
        and (option.lt is None or number < option.lt)
    )


def sample(part, **given):
    """One part of a class, with its defaults; what has no default comes from the option's range."""
    values = {}
    for field in dataclasses.fields(part):
        option, default = field.metadata["option"], field.default
        if option.part_of is not None:
            values[field.name] = NEIGHBOURS[option.part_of.kind]
        elif default is dataclasses.MISSING:
            words = choices(part, field.name)
            whole = re.search(r"\bint\b", str(field.type)) is not None
            values[field.name] = words[0] if words else inside(option, whole)
    return part(**values | given)


type_hints = functools.cache(typing.get_type_hints)  # thousands of samples are made of few parts


def choices(part, name):
    """The words of an option that is one of several words."""
    hint = type_hints(part)[name]
    return typing.get_args(hint) if typing.get_origin(hint) is typing.Literal else ()


def variants(part):
    """{what differs: part}: the sample, and one that differs from it in each number, each flag and each word."""
    base = sample(part)
    found = {"": base}
    for name, option in options_of(part).items():
        value = getattr(base, name)
        if isinstance(value, bool):
            others: list[Any] = [not value]
        elif value is None and isinstance(option.ge, int):
            others = [option.ge + 1]  # a whole number that is left out by default, such as a stride
        elif isinstance(value, int):
            others = [int(0.7 * value), value + 1]
        elif isinstance(value, float):
            others = [0.7 * value if value else 0.4]
        else:
            others = choices(part, name)
        for other in others:
            if other != value and (isinstance(other, str) or allowed(option, other)):
                shown = round(other, 3) if isinstance(other, float) else other
                found[f"{name}={shown}"] = dataclasses.replace(base, **{name: other})
    return found


def cases(registry, where=lambda part: True):
    """pytest parameters: every variant of every part of a registry."""
    return [
        pytest.param(part, id=f"{name} {difference}".strip())
        for name in registry
        for difference, part in variants(registry.get(name)).items()
        if where(part)
    ]


def crossed(given, *axes):
    """The cases with every combination of the axes' values, of which each case has one among the quick tests.

    It is another combination from one case to the next, so that a part, which has several variants, meets most of them.
    """
    given = [case if isinstance(case, PARAMETERS) else pytest.param(case, id=_word(case)) for case in given]
    combinations = list(itertools.product(*axes))
    return [
        pytest.param(
            *case.values,
            *combination,
            id="-".join([case.id, *map(_word, combination)]),
            marks=[*case.marks, *([] if turn == number % len(combinations) else [pytest.mark.exhaustive])],
        )
        for number, case in enumerate(given)
        for turn, combination in enumerate(combinations)
    ]


def seldom(given, *names, mark=pytest.mark.exhaustive):
    """The names of cases, of which some are left out of the quick tests."""
    assert {*names} <= {*given}
    return [pytest.param(name, id=name, marks=mark if name in names else ()) for name in given]


def _word(value):
    return getattr(value, "__name__", str(value))


def dense(units, **given):
    """A dense layer among its usual neighbours, with biases that are not zero."""
    return sample(Dense, units=units, bias_initializer=Normal(std=0.3), **given)


def linear(units, **given):
    """The same without an activation: an output layer."""
    return dense(units, activation=Linear(), **given)


SHAPES = {1: (3,), 2: (5, 4), 3: (6, 5, 3)}
"""The shape of an input sample of each rank: a vector, a sequence, an image."""

SORTS = {1: "vectors", 2: "sequences", 3: "images"}


def unfold(given, shape):
    """The plain layers that layers and blocks stand for."""
    return [placed.layer for placed in trace(given, shape)]


def output_shape(given, shape):
    """The output shape of layers and blocks."""
    return [shape, *(placed.output_shape for placed in trace(given, shape))][-1]


def build(*given, loss=None, seeds=(0, 1, 2), capacity=16, dtype=np.float64, shape=None):
    """A small network, for inputs that its first layer prefers; what it ends with becomes a vector."""
    shape = shape or SHAPES[given[0].ranks[0]]
    return Network(
        unfold(as_vectors(given, shape), shape),
        loss or MeanSquaredError(),
        shape,
        seeds=seeds,
        capacity=capacity,
        dtype=dtype,
    )


PLACES = {
    "first": lambda layer: [layer, linear(2)],
    "between": lambda layer: [dense(4), layer, linear(2)],
    # with a layer between the two: a normalization directly after another one leaves nothing with a gradient
    "twice": lambda layer: [dense(4), layer, dense(4), layer, linear(2)],
    "residual": lambda layer: [dense(4), sample(Residual, layers=(layer,)), linear(2)],
}
"""Where a layer stands in a small network."""


def places(layer, shape):
    """Those of `PLACES` where a layer that takes samples of a shape can stand."""
    if isinstance(layer, ReadsData):
        return ["first"]
    inner = (*shape[:-1], 4)
    outer = output_shape([layer], inner)
    also = ["twice"] * takes(layer, outer) + ["residual"] * (outer[:-1] == inner[:-1])
    return ["first", "between", *also]


def placed(layer, shape, place="between", **given):
    """A small network with the layer in it: in its place, or first if it can stand nowhere else."""
    place = place if place in places(layer, shape) else "first"
    return build(*PLACES[place](layer), shape=shape, **given)


def layer_cases(where=lambda layer: True):
    """pytest parameters: every variant of every layer, with the shape of every sort of samples that it takes."""
    return [
        pytest.param(case.values[0], SHAPES[rank], id=f"{case.id}, {SORTS[rank]}")
        for case in cases(layers, where)
        for rank in case.values[0].ranks
    ]


def placed_cases(where=lambda layer: True):
    """The same in each of its places, (layer, shape, place), of which each case has one among the quick tests."""
    return [
        pytest.param(
            *case.values,
            place,
            id=f"{case.id}, {place}",
            marks=[] if turn == number % len(known) else pytest.mark.exhaustive,
        )
        for number, case in enumerate(layer_cases(where))
        for known in [places(*case.values)]
        for turn, place in enumerate(known)
    ]


def takes(layer, shape):
    """Whether a layer takes samples of a shape: of this rank, and large enough."""
    try:
        return len(shape) in layer.ranks and bool(output_shape([layer], shape))
    except UserError:
        return False


def as_vectors(given, shape):
    """The layers, with a `flatten` before the last one if that would else end with a sequence or an image."""
    shape = output_shape(given[:-1], shape)
    return list(given) if len(shape) == 1 else [*given[:-1], Flatten(), given[-1]]


def targets(kind, rows, n, rng):
    """Targets (rows, n) of a kind."""
    if kind == "binary":
        return rng.integers(2, size=(rows, n)).astype(float)
    if kind == "classes":
        return np.eye(n)[rng.integers(n, size=rows)]
    return rng.standard_normal((rows, n))


def data(network, rows, kind="regression", seed=11):
    """Random rows for a network, of tokens if it wants some: inputs and targets as they are, and for the engine."""
    rng = np.random.default_rng(seed)
    X, y = rng.standard_normal((rows, *network.shapes[0])), targets(kind, rows, network.shapes[-1][-1], rng)
    if (vocabulary := getattr(network.layers[0], "vocabulary", None)) is not None:
        X = rng.integers(vocabulary, size=X.shape).astype(float)
    return X, y, Rows.of(network, kind, X, y)


def descent(network, optimizer=None, learning_rate=0.05, clip_norm=None):
    """What changes a network's parameters; adam if nothing else is said."""
    return Descent(
        optimizer or Adam(),
        network.theta,
        network.grad,
        network.segments,
        learning_rate=learning_rate,
        clip_norm=clip_norm,
    )


def replay(write, *arguments):
    """Run what a part writes onto a program; returns what it says of it, such as where the output is."""
    on = Program()
    found = write(on, *arguments)
    on.run()
    return found


def forward(network, x, training=False):
    """The network's output for a prepared batch."""
    return network.measure(x, np.zeros((1, x.shape[1], *network.shapes[-1]), x.dtype), training=training).z


def update(optimizer, theta, grad, slots, work, learning_rate, number):
    """One update of a block of parameters; `learning_rate` is one number, or one for each replica."""
    rates = tuple(np.array(rate, theta.dtype) for rate in optimizer.rates(learning_rate, number))
    replay(optimizer.update, theta, grad, slots, work, rates)


class Bench:
    """One layer of a network on its arrays: a pass each way for inputs and gradients of choice."""

    def __init__(self, network, a_prev, index=0):
        network._first_trained_layer = -1  # a gradient is wanted of every input
        self.a_prev = a_prev.copy()
        layer, rows = network.layers[index], slice(0, len(network.theta))
        self.bound = layer.bind(network._arrays(index, layer, rows, self.a_prev, True))

    def forward(self, a_prev=None, training=True):
        """The output."""
        if a_prev is not None:
            self.a_prev[...] = a_prev
        return replay(self.bound.forward, training)

    def backward(self, da, da_prev=None):
        """Write the gradients of the parameters, and of the input into `da_prev`; after `forward`."""
        replay(self.bound.backward, np.ascontiguousarray(da), da_prev)


def norms_of(update):
    """‖g‖² of each replica, as the optimizer wants it."""
    return update.exact(np.vecdot(update.grad, update.grad))


def add_penalty_gradients(network):
    """Add the derivatives of all penalties to `grad`, as a training pass does at its end."""
    for penalty, _, W, dW, work in network._penalized:
        replay(penalty.add_gradient, W, dW, work)


def step(network, update, x, y, number=1, statistics=True):
    """One training step as the loop does it, with or without what is learned from no gradient; the loss before it."""
    loss = network.gradient(x, y).loss.copy()
    if statistics:
        network.keep_statistics()
    update.step(number, 1.0, norms_of(update))
    return loss


class Tape:
    """A recorder that keeps all it hears, and asks to stop after a step."""

    def __init__(self, stop_at=None, watch=None):
        self.stop_at, self.watch = stop_at, watch
        self.rows, self.thetas, self.losses, self.flows = [], [], [], []

    def record(self, replicas, epoch, step, metrics):
        self.rows += [
            {"replica": r, "epoch": epoch, "step": step} | {name: values[i] for name, values in metrics.items()}
            for i, r in enumerate(replicas)
        ]

    def record_flow(self, epoch, flows):
        self.flows += [(epoch, r, layer) for r, layers in flows.items() for layer in layers]

    def tick(self, epoch, step, loss, take):
        self.losses.append(loss.copy())
        if self.watch is not None:
            self.thetas.append(self.watch.theta.copy())
        return step == self.stop_at


def settings(**given):
    """Three epochs of adam in batches of four, to the end, but for what is given."""
    usual: dict[str, Any] = {
        "optimizer": Adam(),
        "schedule": ConstantSchedule(),
        "learning_rate": 0.05,
        "epochs": 3,
        "batch_size": 4,
    }
    return Settings(**usual | {"stop": Stop(solved=False)} | given)


def fit(network, rows, given=None, tape=None, **splits):
    """Train; the outcomes."""
    return train(network, {"train": rows, **splits}, given or settings(), tape or Tape())


def same(a, b):
    """Whether two arrays are the same to the bit, NaN and the sign of zero included."""
    a, b = np.ascontiguousarray(a), np.ascontiguousarray(b)
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


def peak_memory(work, times=3):
    """The most bytes allocated at any time in `work()`: the smallest peak of several calls.

    tracemalloc counts what other threads of the process allocate meanwhile; what `work` needs, it needs each time.
    """
    peaks = []
    for _ in range(times):
        tracemalloc.start()
        work()
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    return min(peaks)


def alone(part, replica):
    """A stack's part, as a stack of that one replica."""
    return select(part, np.array([replica]))
