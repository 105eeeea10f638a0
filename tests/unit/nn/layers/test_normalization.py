"""Batch and layer normalization."""

from __future__ import annotations

import numpy as np
import pytest
from golden import torch_normalization
from samples import SHAPES, Bench, Tape, build, data, dense, descent, fit, forward, linear, same, sample, settings, step

from nncli.config.build_layers import regularized
from nncli.errors import UserError
from nncli.nn.activations.linear import Linear
from nncli.nn.initializers.constants import Zeros
from nncli.nn.layers.attention import Attention
from nncli.nn.layers.convolution import Convolution
from nncli.nn.layers.dropout import Dropout
from nncli.nn.layers.embedding import Embedding
from nncli.nn.layers.gru import GRU
from nncli.nn.layers.lstm import LSTM
from nncli.nn.layers.normalization import BatchNorm, LayerNorm
from nncli.nn.layers.recurrent import RNN
from nncli.nn.layers.residual import Residual
from nncli.nn.losses.regression import MeanSquaredError
from nncli.nn.network import Network
from nncli.nn.regularizers.added_layers import DropoutRegularizer, Normalization
from nncli.nn.regularizers.penalties import L2
from nncli.training.data import Rows
from nncli.training.settings import Stop

GOLDEN = np.load(torch_normalization.FILE)
BATCH = torch_normalization.BATCH
SEEDS = (5, 2, 9, 14, 3)


def single(layer, shape):
    """A network of one replica and this layer alone, the layer on its arrays, and its parameters by name."""
    network = Network([layer], MeanSquaredError(), shape, seeds=(0,), capacity=BATCH, dtype=np.float64)
    bench = Bench(network, np.zeros((1, BATCH, *shape)))
    return network, bench, {s.spec.name: network.view(s) for s in network.segments}


def golden(kind, sort, name):
    """The values of a case, those of samples with a replica axis."""
    start = f"{kind}/{sort}/{name}/"
    return {key.removeprefix(start): GOLDEN[key][None] for key in GOLDEN.files if key.startswith(start)}


def passed(bench, network, values):
    """The output in training, and every gradient."""
    da_prev = np.empty_like(values["a_prev"])
    found = {"a": bench.forward(values["a_prev"]).copy()}
    bench.backward(values["da"], da_prev)
    gradients = {"d" + s.spec.name: s.view(network.grad) for s in network.segments if s.spec.trained}
    return found | {"da_prev": da_prev} | gradients


def assert_close(found, values):
    for key, array in found.items():
        assert np.abs(array - values[key]).max() <= 1e-10 * np.abs(values[key]).max(), key


@pytest.mark.parametrize("name", torch_normalization.BATCH_NORMS)
@pytest.mark.parametrize("sort", torch_normalization.SHAPES)
def test_batch_norm_is_that_of_pytorch(sort, name):
    layer, values = BatchNorm(**torch_normalization.BATCH_NORMS[name]), golden("batch_norm", sort, name)
    network, bench, parameters = single(layer, torch_normalization.SHAPES[sort])
    parameters["gamma"][...], parameters["beta"][...] = values["gamma"], values["beta"]
    assert_close(passed(bench, network, values), values)
    for number, batch in ((1, "a_prev"), (2, "second")):
        bench.forward(values[batch])
        network.keep_statistics()
        found = {"mean": parameters["running_mean"], "variance": parameters["running_variance"]}
        assert_close({f"{key}_{number}": value for key, value in found.items()}, values)
    assert_close({"prediction": bench.forward(values["a_prev"], training=False)}, values)


@pytest.mark.parametrize("name", torch_normalization.LAYER_NORMS)
@pytest.mark.parametrize("sort", torch_normalization.SHAPES)
def test_layer_norm_is_that_of_pytorch(sort, name):
    layer, values = LayerNorm(**torch_normalization.LAYER_NORMS[name]), golden("layer_norm", sort, name)
    network, bench, parameters = single(layer, torch_normalization.SHAPES[sort])
    parameters["gamma"][...], parameters["beta"][...] = values["gamma"], values["beta"]
    assert_close(passed(bench, network, values), values)


@pytest.mark.parametrize("layer", [BatchNorm(), LayerNorm()], ids=["batch", "layer"])
def test_the_first_layer_reads_rows_that_the_replicas_share(layer):
    network = build(layer, linear(2), shape=(6,))
    rows = data(network, 9)[2]
    shared = forward(network, rows.x, training=True).copy()
    assert same(forward(network, np.repeat(rows.x, 3, axis=0), training=True), shared)


@pytest.mark.parametrize("layer", [BatchNorm(), LayerNorm()], ids=["batch", "layer"])
def test_a_variance_that_overflows_shows(layer):
    """1 / √∞ is 0, and the output would be beta: finite, and of no meaning."""
    network = build(layer, linear(2), shape=(3,), dtype=np.float32)
    x = np.linspace(-1e30, 1e30, 12, dtype=np.float32).reshape(1, 4, 3)
    with np.errstate(all="ignore"):
        assert np.isnan(forward(network, x, training=True)).all()


def test_layer_norm_of_one_feature_is_refused():
    with pytest.raises(UserError, match="needs more than one feature"):
        build(LayerNorm(), linear(2), shape=(1,))


@pytest.mark.parametrize("shape", SHAPES.values(), ids=str)
def test_with_a_momentum_of_1_the_statistics_are_those_of_the_last_batch(shape):
    network = build(BatchNorm(momentum=1.0), linear(2), shape=shape)
    X, _, rows = data(network, 7)
    forward(network, rows.x, training=True)
    network.keep_statistics()
    values = X.reshape(-1, shape[-1])
    kept = {s.spec.name: network.view(s) for s in network.segments}
    for r in range(3):
        np.testing.assert_allclose(kept["running_mean"][r], values.mean(axis=0), rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(kept["running_variance"][r], values.var(axis=0, ddof=1), rtol=1e-12)


def normalized(**given):
    return build(dense(6), BatchNorm(), linear(2), **given)


def test_a_step_on_all_rows_is_not_made_of_the_evaluation_before_it():
    network, other = normalized(), normalized()
    rows = data(network, 10)[2]
    outcomes = fit(network, rows, settings(epochs=3, batch_size=10))
    update = descent(other)
    for number in (1, 2, 3):
        step(other, update, rows.x, rows.y, number)
    assert all(same(outcome.theta, row) for outcome, row in zip(outcomes, other.theta, strict=True))


@pytest.mark.parametrize(
    ("momentum", "shift", "batch_size", "expected"),
    [
        (0.5, 3.0, 10, range(4, 50)),  # training sees the targets at once, prediction when the statistics have come
        (1e-6, 3.0, 10, [None]),
        (1e-6, 0.0, 3, [1]),  # prediction is right; training never is, with three rows that cannot be balanced
    ],
)
def test_a_replica_is_solved_by_what_it_predicts(momentum, shift, batch_size, expected):
    network = build(BatchNorm(momentum=momentum), shape=(1,), seeds=(0,))
    y = np.array([[-1.0], [1.0]] * 6)[: 10 if batch_size == 10 else 12]
    rows = Rows.of(network, "regression", shift + y, y)
    (outcome,) = fit(network, rows, settings(epochs=50, batch_size=batch_size, learning_rate=1e-9))
    assert outcome.solved_epoch in expected


@pytest.mark.parametrize("batch_size", [10, 4])
def test_who_diverges_leaves_with_the_statistics_of_its_last_step(batch_size):
    """And those that stay have kept theirs of the very step in which it left."""

    def trained(seeds, sick=None):
        network = build(linear(6), BatchNorm(), linear(2), seeds=seeds, dtype=np.float32)
        if sick is not None:
            network.theta[sick, 0] = np.float32(3e38)
        before = network.theta.copy()
        return fit(network, data(network, 10)[2], settings(batch_size=batch_size)), before

    (outcomes, before), others = trained(SEEDS, sick=2), [0, 1, 3, 4]
    assert outcomes[2].stop_reason == "diverged"
    assert same(outcomes[2].theta, before[2])
    for r in others:
        assert same(outcomes[r].theta, trained(SEEDS[r : r + 1])[0][0].theta)


def test_the_best_weights_come_back_with_their_statistics():
    network, tape = normalized(seeds=(0,)), Tape()
    rows = data(network, 10)[2]
    given = settings(epochs=30, learning_rate=0.5, stop=Stop(solved=False, patience=2))
    (outcome,) = fit(network, rows, given, tape)
    losses = {row["epoch"]: row["train_loss"] for row in tape.rows}
    assert outcome.best_epoch < outcome.epoch
    assert outcome.metrics["train_loss"] == losses[outcome.best_epoch] == min(losses[e] for e in losses if e > 0)


ALL = {"regularizer": (DropoutRegularizer(0.2), L2(0.1), Normalization("batch"))}


def kinds(layers):
    return [type(part).__name__ for part in layers]


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (sample(Convolution, **ALL), ["Convolution", "BatchNorm", "ActivationLayer", "Dropout"]),
        (dense(4, **ALL), ["Dense", "BatchNorm", "ActivationLayer", "Dropout"]),
        (linear(4, **ALL), ["Dense", "BatchNorm", "Dropout"]),
        *(
            (sample(kind, **ALL), [kind.__name__, "BatchNorm", "Dropout"])
            for kind in (RNN, GRU, LSTM, Attention, Embedding)
        ),
        (BatchNorm(), ["BatchNorm"]),
    ],
    ids=["conv", "dense", "linear", "rnn", "gru", "lstm", "attention", "embedding", "no weights"],
)
def test_where_a_regularizer_puts_its_layers(layer, expected):
    first, *others = regularized([layer])
    assert kinds([first, *others]) == expected
    if "ActivationLayer" in expected:
        assert (first.activation, first.bias) == (Linear(), False)
        assert others[1].function == layer.activation
    (block,) = regularized([Residual((layer,), Zeros(), ())])
    assert block.layers == (first, *others)


def test_before_layer_norm_the_bias_stays():
    first, norm, _ = regularized([dense(4, regularizer=(Normalization("layer"),))])
    assert first.bias
    assert norm == LayerNorm()


@pytest.mark.parametrize("norm", [BatchNorm(), LayerNorm()], ids=["batch", "layer"])
def test_networks_with_and_without_normalization_start_from_the_same_weights(norm):
    def weights(*layers):
        network = build(*layers)
        return [network.view(s) for s in network.segments if s.spec.name == "W"]

    plain, other = weights(dense(4), linear(2)), weights(dense(4), norm, Dropout(0.5), linear(2))
    assert all(same(a, b) for a, b in zip(plain, other, strict=True))
