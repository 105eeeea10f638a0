"""Laws of every optimizer: what is true of any first-order method that works coordinate by coordinate."""

from __future__ import annotations

import numpy as np
import pytest
from samples import DTYPES, build, cases, data, dense, descent, linear, norms_of, same, step, update

from nncli.nn.optimizers import optimizers

every_optimizer = pytest.mark.parametrize("optimizer", cases(optimizers))
every_dtype = pytest.mark.parametrize("dtype", DTYPES)


def steps(optimizer, theta, gradient, count, learning_rate=0.01):
    """theta and the slots after some steps down `gradient(theta)`."""
    theta = theta.copy()
    slots, work = tuple(np.zeros_like(theta) for _ in optimizer.slots), np.full_like(theta, np.nan)
    for number in range(1, count + 1):
        update(optimizer, theta, gradient(theta), slots, work, learning_rate, number)
    return theta, *slots


def start(dtype=np.float64, shape=(3, 7)):
    return np.random.default_rng(6).standard_normal(shape).astype(dtype)


@every_optimizer
def test_the_first_step_goes_down_in_every_coordinate(optimizer):
    theta, gradient = start(), start()[:, ::-1].copy()
    moved = steps(optimizer, theta, lambda _: gradient, 1)[0] - theta
    assert (np.sign(moved) == -np.sign(gradient)).all()


@every_optimizer
def test_it_finds_the_minimum_of_a_parabola(optimizer):
    theta = start()
    found = steps(optimizer, theta, lambda t: t - 1.0, 4000, learning_rate=0.1)[0]
    assert np.abs(found - 1.0).max() < 0.1


@every_optimizer
@every_dtype
def test_coordinates_are_independent(optimizer, dtype):
    """So the rows may be cut into blocks anywhere, and a NaN stays where it is."""
    theta = start(dtype)
    whole = steps(optimizer, theta, np.sin, 5)
    for r, c in np.ndindex(theta.shape):
        piece = steps(optimizer, theta[r : r + 1, c : c + 1], np.sin, 5)
        assert all(same(a[r : r + 1, c : c + 1], b) for a, b in zip(whole, piece, strict=True))
    theta[1, 2] = np.nan
    sick = steps(optimizer, theta, np.sin, 5)
    assert all(np.count_nonzero(~np.isclose(a, b, 0, 0)) == 1 for a, b in zip(whole, sick, strict=True))


@every_optimizer
@every_dtype
def test_dtype_is_kept_and_the_gradient_untouched(optimizer, dtype):
    theta, gradient = start(dtype), start(dtype)[::-1].copy()
    before = gradient.copy()
    found = steps(optimizer, theta, lambda _: gradient, 3)
    assert {array.dtype for array in found} == {np.dtype(dtype)}
    assert same(gradient, before)


@every_optimizer
def test_weight_decay_shrinks_weights_and_no_biases(optimizer):
    """With gradients of zero only decay moves anything; an optimizer without it moves nothing."""
    network = build(dense(4), linear(2))
    before, update = network.theta.copy(), descent(network, optimizer, learning_rate=0.1)
    for number in (1, 2):
        update.step(number, 0.5, norms_of(update))
    factor = (1 - 0.1 * 0.5 * getattr(optimizer, "weight_decay", 0.0)) ** 2
    for segment in network.segments:
        expected = segment.view(before) * (factor if segment.spec.decay else 1.0)
        np.testing.assert_allclose(segment.view(network.theta), expected, rtol=1e-15)


@every_optimizer
def test_a_network_learns(optimizer):
    network = build(dense(8), linear(2))
    _, _, rows = data(network, 10)
    update = descent(network, optimizer, learning_rate=0.02)
    losses = [step(network, update, rows.x, rows.y, number) for number in range(1, 61)]
    assert (losses[-1] < 0.8 * losses[0]).all()
