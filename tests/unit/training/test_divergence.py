"""Replicas whose loss or gradient is no longer a number: what is kept of them, and that the others are unaffected."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from samples import DTYPES, Tape, build, data, dense, fit, linear, same, settings

from nncli.nn.activations.rectifiers import Relu
from nncli.nn.losses.cross_entropy import BinaryCrossEntropy
from nncli.nn.optimizers.adam import AdamW
from nncli.nn.optimizers.sgd import SGD
from nncli.runs.result_record import Divergence
from nncli.training.data import Rows


def diverging(where, dtype=np.float32):
    """A network of three replicas with its rows; `where` makes the second, or all, diverge in time."""
    network = build(dense(6), linear(2), seeds=(0, 1, 2), dtype=dtype)
    rows, given = data(network, 10)[2], settings(optimizer=SGD(), epochs=50, batch_size=4)
    if where == "learning rate":
        given = dataclasses.replace(given, learning_rate=np.array([[0.01], [1e6], [0.01]]))
    elif where == "weights":
        network.theta[1, 3] = np.nan
    elif where == "loss":
        b = next(s for s in network.segments if s.layer == 1 and s.spec.name == "b")
        network.theta[1, b.start] = 1e20 if dtype == np.float32 else 1e160  # e² overflows, 2 e does not
    elif where == "data":
        rows.x[0, 5, 1] = np.nan
    return network, rows, given


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("where", ["learning rate", "weights", "loss", "data"])
def test_a_diverged_replica_keeps_the_weights_of_the_step_before(where, dtype):
    network, rows, given = diverging(where, dtype)
    tape = Tape()
    outcomes = fit(network, rows, given, tape)
    gone = [o for o in outcomes if o.stop_reason == "diverged"]
    assert [o.seed for o in gone] == ([0, 1, 2] if where == "data" else [1])
    for outcome in gone:
        assert outcome.divergence.step == outcome.step
        assert outcome.divergence.epoch == outcome.epoch
        assert not outcome.solved
        assert outcome.metrics == {}
        again, rows, given = diverging(where, dtype)
        before = again.theta.copy()
        if outcome.step > 1:
            tape = Tape(stop_at=outcome.step - 1)
            shorter = fit(again, rows, given, tape)
            before = np.stack([o.theta for o in shorter])
            alive = [o.seed for o in shorter if o.stop_reason == "interrupted"]
            assert tape.losses[-1][alive.index(outcome.seed)] == outcome.divergence.loss_before
            assert np.isfinite(before[outcome.seed]).all()
        assert same(outcome.theta, before[outcome.seed])


@pytest.mark.parametrize("where", ["learning rate", "weights", "loss"])
def test_the_others_do_not_notice_a_diverging_replica(where):
    network, rows, given = diverging(where)
    healthy, _, usual = diverging("nowhere")
    if where == "learning rate":
        usual = dataclasses.replace(usual, learning_rate=0.01)
    for a, b in zip(fit(network, rows, given), fit(healthy, rows, usual), strict=True):
        if a.seed != 1:
            assert same(a.theta, b.theta)
            assert a.metrics == b.metrics
            assert a.stop_reason == "epochs"


@pytest.mark.parametrize(
    ("where", "expected"),
    [("weights", Divergence("weights", 1, 1, None, 0)), ("loss", Divergence("loss", 1, 1, None, 0))],
)
def test_divergence_in_the_first_step_has_no_loss_before(where, expected):
    assert fit(*diverging(where))[1].divergence == expected


@pytest.mark.parametrize(("dtype", "outlier"), [(np.float32, 2e19), (np.float64, 1.5e154)])
def test_an_overflowing_loss_is_found_though_the_gradient_is_finite(dtype, outlier):
    """One target in ten so far off that e² overflows, where 2 e / (B n) and its square do not."""
    network = build(dense(6), linear(2), dtype=dtype)
    rows, before = data(network, 10)[2], network.theta.copy()
    rows.y[0, 5, 0] = outlier
    for r, outcome in enumerate(fit(network, rows, settings(batch_size=10))):
        assert outcome.divergence == Divergence("loss", 1, 1, None, 0)
        assert same(outcome.theta, before[r])
    network = build(dense(6), linear(2), dtype=dtype)
    with np.errstate(over="ignore"):
        assert np.isposinf(network.gradient(rows.x, rows.y).loss).all()
    assert np.isfinite(np.vecdot(network.grad, network.grad)).all()


def test_an_overflowing_gradient_is_found_though_the_loss_is_finite():
    """Outputs of ordinary size, but W₂ so large that ‖dW₁‖² is not representable."""
    network = build(linear(2), linear(2), seeds=(0, 1), dtype=np.float32)
    rows = data(network, 4)[2]
    W1, b1, W2, _ = network.segments
    network.view(W1)[1], network.view(b1)[1] = 1e-30, 0.0
    network.view(W2)[1] = 1e30
    before = network.theta.copy()
    outcome = fit(network, rows, settings(optimizer=SGD(), learning_rate=1e-3))[1]
    assert outcome.divergence == Divergence("gradient", 1, 1, None, 0)
    assert same(outcome.theta, before[1])


XOR = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], float)
WAVE = np.linspace(-np.pi, np.pi, 64)[:, None]


def blown_up(seeds, dtype, epochs=60):
    """Decay of 1e6 at a learning rate of 1e6 multiplies the weights by -1e12, while tanh keeps the loss finite."""
    network = build(dense(4), linear(1), loss=BinaryCrossEntropy(), seeds=seeds, dtype=dtype, shape=(2,))
    rows = Rows.of(network, "binary", XOR, np.array([[0.0], [1.0], [1.0], [0.0]]))
    return network, rows, settings(optimizer=AdamW(weight_decay=1e6), learning_rate=1e6, epochs=epochs)


def run_away(seeds, dtype, epochs):
    """relu and steps of 50: after two of them the loss is, in float32, beyond all numbers."""
    network = build(dense(32, activation=Relu()), linear(1), seeds=seeds, dtype=dtype, shape=(1,), capacity=64)
    rows = Rows.of(network, "regression", WAVE, np.sin(WAVE))
    return network, rows, settings(optimizer=SGD(), learning_rate=50.0, epochs=epochs, batch_size=64)


@pytest.mark.parametrize("dtype", DTYPES)
def test_an_update_that_would_overflow_the_weights_is_undone(dtype):
    tape = Tape()
    for outcome in fit(*blown_up((0, 1, 2), dtype), tape):
        found = outcome.divergence
        assert (outcome.stop_reason, found.what) == ("diverged", "update")
        assert outcome.step == outcome.epoch == found.step == found.epoch
        assert np.isfinite(outcome.theta).all()
        assert np.isfinite(found.loss_before)
        shorter = fit(*blown_up((outcome.seed,), dtype, epochs=outcome.epoch - 1))[0]
        assert shorter.stop_reason == "epochs"
        assert same(outcome.theta, shorter.theta)
        assert found.loss_before == shorter.metrics["train_loss"]


@pytest.mark.parametrize(("blow", "epochs"), [(blown_up, 60), (run_away, 2)], ids=["update", "end"])
def test_stacked_equals_solo_where_replicas_diverge(blow, epochs):
    for together in fit(*blow((5, 2, 0), np.float32, epochs)):
        (alone,) = fit(*blow((together.seed,), np.float32, epochs))
        assert alone.stop_reason == "diverged"
        assert same(together.theta, alone.theta)
        assert dataclasses.replace(together, theta=None) == dataclasses.replace(alone, theta=None)


def test_a_divergence_of_the_last_update_is_noticed_at_the_end():
    """One step fewer, and the final evaluation finds what that step would have found."""
    for late in fit(*run_away((0, 2), np.float32, epochs=50)):
        epochs = late.step - 1
        (early,) = fit(*run_away((late.seed,), np.float32, epochs))
        assert early.stop_reason == late.stop_reason == "diverged"
        assert early.divergence == dataclasses.replace(late.divergence, epoch=epochs)
        assert (early.step, early.divergence.step) == (epochs, epochs + 1)
        assert same(early.theta, late.theta)
        assert early.metrics == {}
        assert not early.solved
