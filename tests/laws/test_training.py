"""Laws of training with every registered part: stacks, noise between replicas, memory."""

from __future__ import annotations

import math
from functools import cache, partial
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from samples import (
    DTYPES,
    Tape,
    build,
    cases,
    crossed,
    data,
    dense,
    descent,
    fit,
    layer_cases,
    linear,
    peak_memory,
    placed,
    same,
    settings,
    step,
)

from nncli.config.build_layers import regularized
from nncli.nn import passes
from nncli.nn.activations import activations
from nncli.nn.arrays import BLOCK
from nncli.nn.initializers import initializers
from nncli.nn.layers import layers
from nncli.nn.losses import losses
from nncli.nn.losses.regression import MeanSquaredError
from nncli.nn.optimizers import optimizers
from nncli.nn.optimizers.adam import Adam
from nncli.nn.regularizers import regularizers
from nncli.nn.schedules import schedules
from nncli.training.data import Batches

SEEDS = (5, 2, 9, 14, 3)


def setting(*layers_, loss=None, **given):
    """How to make a network, the kind of its targets, what its settings differ in, and the positions of a sample."""
    loss = loss or MeanSquaredError()
    return SimpleNamespace(make=partial(build, *layers_, loss=loss), kind=loss.kinds[0], given=given, positions=1)


def within(layer, shape):
    """A layer inside a network."""
    make = partial(placed, layer, shape)
    return SimpleNamespace(make=make, kind="regression", given={}, positions=math.prod(shape[:-1]))


def usual(n=6, **given):
    return dense(n, **given), linear(2)


@cache
def everywhere():
    """For every variant of every part, a setting that uses it."""
    makers: dict[Any, Any] = {
        activations: lambda part: setting(dense(6, activation=part), dense(4, activation=part), linear(2)),
        layers: within,
        losses: lambda part: setting(*usual(), loss=part),
        initializers: lambda part: setting(*usual(initializer=part)),
        optimizers: lambda part: setting(*usual(), optimizer=part),
        schedules: lambda part: setting(*usual(), schedule=part),
        regularizers: lambda part: setting(*regularized([dense(6, regularizer=(part,))]), linear(2)),
    }
    return [
        pytest.param(make(*case.values), id=f"{registry.kind} {case.id}")
        for registry, make in makers.items()
        for case in (layer_cases() if registry is layers else cases(registry))
    ]


def first_variants():
    """The settings, of which those of a part with an option of its own are exhaustive."""
    return [
        pytest.param(*case.values, id=case.id, marks=[pytest.mark.exhaustive] if "=" in case.id else [])
        for case in everywhere()
    ]


part_and_dtype = pytest.mark.parametrize(("case", "dtype"), crossed(first_variants(), DTYPES))


def network_of(case, seeds, dtype, capacity=10):
    return case.make(seeds=seeds, capacity=capacity, dtype=dtype)


def trained(case, seeds, dtype, batch_size, shuffle=True):
    """The outcomes after three epochs of ten rows, in the order of the seeds, and what was recorded."""
    network, tape = network_of(case, seeds, dtype), Tape()
    rows = data(network, 10, case.kind)[2]
    outcomes = fit(network, rows, settings(batch_size=batch_size, shuffle=shuffle, **case.given), tape)
    return outcomes, tape


@pytest.mark.parametrize(("case", "dtype", "way"), crossed(everywhere(), DTYPES, ["full", "mini", "in order"]))
def test_stacked_equals_solo_to_the_bit(case, dtype, way):
    """Ten rows in batches of four: the last one is short."""
    batch_size, shuffle = {"full": (10, True), "mini": (4, True), "in order": (4, False)}[way]
    stacked, tape = trained(case, SEEDS, dtype, batch_size, shuffle)
    for r in (0, 1, 4):  # both ends, and a row that begins anywhere in memory
        (solo,), own = trained(case, (SEEDS[r],), dtype, batch_size, shuffle)
        assert same(stacked[r].theta, solo.theta)
        rows = [row for row in tape.rows if row["replica"] == r]
        for together, by_itself in zip(rows, own.rows, strict=True):
            assert all(same(together[name], by_itself[name]) for name in by_itself if name != "replica")


@pytest.mark.parametrize(("case", "batch_size"), crossed(first_variants(), [10, 4]))
def test_groups_give_the_bits_of_the_whole_stack(case, batch_size, monkeypatch):
    """Two replicas, two and one, one after the other in the same buffers; on all ten rows perhaps each by itself."""
    whole, tape = trained(case, SEEDS, np.float32, batch_size)
    sample_bytes = network_of(case, SEEDS, np.float32)._sample_bytes
    monkeypatch.setattr(passes, "CACHE", 2 * batch_size * sample_bytes)
    together = passes.together(len(SEEDS), batch_size, sample_bytes)
    assert passes.divide(len(SEEDS), together) == [slice(0, 2), slice(2, 4), slice(4, 5)]
    divided, own = trained(case, SEEDS, np.float32, batch_size)
    assert all(same(a.theta, b.theta) for a, b in zip(whole, divided, strict=True))
    for a, b in zip(tape.rows, own.rows, strict=True):
        assert all(same(a[name], b[name]) for name in a)


@part_and_dtype
def test_a_sick_replica_leaves_the_others_alone(case, dtype):
    """NaN everywhere in one row of theta, and kept in the stack: the others' bits are as without it."""

    def after(sick):
        network = network_of(case, SEEDS, dtype)
        rows = data(network, 10, case.kind)[2]
        if sick:
            network.theta[1] = np.nan
        update = descent(network, case.given.get("optimizer"), clip_norm=0.5)
        for number in (1, 2, 3):
            network.begin_epoch(number)
            step(network, update, rows.x, rows.y, number)
        return network.theta, network.grad, *update.slots

    with np.errstate(all="ignore"):
        healthy, sick = after(False), after(True)
    others = [0, 2, 3, 4]
    assert all(same(a[others], b[others]) for a, b in zip(healthy, sick, strict=True))
    assert np.isnan(sick[0][1]).all()


@part_and_dtype
def test_every_array_keeps_the_dtype(case, dtype):
    network = network_of(case, SEEDS, dtype)
    rows = data(network, 10, case.kind)[2]
    update = descent(network, case.given.get("optimizer"))
    network.begin_epoch(1)
    step(network, update, rows.x, rows.y)
    calls = network._pass(rows.x, rows.y, training=True).forward_and_backward.calls + update.program.calls
    found = [network.theta, network.grad, *update.slots]
    found += [array for _, arguments in calls for array in arguments if isinstance(array, np.ndarray)]
    assert {array.dtype for array in found if array.dtype.kind == "f"} == {np.dtype(dtype)}


@part_and_dtype
def test_training_leaves_the_data_as_it_is(case, dtype):
    network = network_of(case, SEEDS, dtype)
    rows = data(network, 10, case.kind)[2]
    before = rows.x.copy(), rows.y.copy()
    fit(network, rows, settings(**case.given))
    assert same(rows.x, before[0])
    assert same(rows.y, before[1])


@pytest.mark.parametrize("case", first_variants())
def test_one_row_is_a_batch(case):
    """Or as few as a layer can take statistics of."""
    least = network_of(case, SEEDS, np.float32).least_rows
    network = network_of(case, SEEDS, np.float32, capacity=least)
    outcomes = fit(network, data(network, least, case.kind)[2], settings(**case.given))
    assert all(np.isfinite(outcome.theta).all() for outcome in outcomes)


def peak(case, batch, times=1):
    """The most bytes allocated at any time in a step, the gathering of its batch included, after warm-up."""
    network = network_of(case, (0, 1), np.float32, capacity=batch)
    rows = data(network, (1 + times) * batch, case.kind)[2]
    batches = iter(Batches(rows, batch, shuffle=True, seeds=network.seeds).epoch(1))
    update = descent(network, case.given.get("optimizer") or Adam(), clip_norm=1e-3)
    network.begin_epoch(1)
    step(network, update, *next(batches))
    return peak_memory(lambda: step(network, update, *next(batches), 2), times)


@pytest.mark.parametrize("case", first_variants())
def test_no_allocation_grows_with_the_batch(case):
    """Formulas are evaluated in blocks; the outputs of both batches, two replicas by two units, are longer than one.

    The larger batch has 49,152 steps, pixels or vectors more: even a mask of one byte for each of them would show.
    """
    least = peak(case, BLOCK // 2 // case.positions, times=2)
    assert any(peak(case, 2 * BLOCK // case.positions) <= least + 16_384 for _ in range(2))
