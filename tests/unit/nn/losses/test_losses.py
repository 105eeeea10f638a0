"""Each loss against its formula on Python floats, its derivative, and the extremes of its domain."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from samples import peak_memory, replay

from nncli.nn.losses import losses
from nncli.nn.losses.cross_entropy import BinaryCrossEntropy, SoftmaxCrossEntropy
from nncli.nn.losses.margin import Hinge, Perceptron
from nncli.nn.losses.regression import Huber, MeanAbsoluteError, MeanSquaredError
from nncli.nn.program import Program

DTYPES = [np.float32, np.float64]


def run(loss, z, y):
    """(L, p, dz) of one forward and backward pass."""
    p, work, dz = (np.full_like(z, np.nan) for _ in range(3))
    out = np.full(len(z), np.nan, z.dtype)
    replay(loss.forward, z, y, p, work, out)
    replay(loss.backward, z, y, p, dz)
    return out, p, dz


def targets(loss, shape, rng):
    if "softmax" in loss.link:
        return np.eye(shape[-1])[rng.integers(shape[-1], size=shape[:-1])]
    return rng.standard_normal(shape) if "regression" in loss.kinds else rng.integers(2, size=shape).astype(float)


# Naive: the loss of one sample, given its rows of z and y, and the prediction.


def sigmoid(z):
    return 1 / (1 + math.exp(-z))


def softmax(z):
    return [math.exp(v) / sum(map(math.exp, z)) for v in z]


def per_output(formula):
    return lambda z, y: sum(map(formula, z, y)) / len(z)


def huber(delta):
    return lambda z, y: (z - y) ** 2 / 2 if abs(z - y) <= delta else delta * (abs(z - y) - delta / 2)


ROWS = [
    (
        BinaryCrossEntropy(),
        per_output(lambda z, y: -y * math.log(sigmoid(z)) - (1 - y) * math.log(1 - sigmoid(z))),
        lambda z: [sigmoid(v) for v in z],
    ),
    (
        SoftmaxCrossEntropy(),
        lambda z, y: -sum(t * math.log(p) for t, p in zip(y, softmax(z), strict=True)),
        softmax,
    ),
    (MeanSquaredError(), per_output(lambda z, y: (z - y) ** 2), list),
    (MeanAbsoluteError(), per_output(lambda z, y: abs(z - y)), list),
    (Huber(), per_output(huber(1.0)), list),
    (Huber(delta=0.3), per_output(huber(0.3)), list),
    (Hinge(), per_output(lambda z, y: max(0, 1 - (2 * y - 1) * z)), lambda z: [float(v >= 0) for v in z]),
    (
        Perceptron(),
        lambda z, y: sum(((v >= 0) - t) * v for v, t in zip(z, y, strict=True)),
        lambda z: [float(v >= 0) for v in z],
    ),
]
LOSSES: list[Any] = [loss for loss, _, _ in ROWS]
SHAPES = [(1, 1, 1), (1, 4, 1), (3, 5, 1), (3, 5, 4), (2, 1, 9)]


def test_every_loss_is_checked():
    assert {losses.name_of(loss) for loss in LOSSES} == set(losses)


@pytest.mark.parametrize("shared", [False, True], ids=["own targets", "shared targets"])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("loss", "row", "predict"), ROWS)
def test_values(loss, row, predict, shape, shared):
    rng = np.random.default_rng(5)
    z = 2 * rng.standard_normal(shape)
    y = targets(loss, (1, *shape[1:]) if shared else shape, rng)
    L, p, _ = run(loss, z, y)
    pairs = [list(zip(a.tolist(), b.tolist(), strict=True)) for a, b in zip(z, np.broadcast_to(y, shape), strict=True)]
    np.testing.assert_allclose(L, [sum(row(a, b) for a, b in rows) / len(rows) for rows in pairs], rtol=1e-13)
    np.testing.assert_allclose(p, [[predict(a) for a, _ in rows] for rows in pairs], rtol=1e-14)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("loss", LOSSES)
def test_gradient_is_the_derivative(loss, shape):
    rng, h = np.random.default_rng(6), 1e-6
    z = rng.uniform(0.1, 0.9, shape) * rng.choice([-1, 1], shape) + 2.0 * rng.integers(-1, 2, shape)  # off every kink
    y = targets(loss, shape, rng)
    y = np.round(y) if "regression" in loss.kinds else y
    dz = run(loss, z, y)[2]
    for index in np.ndindex(shape):
        ends = []
        for sign in (1, -1):
            moved = z.copy()
            moved[index] += sign * h
            ends.append(run(loss, moved, y)[0][index[0]])
        assert dz[index] == pytest.approx((ends[0] - ends[1]) / (2 * h), abs=1e-8)


@pytest.mark.parametrize(
    ("loss", "z", "y", "L", "p", "dz"),
    [
        (BinaryCrossEntropy(), 0.0, 0, math.log(2), 0.5, 0.5),
        (BinaryCrossEntropy(), 0.0, 0.5, math.log(2), 0.5, 0.0),
        (BinaryCrossEntropy(), -50.0, 0, math.exp(-50), math.exp(-50), math.exp(-50)),
        (BinaryCrossEntropy(), 50.0, 1, math.exp(-50), 1.0, 0.0),
        (BinaryCrossEntropy(), -700.0, 1, 700.0, math.exp(-700), -1.0),
        (BinaryCrossEntropy(), 1e4, 0, 1e4, 1.0, 1.0),
        (BinaryCrossEntropy(), 1e4, 1, 0.0, 1.0, 0.0),
        (BinaryCrossEntropy(), -1e4, 1, 1e4, 0.0, -1.0),
        (SoftmaxCrossEntropy(), [1e4, -1e4], [1, 0], 0.0, [1, 0], [0, 0]),
        (SoftmaxCrossEntropy(), [1e4, -1e4], [0, 1], 2e4, [1, 0], [1, -1]),
        (SoftmaxCrossEntropy(), [-1e4, -1e4], [0, 1], math.log(2), [0.5, 0.5], [0.5, -0.5]),
        (SoftmaxCrossEntropy(), [3.0], [1], 0.0, [1], [0]),
        (MeanSquaredError(), 3.0, 1, 4.0, 3.0, 4.0),
        (MeanAbsoluteError(), 1.0, 1, 0.0, 1.0, 0.0),
        (MeanAbsoluteError(), -1e4, 1, 10001.0, -1e4, -1.0),
        (Huber(delta=2.0), 3.0, 1, 2.0, 3.0, 2.0),
        (Huber(delta=2.0), -9.0, 1, 18.0, -9.0, -2.0),
        (Huber(), 1e300, 0, 1e300, 1e300, 1.0),
        (Hinge(), 0.0, 1, 1.0, 1.0, -1.0),
        (Hinge(), 1.0, 1, 0.0, 1.0, -0.5),
        (Hinge(), -1.0, 0, 0.0, 0.0, 0.5),
        (Hinge(), -1e4, 1, 10001.0, 0.0, -1.0),
        (Hinge(), 1e4, 1, 0.0, 1.0, 0.0),
        (Perceptron(), 0.0, 0, 0.0, 1.0, 1.0),
        (Perceptron(), 0.0, 1, 0.0, 1.0, 0.0),
        (Perceptron(), -1e4, 1, 1e4, 0.0, -1.0),
    ],
)
def test_tails_and_kinks(loss, z, y, L, p, dz):
    z, y = (np.atleast_1d(np.asarray(v, float))[None, None] for v in (z, y))
    with np.errstate(all="raise", under="ignore"):
        found = run(loss, z, y)
    for value, expected in zip(found, (L, p, dz), strict=True):
        np.testing.assert_allclose(np.ravel(value), np.ravel(expected), rtol=1e-14, atol=1e-300)


@pytest.mark.parametrize("hit", [0, 1])
@pytest.mark.parametrize("fraction", [1.0, 0.25])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("loss", "share"),
    [
        (BinaryCrossEntropy(), lambda f: f / 2),
        (SoftmaxCrossEntropy(), lambda f: min(2 * f, 1) / 2),  # 2 f would not be representable
        (MeanAbsoluteError(), lambda f: f),
        (Huber(delta=0.3), lambda f: 0.3 * f),
        (Hinge(), lambda f: f / 2),
        (Perceptron(), lambda f: f / 2),
    ],
)
def test_a_mean_that_is_representable_does_not_overflow_on_the_way(loss, share, dtype, fraction, hit):
    """Eight samples, half of them right, with outputs of ±fraction of the largest number."""
    largest = float(np.finfo(dtype).max)
    z = np.array([1, 1, -1, -1, 1, 1, -1, -1], dtype).reshape(1, 8, 1) * dtype(fraction * largest)
    y = np.full_like(z, hit)
    if "softmax" in loss.link:
        z, y = np.concatenate([z, -z], axis=-1), np.concatenate([y, 1 - y], axis=-1)
    with np.errstate(all="raise", under="ignore"):
        L, p, dz = run(loss, z, y)
    assert float(L[0]) / largest == pytest.approx(share(fraction), rel=1e-6)
    assert np.isfinite(p).all()
    assert np.isfinite(dz).all()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("loss", LOSSES)
def test_a_stack_gives_the_bits_of_each_replica_alone_and_keeps_its_inputs(loss, dtype):
    rng = np.random.default_rng(8)
    for shape in ((7, 5, 3), (3, 2_500, 7)):  # the second is several blocks long, which do not end where a replica does
        z = (5 * rng.standard_normal(shape)).astype(dtype)
        y = targets(loss, (1, *shape[1:]), rng).astype(dtype)
        kept = z.copy(), y.copy()
        stacked = run(loss, z, y)
        assert all(value.dtype == dtype for value in stacked)
        for r in range(shape[0]):
            assert all((a[r] == b[0]).all() for a, b in zip(stacked, run(loss, z[r : r + 1].copy(), y), strict=True))
        assert (z == kept[0]).all()
        assert (y == kept[1]).all()


@pytest.mark.parametrize("loss", LOSSES)
def test_a_nan_replica_leaves_the_others_alone(loss):
    rng = np.random.default_rng(9)
    z = rng.standard_normal((3, 4, 2))
    y = targets(loss, (1, 4, 2), rng)
    healthy = run(loss, z, y)
    z[1, 2, 0] = np.nan
    with np.errstate(invalid="ignore"):  # as the training loop does
        sick = run(loss, z, y)
    assert np.isnan(sick[0][1])
    for a, b in zip(healthy, sick, strict=True):
        assert (a[[0, 2]] == b[[0, 2]]).all()


@pytest.mark.parametrize("loss", LOSSES)
def test_no_allocation_grows_with_the_batch(loss):
    rng = np.random.default_rng(10)
    z = rng.standard_normal((2, 60_000, 3))
    y = targets(loss, (1, 60_000, 3), rng)
    p, work, dz, out = z.copy(), z.copy(), z.copy(), np.zeros(2)
    on = Program()  # what is made once per batch size is not counted
    loss.forward(on, z, y, p, work, out)
    loss.backward(on, z, y, p, dz)
    assert peak_memory(on.run) < 400_000  # z alone has 2.9 MB
