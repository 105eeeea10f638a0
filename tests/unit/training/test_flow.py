"""What flows through each layer: against the textbook's formulas, and beside a training that it must not touch."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from samples import Tape, build, data, dense, linear, same, sample, settings

from nncli.nn.activations import activations
from nncli.nn.activations.rectifiers import Relu
from nncli.nn.activations.step import Step
from nncli.nn.layers import layers
from nncli.nn.optimizers import optimizers
from nncli.nn.optimizers.sgd import SGD
from nncli.nn.program import Program
from nncli.training.flow import QUANTITIES, FlowMeter
from nncli.training.loop import Training
from nncli.training.snapshot import Snapshot
from nncli.training.unit_use import largest_slopes, slopes, unit_fractions


def one_layer(function, z):
    """(dead, saturated, always on) of units whose pre-activations are the columns of z."""
    z = np.array(z, np.float64)[None]
    a = np.empty_like(z)
    on = Program()
    function.forward(on, z, a)
    on.run()
    return unit_fractions(z, a, slopes(function, z, a), largest_slopes(function, z.dtype))


@pytest.mark.parametrize(
    ("name", "z", "expected"),
    [
        ("relu", [[-1, -1, 2, 1], [-3, 2, 1, 2]], (0.25, 0, 0.5)),
        ("leaky_relu", [[-1, -1, 2, 1], [-3, 2, 1, 2]], (0, 0.25, 0.5)),  # slope 0.01 on every row is flat, not dead
        ("tanh", [[-3, 3, 3, 0.1], [3, 2.5, 0, 0.2]], (0, 0.5, 0.25)),  # 1 - tanh² < 0.1 from |z| > 1.8184
        ("tanh", [[1.8184464], [1.8184465]], (0, 0, 1)),
        ("tanh", [[1.818447], [1.818447]], (0, 1, 0)),
        ("tanh", [[0.0], [0.0]], (0, 0, 0)),  # it says nothing, but it can learn
        ("sigmoid", [[-3.7, 3, 0], [-4, 4, 1]], (0, 1 / 3, 1 / 3)),  # 0.1 of 0.25 at |z| = 3.6369
        ("gelu", [[-90.0, 5.0], [-50.0, 3.0]], (0.5, 0, 0.5)),
    ],
)
def test_units(name, z, expected):
    assert one_layer(sample(activations.get(name)), z) == pytest.approx(expected)


def test_a_step_is_on_or_dead_and_never_saturated():
    dead, saturated, on = one_layer(Step(), [[-1, 0, 1], [-2, 1, -1]])
    assert (dead, on) == (pytest.approx(1 / 3), pytest.approx(1 / 3))
    assert math.isnan(saturated)


@pytest.mark.parametrize(
    ("name", "largest"),
    [("sigmoid", 0.25), ("tanh", 1), ("relu", 1), ("gelu", 1.1289), ("swish", 1.0998), ("mish", 1.0885), ("step", 0)],
)
def test_the_largest_slopes_are_those_of_the_formulas(name, largest):
    assert largest_slopes(sample(activations.get(name)), np.dtype(float)) == pytest.approx(largest, abs=2e-4)


def test_a_layer_against_the_textbook():
    """Two dense layers by hand: z, a, dz, the gradient and a step of plain descent."""
    network = build(dense(5, activation=Relu()), linear(2), seeds=[3, 4], dtype=np.float64)
    rows = data(network, 10)[2]
    training = Training(network, {"train": rows}, settings(optimizer=SGD(), learning_rate=0.1), Tape())
    x = rows.x[0]
    before = network.theta.copy()
    for r in range(2):
        W1, b1, W2, b2 = (segment.view(network.theta)[r] for segment in network.segments)
        z1 = x[:, : len(W1)] @ W1 + b1
        a1 = np.maximum(z1, 0)
        z2 = a1 @ W2 + b2
        network.gradient(rows.x, rows.y)
        g1, g2 = network.grad[r][: W1.size + b1.size], network.grad[r][W1.size + b1.size :]
        theta1 = network.theta[r][: W1.size + b1.size]
        first, second = FlowMeter(rows).measure(network, r, 0, training.stack.descent)
        assert (first.z_mean, first.z_variance) == pytest.approx((z1.mean(), z1.var()))
        assert (first.a_mean, first.a_variance) == pytest.approx((a1.mean(), a1.var()))
        assert (second.z_mean, second.z_variance) == pytest.approx((z2.mean(), z2.var()))
        assert (first.gradient_norm, second.gradient_norm) == pytest.approx((np.linalg.norm(g1), np.linalg.norm(g2)))
        assert first.update_ratio == pytest.approx(0.1 * np.linalg.norm(g1) / np.linalg.norm(theta1))
        dz2 = network.gradient(rows.x, rows.y).dz[r]
        dz1 = (dz2 @ W2.T) * (z1 > 0)
        assert first.dz_mean_square == pytest.approx(np.mean(dz1**2))
        assert second.dz_mean_square == pytest.approx(np.mean(dz2**2))
        assert first.dead == np.mean((z1 <= 0).all(axis=0))
        assert first.always_on == np.mean((z1 > 0).all(axis=0))
        assert math.isnan(second.dead)
    assert same(network.theta, before)


CASES: dict[str, list[tuple[str, dict[str, float]]]] = {
    "plain": [],
    "dropout": [("dropout", {"rate": 0.3})],
    "batch norm": [("batch_norm", {})],
}


def prepared(inside, optimizer, record):
    between = [sample(layers.get(name), **options) for name, options in CASES[inside]]
    network = build(dense(6), *between, dense(4), linear(2), seeds=[0, 1, 5])
    splits = {"train": data(network, 10)[2]}
    given = settings(
        optimizer=sample(optimizers.get(optimizer)),
        learning_rate=0.1,
        clip_norm=0.5,
        record=("flow",) if record else (),
    )
    return network, splits, given


@pytest.mark.parametrize("inside", CASES)
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_recording_changes_no_bit(inside, optimizer):
    tapes = Tape(), Tape()
    plain, recorded = (
        Training(*prepared(inside, optimizer, record), tape).run()
        for record, tape in zip([False, True], tapes, strict=True)
    )
    assert not tapes[0].flows
    assert {(epoch, r) for epoch, r, _ in tapes[1].flows} == {(row["epoch"], row["replica"]) for row in tapes[1].rows}
    for a, b in zip(plain, recorded, strict=True):
        assert same(a.theta, b.theta)
        assert a.optimizer_sha256 == b.optimizer_sha256
    assert repr(tapes[0].rows) == repr(tapes[1].rows)


@pytest.mark.parametrize("inside", CASES)
def test_a_resumed_training_records_the_same(inside):
    class Camera(Tape):
        taken = None

        def tick(self, epoch, step, loss, take):
            if step == 5:  # the second batch of the second epoch
                taken = take()
                arrays = {name: array.copy() for name, array in taken.arrays.items()}
                self.taken = dataclasses.replace(taken, arrays=arrays), len(self.flows)
            return super().tick(epoch, step, loss, take)

    whole, rest = Camera(), Tape()
    Training(*prepared(inside, "adam", True), whole).run()
    assert whole.taken is not None
    snapshot, before = whole.taken
    assert isinstance(snapshot, Snapshot)
    training = Training(*prepared(inside, "adam", True), rest)
    training.restore(snapshot)
    training.run()
    assert repr(whole.flows[before:]) == repr(rest.flows)
    assert rest.flows


def test_the_update_ratio_is_that_of_the_step_that_follows():
    """With a full batch, the next step of adam is what was announced."""
    network, splits, given = prepared("plain", "adam", True)
    given = dataclasses.replace(given, batch_size=None, epochs=4)
    tape = Tape(watch=network)
    start = network.theta.copy()
    Training(network, splits, given, tape).run()
    thetas = [start, *tape.thetas]
    for epoch, r, layer in tape.flows:
        if epoch == 4:
            continue
        own = [s for s in network.segments if s.layer == layer.layer - 1]
        columns = slice(own[0].start, own[-1].stop)
        before, after = (thetas[e][r, columns].astype(float) for e in (epoch, epoch + 1))
        assert layer.update_ratio == pytest.approx(np.linalg.norm(after - before) / np.linalg.norm(before), rel=1e-6)


def test_each_seed_is_measured_as_if_it_were_alone():
    together = Tape()
    network, splits, given = prepared("dropout", "adam", True)
    Training(network, splits, given, together).run()
    alone = Tape()
    solo = build(*network.layers, seeds=[5])
    Training(solo, {"train": data(solo, 10)[2]}, given, alone).run()
    assert repr([layer for _, r, layer in together.flows if r == 2]) == repr([layer for *_, layer in alone.flows])
    assert len(QUANTITIES) == len(dataclasses.fields(together.flows[0][2])) - 1


@pytest.mark.parametrize(
    ("name", "options"),
    [*((name, {}) for name in activations), ("swish", {"learned": True}), ("prelu", {"slope": 3.0})],
)
def test_every_activation_is_measured(name, options):
    """Shares of units, none counted twice; NaN only where the slope of one unit means nothing."""
    function = sample(activations.get(name), **options)
    network = build(dense(6, activation=function), linear(2), seeds=[1, 2])
    first, _ = FlowMeter(data(network, 10)[2]).measure(network, 1, 0)
    shares = (first.dead, first.saturated, first.always_on)
    if name in ("linear", "softmax"):
        assert all(map(math.isnan, shares))
    else:
        assert 0 <= first.dead <= 1
        assert 0 <= first.always_on <= 1
        assert math.isnan(first.saturated) if name == "step" else sum(shares) <= 1
    assert first.gradient_norm > 0 or name == "step"


@pytest.mark.parametrize("name", ["layer_norm", "batch_norm", "dropout", "position", "activation", "residual"])
def test_activations_are_those_of_the_forward_pass(name):
    """The way back may use the same buffers."""
    given: dict[str, dict[str, object]] = {
        "dropout": {"rate": 0.3},
        "activation": {"function": Relu()},
        "residual": {"layers": (dense(4),)},
    }
    inside = sample(layers.get(name), **given.get(name, {}))
    shape = (5, 3) if name == "position" else None
    network = build(dense(4), inside, dense(4), linear(2), seeds=[1], shape=shape, capacity=10)
    rows = data(network, 10)[2]
    found = {flow.layer: flow.a_variance for flow in FlowMeter(rows).measure(network, 0, 3)}
    network.begin_epoch(3)
    network.measure(rows.x, rows.y, training=True)
    _, arrays = network.program(rows.x, rows.y)
    for index, layer in enumerate(network.layers[:-1]):
        if "a" in layer.buffers(network.shapes[index]):
            assert found[index + 1] == pytest.approx(np.var(arrays[f"a{index}"]))
