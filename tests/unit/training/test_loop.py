"""The training loop against the textbook, and every reason to stop."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import textbook
from samples import DTYPES, Tape, build, data, dense, fit, linear, same, sample, settings

from nncli.analysis.conditions import Condition
from nncli.nn.activations import activations
from nncli.nn.initializers.constants import Zeros
from nncli.nn.layers.dropout import Dropout
from nncli.nn.losses.cross_entropy import BinaryCrossEntropy
from nncli.nn.losses.margin import Perceptron
from nncli.nn.optimizers.adam import Adam
from nncli.nn.optimizers.sgd import SGD
from nncli.nn.schedules import schedules
from nncli.nn.schedules.exponential import Exponential
from nncli.seeds import Purpose, stream
from nncli.training.data import Rows
from nncli.training.metrics import evaluate
from nncli.training.settings import Stop

GATES = {"and": [0, 0, 0, 1], "or": [0, 1, 1, 1], "xor": [0, 1, 1, 0]}
X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], float)


def gate(network, name):
    return Rows.of(network, "binary", X, np.array(GATES[name], float)[:, None])


def xor_network(seeds=(0, 1, 2), dtype=np.float64, capacity=4):
    return build(
        dense(6), linear(1), loss=BinaryCrossEntropy(), shape=(2,), seeds=seeds, dtype=dtype, capacity=capacity
    )


def textbook_layers(network, r):
    W1, b1, W2, b2 = (network.view(segment)[r].copy() for segment in network.segments)
    names = [activations.name_of(layer.activation) for layer in network.layers]
    return [(W1, b1, names[0]), (W2, b2, names[1])]


# Against the textbook.


@pytest.mark.parametrize(("optimizer", "formula"), [(SGD(), textbook.sgd), (Adam(), textbook.adam)])
@pytest.mark.parametrize("batch_size", [10, 5, 4, 1])
@pytest.mark.parametrize("shuffle", [True, False])
def test_weights_are_the_textbooks(optimizer, formula, batch_size, shuffle):
    network = build(dense(5), linear(2))
    inputs, targets, rows = data(network, 10)
    first = [textbook_layers(network, r) for r in range(3)]
    seeds = list(network.seeds)
    outcomes = fit(network, rows, settings(optimizer=optimizer, batch_size=batch_size, shuffle=shuffle, epochs=6))
    for r, seed in enumerate(seeds):
        batches = []
        for epoch in range(1, 7):
            shuffled = shuffle and batch_size < 10
            order = stream(seed, Purpose.SHUFFLE, epoch).permutation(10) if shuffled else np.arange(10)
            parts = [order[i : i + batch_size] for i in range(0, 10, batch_size)]
            batches += [(inputs[part], targets[part]) for part in parts]
        layers = textbook.train(first[r], batches, textbook.mean_squared_error, formula, learning_rate=0.05)
        expected = np.concatenate([array.ravel() for W, b, _ in layers for array in (W, b)])
        np.testing.assert_allclose(outcomes[r].theta, expected, rtol=1e-12, atol=1e-14)
        assert (outcomes[r].step, outcomes[r].epoch) == (len(batches), 6)


def test_the_schedule_scales_the_learning_rate_in_every_step():
    network = build(linear(2))
    rows = data(network, 10)[2]
    tape, expected = Tape(watch=network), network.theta.copy()
    fit(
        network, rows, settings(optimizer=SGD(), schedule=Exponential(0.5), epochs=2, batch_size=5, shuffle=False), tape
    )
    again = build(linear(2))
    for number, theta in enumerate(tape.thetas):
        part = slice(5 * (number % 2), 5 * (number % 2) + 5)
        again.gradient(rows.x[:, part], rows.y[:, part])
        expected = expected - 0.05 * 0.5 ** (number / 2) * again.grad
        np.testing.assert_allclose(theta, expected, rtol=1e-13)
        again.theta[...] = theta
    assert [row["learning_rate"] for row in tape.rows if row["replica"] == 0] == pytest.approx(
        [np.nan, 0.05 * 0.5**0.5, 0.05 * 0.5**1.5], nan_ok=True
    )


# The perceptron.


def perceptron(dtype, seeds=(0,), initializer=None):
    part = {"initializer": initializer} if initializer else {}
    return build(linear(1, **part), loss=Perceptron(), shape=(2,), seeds=seeds, dtype=dtype, capacity=4)


def in_order(epochs, learning_rate, **given):
    usual = {"optimizer": SGD(), "batch_size": 1, "shuffle": False, "stop": Stop(solved=True)}
    return settings(**usual | given, epochs=epochs, learning_rate=learning_rate)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", GATES)
@pytest.mark.parametrize("learning_rate", [1.0, 0.1, 1 / 3])
@pytest.mark.parametrize("initializer", [None, Zeros()], ids=["random", "zeros"])
def test_the_perceptron_is_rosenblatts_to_the_bit(dtype, name, learning_rate, initializer):
    """The weights after each epoch, and the first epoch without a mistake."""
    network = perceptron(dtype, seeds=(0, 1), initializer=initializer)
    first, rows, epochs = network.theta.copy(), gate(network, name), 40
    tape = Tape(watch=network)
    outcomes = fit(network, rows, in_order(epochs, learning_rate, stop=Stop(solved=False)), tape)
    solo = []
    for r in range(2):
        with_ones = np.column_stack([X, np.ones(4)]).astype(dtype)
        expected = list(textbook.rosenblatt(first[r], with_ones, GATES[name], dtype(learning_rate), epochs))
        for epoch, (w, _) in enumerate(expected):
            assert same(tape.thetas[4 * epoch + 3][r], w)
        solo.append(next((epoch for epoch, (_, mistakes) in enumerate(expected, start=1) if not mistakes), None))
    assert [outcome.solved_epoch for outcome in outcomes] == solo
    assert (None in solo) == (name == "xor")


@pytest.mark.parametrize("name", ["and", "or"])
def test_the_perceptron_stops_in_its_first_epoch_without_a_mistake(name):
    network = perceptron(np.float64)
    first = network.theta[0].copy()
    (outcome,) = fit(network, gate(network, name), in_order(100, 0.1))
    for epoch, (w, mistakes) in enumerate(  # noqa: B007
        textbook.rosenblatt(first, np.column_stack([X, np.ones(4)]), GATES[name], 0.1, 100), start=1
    ):
        if not mistakes:
            break
    assert (outcome.stop_reason, outcome.solved, outcome.epoch, outcome.solved_epoch) == ("solved", True, epoch, epoch)
    assert same(outcome.theta, w)
    assert outcome.metrics["train_accuracy"] == 1.0
    assert outcome.metrics["train_loss"] == 0.0


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_perceptron_goes_in_circles_on_xor(dtype):
    network = perceptron(dtype, seeds=(0, 1, 2, 3), initializer=Zeros())
    tape = Tape(watch=network)
    outcomes = fit(network, gate(network, "xor"), in_order(60, 1.0, watch_cycles=True), tape)
    ends = [np.zeros_like(tape.thetas[0]), *tape.thetas[3::4]]
    for r, outcome in enumerate(outcomes):
        seen = [theta[r].tobytes() for theta in ends]
        start = min(i for i, theta in enumerate(seen) if theta in seen[i + 1 :])
        assert outcome.cycle_from == start
        assert (outcome.stop_reason, outcome.solved) == ("epochs", False)


def test_half_an_epoch_is_no_circle():
    """Interrupted before its first mistake, an epoch ends with the weights with which it began."""
    network = perceptron(np.float64, initializer=Zeros())
    network.theta[...] = [1.0, 1.0, -1.5]  # row 00 is right
    (outcome,) = fit(network, gate(network, "xor"), in_order(9, 1.0, watch_cycles=True), Tape(stop_at=1))
    assert same(outcome.theta, np.array([1.0, 1.0, -1.5]))
    assert (outcome.stop_reason, outcome.cycle_from) == ("interrupted", None)


# Reasons to stop.


def test_solved_replicas_leave_the_stack_with_the_weights_of_their_epoch():
    network = xor_network(seeds=range(8))
    given = settings(epochs=400, batch_size=4, stop=Stop(tolerance=0.2))
    tape = Tape()
    outcomes = fit(network, gate(network, "xor"), given, tape)
    assert {outcome.stop_reason for outcome in outcomes} >= {"solved"}
    assert len({outcome.epoch for outcome in outcomes}) > 2
    for outcome in outcomes:
        (solo,) = fit(
            alone := xor_network(seeds=(outcome.seed,)),
            gate(alone, "xor"),
            dataclasses.replace(given, epochs=outcome.epoch, stop=Stop(solved=False, tolerance=0.2)),
        )
        assert same(outcome.theta, solo.theta)
        assert outcome.metrics == solo.metrics
        assert (outcome.solved, outcome.solved_epoch) == (solo.solved, solo.solved_epoch)
        if outcome.stop_reason == "solved":
            assert outcome.solved_epoch == outcome.epoch
            assert outcome.metrics["train_max_error"] <= 0.2
        assert outcome.theta.flags.owndata  # a view would keep the whole stack in memory


def test_epochs():
    network = xor_network()
    tape = Tape()
    outcomes = fit(network, gate(network, "xor"), settings(epochs=5), tape)
    assert [(o.stop_reason, o.epoch, o.step, o.seed) for o in outcomes] == [
        ("epochs", 5, 5, seed) for seed in (0, 1, 2)
    ]
    assert [row["epoch"] for row in tape.rows if row["replica"] == 1] == [0, 1, 2, 3, 4, 5]
    assert outcomes[1].metrics["train_loss"] == tape.rows[-2]["train_loss"]


def test_no_epochs_measure_the_first_weights():
    network = xor_network()
    first, rows = network.theta.copy(), gate(network, "xor")
    expected = evaluate(network, rows)
    outcomes = fit(network, rows, settings(epochs=0))
    for r, outcome in enumerate(outcomes):
        assert same(outcome.theta, first[r])
        assert (outcome.stop_reason, outcome.epoch, outcome.step) == ("epochs", 0, 0)
        assert outcome.metrics["train_loss"] == expected["loss"][r]


@pytest.mark.parametrize("batch_size", [8, 3])
def test_patience_gives_back_the_weights_of_the_best_epoch(batch_size):
    """On pure noise the validation loss soon rises."""
    network = build(dense(12), linear(2), seeds=range(5))
    train, validation = data(network, 8, seed=1)[2], data(network, 8, seed=2)[2]
    given = settings(epochs=300, batch_size=batch_size, learning_rate=0.03, log_every=1, stop=Stop(False, patience=7))
    tape, ends = Tape(), {}
    outcomes = fit(network, train, given, tape, validation=validation)
    losses = {(row["replica"], row["epoch"]): row["validation_loss"] for row in tape.rows}
    assert {outcome.stop_reason for outcome in outcomes} == {"patience"}
    for r, outcome in enumerate(outcomes):
        history = [losses[r, epoch] for epoch in range(1, outcome.epoch + 1)]
        assert outcome.best_epoch == 1 + int(np.argmin(history))
        assert outcome.epoch == outcome.best_epoch + 7
        assert outcome.metrics["validation_loss"] == min(history)
        shorter = dataclasses.replace(given, epochs=outcome.best_epoch, stop=Stop(solved=False))
        alone = build(dense(12), linear(2), seeds=(r,))
        ends[r] = fit(alone, train, shorter, validation=validation)[0]
        assert same(outcome.theta, ends[r].theta)
        assert outcome.metrics == ends[r].metrics


@pytest.mark.parametrize(("patience", "reason"), [(1000, "epochs"), (1000, "interrupted")])
def test_with_patience_the_best_weights_also_come_back_at_the_end(patience, reason):
    network = build(dense(12), linear(2), seeds=(0, 1))
    train, validation = data(network, 8, seed=1)[2], data(network, 8, seed=2)[2]
    given = settings(epochs=60, batch_size=8, learning_rate=0.03, stop=Stop(False, patience=patience))
    outcomes = fit(network, train, given, Tape(stop_at=50 if reason == "interrupted" else None), validation=validation)
    for r, outcome in enumerate(outcomes):
        assert outcome.stop_reason == reason
        assert 0 < outcome.best_epoch < 50
        alone = build(dense(12), linear(2), seeds=(r,))
        (best,) = fit(alone, train, dataclasses.replace(given, epochs=outcome.best_epoch, stop=Stop(solved=False)))
        assert same(outcome.theta, best.theta)


def test_target():
    network = xor_network()
    tape = Tape()
    target = Condition("train_loss", "<=", 0.4)
    outcomes = fit(network, gate(network, "xor"), settings(epochs=300, stop=Stop(False, target=target)), tape)
    losses = {(row["replica"], row["epoch"]): row["train_loss"] for row in tape.rows}
    for r, outcome in enumerate(outcomes):
        assert outcome.stop_reason == "target"
        assert outcome.metrics["train_loss"] <= 0.4
        assert all(losses[r, epoch] > 0.4 for epoch in range(outcome.epoch) if (r, epoch) in losses)
        assert losses[r, outcome.epoch] == outcome.metrics["train_loss"]  # the last epoch is always recorded


# Interruption, recording.


@pytest.mark.parametrize("stop_at", [1, 4, 7])
def test_interrupted_by_the_recorder(stop_at):
    network = build(dense(5), linear(2))
    rows = data(network, 10)[2]
    tape = Tape(stop_at, watch=network)
    outcomes = fit(network, rows, settings(epochs=50), tape)
    assert len(tape.losses) == stop_at
    for r, outcome in enumerate(outcomes):
        assert (outcome.stop_reason, outcome.step, outcome.epoch) == ("interrupted", stop_at, 1 + (stop_at - 1) // 3)
        assert same(outcome.theta, tape.thetas[-1][r])
        assert tape.rows[-3 + r]["train_loss"] == outcome.metrics["train_loss"]


def test_recorded_are_the_metrics_of_the_epochs_end():
    network, fresh = (build(dense(5), linear(2)) for _ in range(2))
    rows, held_out, test = (data(network, n, seed=n)[2] for n in (10, 7, 6))
    tape = Tape(watch=network)
    outcomes = fit(network, rows, settings(epochs=4), tape, validation=held_out, test=test)
    for row in tape.rows[3:]:
        fresh.theta[...] = tape.thetas[row["step"] - 1]
        for split, own in (("train", rows), ("validation", held_out)):
            for name, values in evaluate(fresh, own).items():
                assert row[f"{split}_{name}"] == values[row["replica"]]
        assert row["objective"] == row["train_loss"] + row["penalty"]
        assert row["step"] == 3 * row["epoch"]
        assert "test_loss" not in row
    found = evaluate(fresh, test)
    assert [outcome.metrics["test_loss"] for outcome in outcomes] == found["loss"].tolist()


def test_two_hundred_rows_at_most_and_the_last_of_each_replica():
    network = xor_network()
    tape = Tape()
    outcomes = fit(network, gate(network, "xor"), settings(epochs=1500, stop=Stop(tolerance=0.01)), tape)
    for r, outcome in enumerate(outcomes):
        epochs = [row["epoch"] for row in tape.rows if row["replica"] == r]
        assert len(epochs) <= 201
        assert (epochs[0], epochs[-1]) == (0, outcome.epoch)
        assert epochs == sorted(set(epochs))


def test_the_recorded_gradient_norm_is_that_of_the_last_step():
    network = build(linear(2))
    rows = data(network, 6)[2]
    tape = Tape()
    fit(network, rows, settings(epochs=1, batch_size=6), tape)
    fresh = build(linear(2))
    fresh.gradient(rows.x, rows.y)
    found = [row["gradient_norm"] for row in tape.rows]
    np.testing.assert_allclose(found, [np.nan] * 3 + np.linalg.norm(fresh.grad, axis=1).tolist(), rtol=1e-13)


def test_dropout_is_off_when_measuring_and_on_when_training():
    network = build(dense(8), Dropout(0.5), linear(2))
    rows = data(network, 10)[2]
    tape = Tape(watch=network)
    fit(network, rows, settings(epochs=2, batch_size=10), tape)
    silent = build(dense(8), linear(2))
    silent.theta[...] = tape.thetas[-1]
    assert [row["train_loss"] for row in tape.rows[-3:]] == evaluate(silent, rows)["loss"].tolist()
    silent.theta[...] = tape.thetas[0]
    assert (tape.losses[1] != evaluate(silent, rows)["loss"]).all()


@pytest.mark.parametrize("schedule", [pytest.param(sample(schedules.get(name)), id=name) for name in schedules])
@pytest.mark.parametrize("warmup", [0.0, 2.0])
def test_no_epochs_are_no_step_of_any_schedule(schedule, warmup):
    """A learning rate that did not exist is NaN; with one epoch there is one."""
    schedule = dataclasses.replace(schedule, warmup=warmup)
    for epochs in (0, 1):
        network, tape = build(dense(5), linear(2)), Tape()
        outcomes = fit(network, data(network, 10)[2], settings(schedule=schedule, epochs=epochs), tape)
        assert [outcome.epoch for outcome in outcomes] == [epochs] * 3
        assert all(np.isnan(row["learning_rate"]) == (row["epoch"] == 0) for row in tape.rows)


@pytest.mark.parametrize("stop", [Stop(solved=False), Stop(solved=False, patience=400), Stop(solved=False, patience=3)])
def test_the_lowest_recorded_validation_loss_has_its_epoch(stop):
    """The same in a stack and alone, and as the recorded rows have it; epoch 0 counts."""
    together = None
    for seeds in ((0, 1, 2), (0,), (1,), (2,)):
        network, tape = build(dense(8), linear(2), seeds=seeds), Tape()
        rows, validation = data(network, 10)[2], data(network, 6, seed=12)[2]
        given = settings(epochs=40, learning_rate=0.2, log_every=3, stop=stop)
        found = fit(network, rows, given, tape, validation=validation)
        for r, outcome in enumerate(found):
            own = [(row["validation_loss"], row["epoch"]) for row in tape.rows if row["replica"] == r]
            assert (outcome.lowest_loss, outcome.lowest_epoch) == min(own)
        together = together or found
        assert [o.lowest_epoch for o in found] == [together[seed].lowest_epoch for seed in seeds]
