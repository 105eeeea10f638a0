"""Attention and what stands beside it: positions, averages over time."""

from __future__ import annotations

import numpy as np
import pytest
from golden import torch_attention
from gradients import relative_errors
from samples import DTYPES, Bench, build, data, fit, linear, same, sample

from nncli.errors import UserError
from nncli.nn.gradient_check import gradient, objective
from nncli.nn.layers.attention import Attention
from nncli.nn.layers.averages import MeanOverTime
from nncli.nn.layers.position import Position, sinusoids
from nncli.nn.losses.regression import MeanSquaredError
from nncli.nn.network import Network
from nncli.nn.regularizers.penalties import L2

GOLDEN = np.load(torch_attention.FILE)
SHAPE = (torch_attention.STEPS, torch_attention.WIDTH)
OPTIONS = pytest.mark.parametrize("options", torch_attention.CASES.values(), ids=torch_attention.CASES)
SEEDS = (5, 2, 9, 14, 3)


def single(layer, shape, batch=1, dtype=np.float64):
    """A network of one replica and this layer alone, and the layer on its arrays."""
    network = Network([layer], MeanSquaredError(), shape, seeds=(0,), capacity=batch, dtype=dtype)
    return network, Bench(network, np.zeros((1, batch, *shape), dtype))


def before_output(options, **given):
    """A network that ends in the mean over time of what the attention gives."""
    return build(Position(), sample(Attention, **options), MeanOverTime(), linear(2), shape=SHAPE, **given)


def objective_and_gradient(network, x, y):
    """The loss of each replica and its gradient."""
    return objective(network, x, y).copy(), gradient(network, x, y)


@pytest.mark.parametrize("name", torch_attention.CASES)
def test_attention_is_that_of_pytorch(name):
    layer = sample(Attention, **torch_attention.CASES[name])
    golden = {key.split("/")[1]: GOLDEN[key] for key in GOLDEN.files if key.startswith(name + "/")}
    network, bench = single(layer, SHAPE, torch_attention.BATCH)
    for segment in network.segments:
        network.view(segment)[...] = golden[segment.spec.name]
    a_prev, da = golden["a_prev"][None], golden["da"][None]
    da_prev = np.empty_like(a_prev)
    found = {"a": bench.forward(a_prev)}
    bench.backward(da, da_prev)
    found |= {"da_prev": da_prev} | {"d" + s.spec.name: s.view(network.grad) for s in network.segments}
    assert set(found) == {"a"} | {key for key in golden if key.startswith("d") and key != "da"}
    for key, array in found.items():
        error = np.abs(array[0] - golden[key]).max() / np.abs(golden[key]).max()
        assert error <= 1e-10, key


@OPTIONS
@pytest.mark.parametrize("batch", [1, 4])
def test_gradients_match_central_differences(options, batch):
    network = before_output(options)
    _, _, rows = data(network, batch)
    assert max(relative_errors(network, rows.x, rows.y).values()) <= 1e-6


@OPTIONS
@pytest.mark.parametrize("dtype", DTYPES)
def test_stacked_equals_solo_to_the_bit(options, dtype):
    def trained(seeds):
        network = before_output(options, seeds=seeds, dtype=dtype)
        return [outcome.theta for outcome in fit(network, data(network, 10)[2])]

    for seed, theta in zip(SEEDS, trained(SEEDS), strict=True):
        assert same(theta, trained((seed,))[0])


@pytest.mark.parametrize("causal", [False, True])
def test_long_sequences_are_attended_to_in_parts(causal):
    """Parts of four samples, across replicas: each row, and each replica, as if it were alone."""
    layers = [sample(Attention, heads=2, causal=causal), MeanOverTime(), linear(2)]
    stacked = build(*layers, shape=(60, 6), seeds=SEEDS, capacity=5)
    _, _, rows = data(stacked, 5)
    parts = Bench(build(*layers, shape=(60, 6), seeds=SEEDS, capacity=5), rows.x).bound.parts
    assert [len(part.A) for part in parts] == [4, 4, 4, 4, 4, 4, 1]
    loss, grad = objective_and_gradient(stacked, rows.x, rows.y)
    for r, seed in enumerate(SEEDS):
        solo = build(*layers, shape=(60, 6), seeds=(seed,), capacity=5)
        assert same(objective_and_gradient(solo, rows.x, rows.y)[1][0], grad[r])
        each = [objective_and_gradient(solo, rows.x[:, b : b + 1], rows.y[:, b : b + 1]) for b in range(5)]
        np.testing.assert_allclose(np.mean([one for one, _ in each]), loss[r], rtol=1e-12)
        np.testing.assert_allclose(np.mean([g[0] for _, g in each], axis=0), grad[r], rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize("causal", [False, True])
def test_what_a_step_sees(causal):
    layer = sample(Attention, heads=2, causal=causal)
    _, bench = single(layer, SHAPE)
    a_prev = np.random.default_rng(1).standard_normal((1, 1, *SHAPE))
    before = bench.forward(a_prev, training=False).copy()
    for changed in range(SHAPE[0]):
        other = a_prev.copy()
        other[:, :, changed] += 1
        differs = (bench.forward(other, training=False) != before).any(axis=-1)[0, 0]
        assert differs.tolist() == [step >= changed or not causal for step in range(SHAPE[0])]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("size", [1e3, 1e12])
def test_softmax_is_stable(dtype, causal, size):
    """Scores of which each row has its own size, up to 1e24: the weights are finite and sum to one."""
    layer = sample(Attention, heads=2, causal=causal)
    _, bench = single(layer, SHAPE, dtype=dtype)
    scales = np.geomspace(1e-3, size, SHAPE[0])[:, None]
    a_prev = (scales * np.random.default_rng(1).standard_normal((1, 1, *SHAPE))).astype(dtype)
    out, da_prev = bench.forward(a_prev), np.empty_like(a_prev)
    bench.backward(np.ones_like(out), da_prev)
    assert np.isfinite(out).all()
    assert np.isfinite(da_prev).all()
    np.testing.assert_allclose(bench.bound.parts[0].A.sum(axis=-2), 1, rtol=10 * np.finfo(dtype).eps)


def test_one_step_sees_itself():
    layer = sample(Attention, heads=3, bias=False)
    network, bench = single(layer, (1, 6))
    _, _, W_v, W_o = (network.view(segment)[0] for segment in network.segments)
    a_prev = np.random.default_rng(1).standard_normal((1, 1, 1, 6))
    np.testing.assert_allclose(bench.forward(a_prev, training=False), a_prev @ W_v @ W_o, rtol=1e-12)


def test_biases_leave_the_draws_of_the_weights_alone():
    with_bias, without = (single(sample(Attention, bias=bias), SHAPE)[0] for bias in (True, False))
    assert same(with_bias.theta[:, : without.parameter_count], without.theta)


@pytest.mark.parametrize(
    ("heads", "units", "message"),
    [
        (4, 6, "6 is not a multiple of 4. Try heads: 3, or units: 8."),
        (8, 6, "6 is not a multiple of 8. Try heads: 6, or units: 8."),
        (2, 7, "7 is not a multiple of 2. Try heads: 1, or units: 8."),
    ],
)
def test_heads_that_do_not_divide_the_units(heads, units, message):
    said = f"the units must divide evenly among the heads, but {message}"
    with pytest.raises(UserError) as given:
        sample(Attention, heads=heads, units=units)
    with pytest.raises(UserError) as derived:
        sample(Attention, heads=heads).output_shape((5, units))
    assert str(given.value) == str(derived.value) == said


def test_sinusoids():
    E = sinusoids(7, 5)
    assert E.shape == (7, 5)
    for t in range(7):
        for i in range(5):
            angle = t / 10_000 ** ((i - i % 2) / 5)
            assert E[t, i] == pytest.approx(np.cos(angle) if i % 2 else np.sin(angle), abs=1e-15)


@pytest.mark.parametrize("kind", ["sinusoidal", "learned"])
def test_the_same_encoding_is_added_to_each_row(kind):
    layer = Position(kind)
    network, bench = single(layer, SHAPE, batch=3)
    E = network.view(network.segments[0])[0] if kind == "learned" else sinusoids(*SHAPE)
    a_prev, da = np.random.default_rng(1).standard_normal((2, 1, 3, *SHAPE))
    da_prev = np.empty_like(da)
    np.testing.assert_allclose(bench.forward(a_prev), a_prev + E, rtol=1e-13)
    bench.backward(da, da_prev)
    assert same(da_prev, da)
    if kind == "learned":
        np.testing.assert_allclose(network.view(network.segments[0])[0], E)
        np.testing.assert_allclose(network.segments[0].view(network.grad), da.sum(axis=1), rtol=1e-13)


def test_a_learned_encoding_is_small_and_does_not_decay():
    network, _ = single(Position("learned"), (50, 40))
    assert network.theta.std() == pytest.approx(0.02, rel=0.1)
    assert not network.segments[0].spec.decay


def test_mean_over_time():
    layer = MeanOverTime()
    _, bench = single(layer, SHAPE, batch=3)
    a_prev = np.random.default_rng(1).standard_normal((1, 3, *SHAPE))
    da, da_prev = np.random.default_rng(2).standard_normal((1, 3, SHAPE[1])), np.empty_like(a_prev)
    np.testing.assert_allclose(bench.forward(a_prev), a_prev.mean(axis=2), rtol=1e-13, atol=1e-15)
    bench.backward(da, da_prev)
    np.testing.assert_allclose(da_prev, np.repeat(da[:, :, None] / SHAPE[0], SHAPE[0], axis=2), rtol=1e-13)


def test_only_weights_decay_and_have_penalties():
    for spec in sample(Attention, regularizer=(L2(0.1),)).parameters(SHAPE):
        assert spec.decay == spec.name.startswith("W_")
        assert spec.penalties == ((L2(0.1),) if spec.decay else ())
