"""Clipping, weight decay, and the walk over all parameters in blocks."""

from __future__ import annotations

import numpy as np
import pytest
import textbook
from samples import DTYPES, build, data, dense, descent, linear, norms_of, same, step

from nncli.nn.arrays import BLOCK
from nncli.nn.descent import Descent
from nncli.nn.initializers.constants import Zeros
from nncli.nn.optimizers.adam import Adam, AdamW
from nncli.nn.optimizers.sgd import SGD, Momentum
from nncli.nn.parameters import ParameterSpec, Segment


def problem(shape, dtype=np.float64):
    rng = np.random.default_rng(7)
    theta, grad = (rng.standard_normal(shape).astype(dtype) for _ in range(2))
    return theta, grad


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(1, 5), (3, 5), (3, BLOCK), (2, BLOCK + 1), (2, 2 * BLOCK + 7), (5, BLOCK // 3)])
def test_blocks_cover_every_parameter_of_every_replica_once(shape, dtype):
    theta, grad = problem(shape, dtype)
    before = theta.copy()
    rate = 2.0 ** -np.arange(shape[0], dtype=float)[:, None]
    update = Descent(Momentum(0.5), theta, grad, [], learning_rate=rate)
    update.step(1, 0.5, norms_of(update))
    assert same(theta, before - grad * (0.5 * rate).astype(dtype))
    assert same(update.slots[0], grad)


@pytest.mark.parametrize(("optimizer", "formula"), [(SGD(), textbook.sgd), (Adam(), textbook.adam)])
def test_steps_are_the_textbooks(optimizer, formula):
    network = build(dense(4), linear(2))
    rows = data(network, 6)[2]
    update, expected, memory = descent(network, optimizer, learning_rate=0.05), network.theta.copy(), {}
    for number in range(1, 21):
        step(network, update, rows.x, rows.y, number)
        expected = formula(expected, network.grad, memory, learning_rate=0.05)
        np.testing.assert_allclose(network.theta, expected, rtol=1e-12)


@pytest.mark.parametrize("clip_norm", [1e-3, 1.0, 1e3])
@pytest.mark.parametrize("per_replica", [False, True])
def test_clipping_scales_long_gradients_and_leaves_short_ones(clip_norm, per_replica):
    network = build(dense(4), linear(2))
    network.grad[...] = np.random.default_rng(8).standard_normal(network.grad.shape)
    network.grad[1] /= 1e6
    before, theta = network.grad.copy(), network.theta.copy()
    limits = clip_norm * (np.array([[1.0], [2.0], [0.5]]) if per_replica else np.ones((3, 1)))
    update = descent(network, SGD(), 1.0, limits if per_replica else clip_norm)
    update.step(1, 1.0, norms_of(update))
    norms = np.linalg.norm(before, axis=1, keepdims=True)
    np.testing.assert_allclose(network.grad, before * np.minimum(1, limits / norms), rtol=1e-14)
    assert same(network.grad[1], before[1])
    np.testing.assert_allclose(network.theta, theta - network.grad, rtol=1e-14)


def test_a_gradient_of_zero_is_not_clipped_to_nan():
    network = build(linear(2))
    before = network.theta.copy()
    update = descent(network, SGD(), clip_norm=1.0)
    update.step(1, 1.0, norms_of(update))
    assert same(network.theta, before)


@pytest.mark.parametrize("weight_decay", [0.5, np.array([[0.0], [0.5], [2.0]])], ids=["one", "per replica"])
def test_weight_decay_reaches_weights_and_never_biases(weight_decay):
    """With the optimizer held still by a gradient of zero."""
    network = build(dense(4), linear(2))
    before = network.theta.copy()
    update = descent(network, AdamW(weight_decay=weight_decay), learning_rate=0.1)
    update.step(1, 0.5, norms_of(update))
    factor = np.broadcast_to(1 - 0.1 * 0.5 * np.asarray(weight_decay), (3, 1))
    for segment in network.segments:
        own = slice(segment.start, segment.stop)
        expected = before[:, own] * factor if segment.spec.name == "W" else before[:, own]
        assert same(network.theta[:, own], expected)


@pytest.mark.parametrize("kept", [[1], [2, 0]], ids=str)
def test_keep_continues_with_the_same_bits(kept):
    theta, grad = problem((3, 11))
    column = np.array([[0.1], [0.2], [0.3]])
    spec = ParameterSpec("W", (8,), Zeros(), 1, 1, decay=True)
    segments = [Segment(0, spec, 0, 8)]

    def make(theta, grad):
        return Descent(AdamW(beta1=column, weight_decay=column), theta, grad, segments, learning_rate=column)

    together, reduced = (theta.copy(), grad.copy()), (theta.copy(), grad.copy())
    a, b = make(*together), make(*reduced)
    for update in (a, b):
        update.step(1, 1.0, norms_of(update))
    rest = reduced[0][kept], reduced[1][kept]
    b.keep(np.array(kept), *rest)
    for update in (a, b):
        update.step(2, 1.0, norms_of(update))
    assert same(together[0][kept], rest[0])
    assert all(same(x[kept], y) for x, y in zip(a.slots, b.slots, strict=True))


@pytest.mark.parametrize("clip_norm", [None, 1.0])
def test_squared_norms_show_a_single_bad_element(clip_norm):
    network = build(linear(2), dtype=np.float32)
    network.grad[...] = 2.0
    network.grad[1, 3], network.grad[2, 0] = np.nan, np.inf
    norms = norms_of(descent(network, clip_norm=clip_norm))
    assert norms[0] == 4.0 * network.parameter_count
    assert np.isfinite(norms).tolist() == [True, False, False]


@pytest.mark.parametrize("optimizer", [SGD(), Adam()])
def test_clipping_saves_a_gradient_whose_squares_overflow(optimizer):
    """Elements of 2e19, whose squares float32 does not have: the step is that of the clipped gradient."""
    (huge, plain), saved = (build(linear(2), dtype=np.float32) for _ in range(2)), []
    for network, scale in ((huge, 2e19), (plain, 1.0)):
        network.grad[...] = 1.0
        network.grad[1] = scale
        update = descent(network, optimizer, clip_norm=1.0)
        with np.errstate(over="ignore"):  # as the training loop does
            norms = norms_of(update)
        saved.append(norms[1])
        update.step(1, 1.0, norms)
    assert saved[0] == pytest.approx(4e38 * huge.parameter_count)
    np.testing.assert_allclose(huge.theta, plain.theta, rtol=1e-6)
    assert same(huge.theta[[0, 2]], plain.theta[[0, 2]])


@pytest.mark.parametrize(("clip_norm", "finite"), [(None, False), (1.0, True)])
def test_without_clipping_such_a_gradient_is_too_large(clip_norm, finite):
    """Adam would continue with v = ∞ and never move again."""
    network = build(linear(2), dtype=np.float32)
    network.grad[...] = 2e19
    with np.errstate(over="ignore"):  # as the training loop does
        assert np.isfinite(norms_of(descent(network, Adam(), clip_norm=clip_norm))).all() == finite


@pytest.mark.parametrize(
    ("optimizer", "learning_rate", "element", "clip_norm", "enormous"),
    [
        (SGD(), 100.0, 1.0, None, False),
        (SGD(), 101.0, 1.0, None, True),
        (SGD(), np.array([[0.1], [0.1], [101.0]]), 1.0, None, True),
        (AdamW(weight_decay=2.0), 1.0, 1.0, None, False),
        (AdamW(weight_decay=3.0), 1.0, 1.0, None, True),
        (SGD(), 0.1, 2e19, 1.0, True),
    ],
)
def test_only_an_enormous_step_may_overflow(optimizer, learning_rate, element, clip_norm, enormous):
    network = build(linear(2), dtype=np.float32)
    network.grad[...] = element
    update = descent(network, optimizer, learning_rate, clip_norm)
    with np.errstate(over="ignore"):  # as the training loop does
        assert update.may_overflow(norms_of(update)) == enormous
