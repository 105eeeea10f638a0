"""Replicas whose loss or gradient is no longer a number: what is kept of them, and that the others do not notice."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from samples import DTYPES, Tape, build, data, dense, fit, linear, same, settings

from nncli.nn.optimizers.sgd import SGD
from nncli.training.settings import Divergence


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
    [("weights", Divergence("loss", 1, 1, None)), ("loss", Divergence("loss", 1, 1, None))],
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
        assert outcome.divergence == Divergence("loss", 1, 1, None)
        assert same(outcome.theta, before[r])
    network = build(dense(6), linear(2), dtype=dtype)
    network.forward(rows.x)
    with np.errstate(over="ignore"):
        assert np.isposinf(network.loss(rows.y)).all()
    network.backward(rows.y)
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
    assert outcome.divergence == Divergence("gradient", 1, 1, None)
    assert same(outcome.theta, before[1])
