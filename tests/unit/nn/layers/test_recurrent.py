"""The recurrent layers: golden values, truncation, first weights, gates at their ends."""

from __future__ import annotations

import numpy as np
import pytest
from golden import torch_recurrent
from gradients import relative_errors
from samples import DTYPES, Bench, add_penalty_gradients, build, data, fit, linear, same, sample, settings

from nncli.nn.activations.linear import Linear
from nncli.nn.initializers.constants import Constant, Zeros
from nncli.nn.initializers.fixed_scale import Normal
from nncli.nn.initializers.orthogonal import Orthogonal
from nncli.nn.initializers.xavier import XavierUniform
from nncli.nn.layers import layers, unrolled
from nncli.nn.layers.activation import ActivationLayer
from nncli.nn.losses.regression import MeanSquaredError
from nncli.nn.network import Network
from nncli.nn.regularizers.penalties import L2
from nncli.nn.replicas import merge

GOLDEN = np.load(torch_recurrent.FILE)
UNITS, STEPS, WIDTH = torch_recurrent.UNITS, torch_recurrent.STEPS, torch_recurrent.WIDTH
SEEDS = (5, 2, 9, 14, 3)
GATES = {"rnn": 1, "gru": 3, "lstm": 4}
every_kind = pytest.mark.parametrize("kind", GATES)
every_dtype = pytest.mark.parametrize("dtype", DTYPES)


def recurrent(kind, **given):
    """A layer of few units."""
    return sample(layers.get(kind), **{"units": UNITS} | given)


def inputs(steps=STEPS, size=1.0, dtype=np.float64):
    """One replica's batch of two sequences."""
    return (size * np.random.default_rng(3).standard_normal((1, 2, steps, WIDTH))).astype(dtype)


def passes(layer, a_prev, da=1.0, values=None):
    """The layer's output, after a layer without parameters, and every gradient."""
    before = ActivationLayer(Linear())
    R, B, *shape = a_prev.shape
    network = Network([before, layer], MeanSquaredError(), shape, seeds=range(R), capacity=B, dtype=a_prev.dtype)
    for segment in network.segments if values else ():
        network.view(segment)[...] = values[segment.spec.name]
    bench, da_prev = Bench(network, a_prev, index=1), np.full_like(a_prev, np.nan)
    found = {"a": bench.forward()}
    bench.backward(np.broadcast_to(np.asarray(da, a_prev.dtype), found["a"].shape), da_prev)
    return found | {"da_prev": da_prev} | {"d" + s.spec.name: s.view(network.grad) for s in network.segments}


@pytest.mark.parametrize("name", torch_recurrent.CASES)
def test_recurrence_is_that_of_pytorch(name):
    kind, options = torch_recurrent.CASES[name]
    golden = {key.split("/")[1]: GOLDEN[key] for key in GOLDEN.files if key.startswith(name + "/")}
    found = passes(recurrent(kind, **options), golden["a_prev"][None], golden["da"][None], golden)
    assert set(found) == {"a"} | {key for key in golden if key.startswith("d") and key != "da"}
    for key, array in found.items():
        error = np.abs(array[0] - golden[key]).max() / np.abs(golden[key]).max()
        assert error <= 1e-10, key


@every_kind
@pytest.mark.parametrize("return_sequence", [False, True])
def test_truncation_to_all_steps_is_none(kind, return_sequence):
    whole, *others = (
        passes(recurrent(kind, return_sequence=return_sequence, truncation=truncation), inputs())
        for truncation in (None, STEPS, STEPS + 1)
    )
    assert all(same(other[key], whole[key]) for other in others for key in whole)


@every_kind
@pytest.mark.parametrize("truncation", [1, 3])
def test_truncation_of_the_last_state_forgets_the_steps_before(kind, truncation):
    layer = recurrent(kind, truncation=truncation)
    reached = passes(layer, inputs())["da_prev"].any(axis=(0, 1, 3))
    assert reached.tolist() == [False] * (STEPS - truncation) + [True] * truncation


@every_kind
@every_dtype
@pytest.mark.parametrize("return_sequence", [False, True])
@pytest.mark.parametrize(("batch_size", "groups"), [(4, [2, 3]), (10, [1] * 5)])
def test_stacked_equals_solo_to_the_bit(kind, dtype, return_sequence, batch_size, groups, monkeypatch):
    """Truncated, and in several groups of replicas; the law has the rest."""
    monkeypatch.setattr(unrolled, "GROUP", 10 * UNITS * GATES[kind])
    layer = recurrent(kind, return_sequence=return_sequence, truncation=3)

    def trained(seeds):
        network = build(layer, linear(2), shape=(STEPS, WIDTH), seeds=seeds, dtype=dtype)
        bound = Bench(build(layer, linear(2), shape=(STEPS, WIDTH), seeds=seeds), data(network, batch_size)[2].x).bound
        sizes = [len(group.dh) for _, group in bound.groups]
        assert sizes == (groups if len(seeds) > 1 else [1])
        return [outcome.theta for outcome in fit(network, data(network, 10)[2], settings(batch_size=batch_size))]

    for seed, theta in zip(SEEDS, trained(SEEDS), strict=True):
        assert same(theta, trained((seed,))[0])


@every_kind
def test_groups_of_replicas_share_their_scratch_only(kind, monkeypatch):
    a_prev = np.concatenate([inputs(size=size) for size in (1, 2, 3)])
    layer = recurrent(kind, return_sequence=True)
    together = passes(layer, a_prev)
    monkeypatch.setattr(unrolled, "GROUP", 1)
    assert all(same(array, together[key]) for key, array in passes(layer, a_prev).items())


@every_kind
@pytest.mark.parametrize("options", [{}, {"return_sequence": True}, {"truncation": 1}], ids=str)
def test_one_step(kind, options):
    """There is no step before it, so U has no gradient; truncation to one step does not matter."""
    network = build(recurrent(kind, **options), linear(2), shape=(1, WIDTH))
    rows = data(network, 5)[2]
    assert max(relative_errors(network, rows.x, rows.y).values()) <= 1e-6
    assert not network.segments[2].view(network.grad).any()


@every_kind
@every_dtype
@pytest.mark.parametrize("size", [1e3, 1e30])
def test_gates_that_are_wide_open_or_closed(kind, dtype, size):
    found = passes(recurrent(kind, return_sequence=True), inputs(size=size, dtype=dtype))
    assert all(np.isfinite(array).all() for array in found.values())
    assert np.abs(found["a"]).max() <= 1


@every_kind
def test_each_gate_is_drawn_as_a_parameter_of_its_own(kind):
    k, n = GATES[kind], 64
    layer = recurrent(kind, units=n, initializer=XavierUniform(), recurrent_initializer=None, bias_initializer=Zeros())
    network = build(layer, linear(2), shape=(3, 32), seeds=(0, 1))
    W, b, U = (network.view(segment) for segment in network.segments[:3])
    assert (W.shape, b.shape, U.shape) == ((2, 32, k * n), (2, k * n), (2, n, k * n))
    for block in np.split(U[0], k, axis=-1):
        np.testing.assert_allclose(block.T @ block, np.eye(n), atol=1e-13)
    limit = np.sqrt(6 / (32 + n))
    assert 0.99 * limit < np.abs(W).max() <= limit
    assert b.any() == (kind == "lstm")


@pytest.mark.parametrize("first", [Zeros(), Constant(value=0.5)])
def test_the_forget_gate_begins_with_its_own_bias(first):
    network = build(recurrent("lstm", bias_initializer=first, forget_bias=2.0), linear(2), shape=(STEPS, WIDTH))
    o, i, f, g = np.split(network.view(network.segments[1])[0], 4)
    start = getattr(first, "value", 0.0)
    assert (o == start).all()
    assert (i == start).all()
    assert (f == start + 2).all()
    assert (g == start).all()


@every_kind
def test_numbers_of_each_replica(kind):
    """Gains inside the initializers of the gates, and the forget bias."""
    variants = [
        recurrent(
            kind,
            recurrent_initializer=Orthogonal(gain=gain),
            initializer=Normal(std=gain),
            **({"forget_bias": gain} if kind == "lstm" else {}),
        )
        for gain in (1.0, 0.5)
    ]
    stacked = build(merge(variants), linear(2), shape=(STEPS, WIDTH), seeds=(7, 7))
    for r, layer in enumerate(variants):
        assert same(build(layer, linear(2), shape=(STEPS, WIDTH), seeds=(7,)).theta[0], stacked.theta[r])


@every_kind
def test_penalties_reach_the_weights_of_the_input_and_of_the_state(kind):
    network = build(recurrent(kind, regularizer=(L2(rate=0.1),)), linear(2), shape=(STEPS, WIDTH))
    add_penalty_gradients(network)
    reached = [bool(segment.view(network.grad).any()) for segment in network.segments]
    assert reached == [True, False, True, False, False]
