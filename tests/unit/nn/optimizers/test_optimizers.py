"""Each optimizer against its textbook formula, written anew on Python floats."""

from __future__ import annotations

import math

import numpy as np
import pytest
from samples import update

from nncli.nn.optimizers import optimizers
from nncli.nn.replicas import merge
from nncli.registry import options_of

STEPS, RATE = 20, 0.05


def sgd(theta, grads, rate):
    for g in grads:
        theta -= rate * g
    return theta


def momentum(theta, grads, rate, momentum=0.9, nesterov=False):
    v = 0.0
    for g in grads:
        v = momentum * v + g
        theta -= rate * (g + momentum * v if nesterov else v)
    return theta


def nesterov(theta, grads, rate, **options):
    return momentum(theta, grads, rate, **options, nesterov=True)


def adagrad(theta, grads, rate, epsilon=1e-10):
    for t, g in enumerate(grads, start=1):
        theta -= rate * g / (math.sqrt(sum(past**2 for past in grads[:t])) + epsilon)
    return theta


def rmsprop(theta, grads, rate, rho=0.99, epsilon=1e-8):
    for t, g in enumerate(grads, start=1):
        v = (1 - rho) * sum(rho ** (t - k) * past**2 for k, past in enumerate(grads[:t], start=1))
        theta -= rate * g / (math.sqrt(v) + epsilon)
    return theta


def adam(theta, grads, rate, beta1=0.9, beta2=0.999, epsilon=1e-8, weight_decay=0.0):
    m = v = 0.0
    for t, g in enumerate(grads, start=1):
        theta *= 1 - rate * weight_decay
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        theta -= rate * (m / (1 - beta1**t)) / (math.sqrt(v / (1 - beta2**t)) + epsilon)
    return theta


def adamw(theta, grads, rate, weight_decay=0.01, **options):
    return adam(theta, grads, rate, weight_decay=weight_decay, **options)


CASES = [
    ("sgd", sgd, {}),
    ("momentum", momentum, {}),
    ("momentum", momentum, {"momentum": 0.0}),
    ("momentum", momentum, {"momentum": 0.5}),
    ("nesterov", nesterov, {}),
    ("nesterov", nesterov, {"momentum": 0.5}),
    ("adagrad", adagrad, {}),
    ("adagrad", adagrad, {"epsilon": 0.1}),
    ("rmsprop", rmsprop, {}),
    ("rmsprop", rmsprop, {"rho": 0.0, "epsilon": 0.1}),
    ("rmsprop", rmsprop, {"rho": 0.5}),
    ("adam", adam, {}),
    ("adam", adam, {"beta1": 0.0}),
    ("adam", adam, {"beta2": 0.0}),
    ("adam", adam, {"beta1": 0.0, "beta2": 0.0, "epsilon": 0.1}),
    ("adam", adam, {"beta1": 0.5, "beta2": 0.9, "epsilon": 0.01}),
    ("adamw", adamw, {}),
    ("adamw", adamw, {"weight_decay": 0.5, "beta1": 0.8}),
]


def problem(replicas, columns, dtype):
    rng = np.random.default_rng(3)
    theta = rng.standard_normal((replicas, columns)).astype(dtype)
    return theta, (rng.standard_normal((STEPS, replicas, columns)) * np.logspace(-3, 3, columns)).astype(dtype)


def run(optimizer, theta, grads, rate):
    """Theta after all steps; with the engine's part of weight decay."""
    theta = theta.copy()
    slots = tuple(np.zeros_like(theta) for _ in optimizer.slots)
    work = np.full_like(theta, np.nan)
    for step, grad in enumerate(grads, start=1):
        theta *= np.asarray(1 - rate * getattr(optimizer, "weight_decay", 0.0)).astype(theta.dtype)
        update(optimizer, theta, grad, slots, work, rate, step)
    return theta


@pytest.mark.parametrize(("name", "formula", "options"), CASES)
def test_twenty_steps_follow_the_textbook(name, formula, options):
    theta, grads = problem(2, 5, np.float64)
    found = run(optimizers.get(name)(**options), theta, grads, RATE)
    expected = np.empty_like(theta)
    for i in np.ndindex(theta.shape):
        expected[i] = formula(float(theta[i]), [float(g[i]) for g in grads], RATE, **options)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


def test_every_optimizer_has_a_textbook_formula():
    assert {name for name, _, _ in CASES} == set(optimizers)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", optimizers.names())
def test_a_value_per_replica_gives_the_bits_of_the_value_alone(name, dtype):
    part, replicas = optimizers.get(name), 4
    names = options_of(part)
    alone = [part(**{key: getattr(part(), key) * (1 - 0.07 * r) for key in names}) for r in range(replicas)]
    rates = [0.1, 0.03, 0.001, 1 / 3]
    theta, grads = problem(replicas, 37, dtype)
    stacked = run(merge(alone), theta, grads, np.array(rates)[:, None])
    assert stacked.dtype == dtype
    for r in range(replicas):
        solo = run(alone[r], theta[r : r + 1], grads[:, r : r + 1], rates[r])
        assert (stacked[r] == solo[0]).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", optimizers.names())
def test_only_theta_slots_and_work_change(name, dtype):
    optimizer = optimizers.get(name)()
    theta, grads = problem(1, 9, dtype)
    grad, kept, before = grads[0], grads[0].copy(), theta.copy()
    slots = tuple(np.zeros_like(theta) for _ in optimizer.slots)
    update(optimizer, theta, grad, slots, np.empty_like(theta), 0.1, 1)
    assert (grad == kept).all()
    assert (theta != before).all()
    assert all((slot != 0).all() for slot in slots)


@pytest.mark.parametrize("name", optimizers.names())
def test_a_zero_gradient_changes_nothing(name):
    optimizer, theta = optimizers.get(name)(), np.ones((1, 3), np.float32)
    slots = tuple(np.zeros_like(theta) for _ in optimizer.slots)
    update(optimizer, theta, np.zeros_like(theta), slots, np.empty_like(theta), 0.1, 1)
    assert (theta == 1).all()
