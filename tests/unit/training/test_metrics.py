"""Metrics against naive formulas, and when they are recorded."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from samples import build, data, dense, linear, same

from nncli.analysis.metric_names import ROWS, default_log_every, metric_names, recorded_epochs
from nncli.nn.activations.sigmoids import Sigmoid
from nncli.nn.losses import losses
from nncli.training.data import Rows
from nncli.training.metrics import evaluate


def accuracy(p, y):
    return np.mean(
        [all((v >= 0.5) == (t >= 0.5) for v, t in zip(a, b, strict=True)) for a, b in zip(p, y, strict=True)]
    )


def class_accuracy(p, y):
    return np.mean([list(a).index(max(a)) == list(b).index(1) for a, b in zip(p, y, strict=True)])


def r2(p, y):
    return 1 - ((y - p) ** 2).sum() / ((y - y.mean(axis=0)) ** 2).sum()


SCORES = {"binary": ("accuracy", accuracy), "classes": ("accuracy", class_accuracy), "regression": ("r2", r2)}
CASES = [
    pytest.param(losses.get(name)(), kind, id=f"{name} {kind}") for name in losses for kind in losses.get(name).kinds
]


@pytest.mark.parametrize(("loss", "kind"), CASES)
@pytest.mark.parametrize("capacity", [100, 30, 7], ids=lambda n: f"capacity {n}")
def test_metrics_are_the_naive_ones(loss, kind, capacity):
    """Also where the rows are more than fit into one pass, and the last pass is short."""
    units = 1 if kind == "binary" else 3
    network = build(dense(4), linear(units), loss=loss, capacity=capacity)
    _, y, rows = data(network, 30, kind)
    found = evaluate(network, rows)
    whole = build(dense(4), linear(units), loss=loss, capacity=30)
    output = whole.measure(rows.x, rows.y)
    mean_loss, p = output.loss, output.p
    name, score = SCORES[kind]
    assert list(found) == ["loss", name, "max_error"]
    np.testing.assert_allclose(found["loss"], mean_loss, rtol=1e-13)
    np.testing.assert_allclose(found[name], [score(p[r], y) for r in range(3)], rtol=1e-12)
    np.testing.assert_allclose(found["max_error"], np.abs(p - y).max(axis=(1, 2)), rtol=1e-13)
    assert {values.dtype for values in found.values()} == {np.dtype(np.float64)}


def test_accuracy_of_several_binary_outputs_wants_all_of_them():
    network = build(linear(2, bias=False), shape=(2,), loss=losses.get("mean_squared_error")())
    network.theta[...] = np.eye(2).ravel()
    X = np.array([[0.9, 0.1], [0.9, 0.9], [0.2, 0.4], [0.5, 0.5]])
    y = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 0.0], [1.0, 1.0]])
    found = evaluate(network, Rows.of(network, "binary", X, y))
    assert found["accuracy"].tolist() == [0.75] * 3
    assert found["max_error"] == pytest.approx(0.9)


def test_r2_of_constant_targets_does_not_exist():
    network = build(linear(2))
    rows = Rows.of(network, "regression", np.ones((5, 3)), np.full((5, 2), 4.0))
    assert np.isnan(evaluate(network, rows)["r2"]).all()


def scores(predicted, targets, dtype):
    """The R² of a network of one unit per target that predicts a constant for each."""
    targets = np.asarray(targets, float)
    network = build(linear(targets.shape[1]), shape=(1,), dtype=dtype, seeds=(0,), capacity=len(targets))
    network.theta[...] = 0
    network.theta[0, targets.shape[1] :] = predicted
    rows = Rows.of(network, "regression", np.zeros((len(targets), 1)), targets)
    with np.errstate(all="ignore"):  # as in all that measures
        return evaluate(network, rows)["r2"][0]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("value", "rows"), [(9.99, 6), (0.1, 1000), (2014.3, 7), (-1e-30, 3), (1e30, 9), (0.0, 2), (1700000000.7, 11)]
)
def test_equal_targets_have_no_r2_whatever_their_size(value, rows, dtype):
    assert np.isnan(scores([value], np.full((rows, 1), value), dtype))


def test_targets_that_only_rounding_tells_apart_have_no_r2():
    assert np.isnan(scores([0.3], [[0.3], [0.1 + 0.2]], np.float64))
    assert np.isnan(scores([0.3, 1.0], [[0.3, 1.0], [0.1 + 0.2, 1.0]], np.float64))


@pytest.mark.parametrize("rows", [1000, 100_000, pytest.param(1_000_000, marks=pytest.mark.slow)])
def test_sums_over_many_rows_are_those_of_float64(rows):
    rng = np.random.default_rng(0)
    targets = 2014 + 3 * rng.standard_normal((rows, 2))
    exact = targets.astype(np.float32).astype(float)
    assert scores(exact.mean(axis=0), targets, np.float32) == pytest.approx(0, abs=1e-6)
    shifted = np.float32(exact.mean(axis=0) + np.array([1, 2])).astype(float)
    assert scores(shifted, targets, np.float32) == pytest.approx(r2(shifted, exact), rel=1e-9)


SIZES = {np.float32: [1e-30, 1e20, 1e38], np.float64: [1e-200, 1.0, 1e155, 1e308]}


@pytest.mark.parametrize(("dtype", "size"), [(dtype, size) for dtype in SIZES for size in SIZES[dtype]])
def test_r2_does_not_depend_on_the_unit(dtype, size):
    targets = np.array([[1.0], [-1.0], [1.0], [-0.5]]) * size
    assert scores([0.0], targets, dtype) == pytest.approx(r2(0.0, targets / size), rel=1e-5)
    assert scores([0.5 * size], targets, dtype) == pytest.approx(r2(0.5, targets / size), rel=1e-5)


def test_measuring_changes_nothing():
    network = build(dense(4, activation=Sigmoid()), linear(2))
    rows = data(network, 9)[2]
    before = network.theta.copy()
    first, second = evaluate(network, rows), evaluate(network, rows)
    assert same(network.theta, before)
    assert all(same(first[name], second[name]) for name in first)


@pytest.mark.parametrize(
    ("validation", "test", "names"),
    [
        (False, False, "train_loss train_accuracy train_max_error penalty objective"),
        (
            True,
            True,
            "train_loss train_accuracy train_max_error penalty objective validation_loss validation_accuracy "
            "validation_max_error test_loss test_accuracy test_max_error",
        ),
    ],
)
def test_names(validation, test, names):
    assert metric_names("binary", validation, test) == tuple(names.split())
    assert metric_names("regression", validation, test) == tuple(names.replace("accuracy", "r2").split())


@pytest.mark.parametrize("epochs", [0, 1, 2, 99, 100, 199, 200, 201, 250, 1000, 12_345, 10_000_000])
def test_recorded_epochs_are_few_dense_at_first_and_have_both_ends(epochs):
    found = set(recorded_epochs(epochs, None))
    assert len(found) <= 200
    assert {0, epochs} <= found
    assert max(found) == epochs
    assert set(range(min(epochs, 100))) <= found
    assert len(found) >= min(epochs + 1, 150)


@pytest.mark.parametrize(
    ("epochs", "log_every", "expected"),
    [(10, 3, [0, 3, 6, 9]), (9, 3, [0, 3, 6, 9]), (5, 100, [0]), (0, 1, [0]), (3, 1, [0, 1, 2, 3])],
)
def test_every_so_many_epochs(epochs, log_every, expected):
    """The loop adds the last one."""
    assert [epoch for epoch in range(epochs + 1) if epoch in recorded_epochs(epochs, log_every)] == expected


def test_the_default_bounds_the_rows_of_all_seeds():
    """The first epoch and the last are recorded for every seed all the same."""
    all_epochs, all_seeds = (1, 7, 199, 200, 500, 10**8), (1, 3999, 4001, 10_000, 100_000, 400_000, 10**6)
    for epochs, seeds in itertools.product(all_epochs, all_seeds):
        log_every = default_log_every(epochs, seeds)
        assert (log_every is None) == (seeds * min(epochs + 1, 200) <= ROWS)
        if log_every is not None:
            rows, more = (2 + (epochs - 1) // every for every in (log_every, max(1, log_every - 1)))
            assert rows <= max(3, ROWS / seeds)
            assert log_every in (1, epochs) or more > ROWS / seeds - 1
