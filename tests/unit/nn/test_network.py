"""The network against the textbook, and its views, capacity and stacks."""

from __future__ import annotations

import numpy as np
import pytest
import textbook
from samples import Bench, add_penalty_gradients, build, data, dense, forward, layer_cases, linear, placed, same

from nncli.nn import passes
from nncli.nn.activations import activations
from nncli.nn.initializers.fixed_scale import Normal
from nncli.nn.layers.dropout import Dropout
from nncli.nn.losses import losses
from nncli.nn.network import MOST_PASSES
from nncli.nn.regularizers.penalties import L1, L2
from nncli.training.data import Rows


def textbook_layers(network, r=0):
    """The replica's weights as the textbook holds them."""
    found = {}
    for segment in network.segments:
        found.setdefault(segment.layer, {})[segment.spec.name] = segment.view(network.theta)[r].copy()
    return [(own["W"], own["b"], activations.name_of(network.layers[i].activation)) for i, own in found.items()]


def flat(gradients):
    """[(dW, db), ...] as a row of `grad`."""
    return np.concatenate([array.ravel() for pair in gradients for array in pair])


@pytest.mark.parametrize("loss", losses.names())
@pytest.mark.parametrize("activation", textbook.ACTIVATIONS)
@pytest.mark.parametrize("rows", [1, 6])
def test_loss_and_gradient_are_the_textbooks(activation, loss, rows):
    part = losses.get(loss)()
    network = build(dense(5, activation=activations.get(activation)()), dense(4), linear(3), loss=part)
    X, y, prepared = data(network, rows, part.kinds[0])
    found = network.gradient(prepared.x, prepared.y).loss
    for r in range(3):
        L, gradients = textbook.backprop(textbook_layers(network, r), X, y, getattr(textbook, loss))
        assert found[r] == pytest.approx(L, rel=1e-12)
        np.testing.assert_allclose(network.grad[r], flat(gradients), rtol=1e-11, atol=1e-14)


def test_without_bias_the_textbooks_b_is_zero():
    network = build(dense(4, bias=False), linear(2, bias=False))
    X, y, rows = data(network, 6)
    assert [segment.spec.name for segment in network.segments] == ["W", "W"]
    assert rows.x.shape == (1, 6, 3)
    W1, W2 = (segment.view(network.theta)[0] for segment in network.segments)
    loss = network.measure(rows.x, rows.y).loss
    L, ((dW1, _), (dW2, _)) = textbook.backprop(
        [(W1, np.zeros(4), "tanh"), (W2, np.zeros(2), "linear")], X, y, textbook.mean_squared_error
    )
    assert loss[0] == pytest.approx(L, rel=1e-13)
    network.gradient(rows.x, rows.y)
    np.testing.assert_allclose(network.grad[0], np.concatenate([dW1.ravel(), dW2.ravel()]), rtol=1e-12)


def test_parameters_and_gradients_are_views():
    network = build(dense(4), linear(2))
    W, b, *_ = network.segments
    for segment in network.segments:
        assert np.shares_memory(network.view(segment), network.theta)
    network.theta[...] = 0
    network.view(W)[1, 2, 3] = 7
    network.view(b)[2, 0] = 8
    assert np.argwhere(network.theta).tolist() == [[1, 2 * 4 + 3], [2, 3 * 4]]
    bound = Bench(network, data(network, 5)[2].x).bound
    assert np.shares_memory(bound.W_and_b, network.theta)
    assert np.shares_memory(bound.dW_and_b, network.grad)


def test_more_rows_than_the_capacity_are_refused():
    network = build(linear(2), capacity=5)
    forward(network, np.zeros((1, 5, 4)))
    with pytest.raises(ValueError, match="3 × 6 samples exceed the 15"):
        forward(network, np.zeros((1, 6, 4)))


def test_a_batch_whose_rows_are_no_view_is_refused():
    """Its copy would keep the numbers of the first pass."""
    network = build(dense(4), linear(2), shape=(5, 4))
    base = np.zeros((1, 8, 5, 5))
    with pytest.raises(ValueError, match="copy"):
        forward(network, base[:, ::2])


@pytest.mark.parametrize(
    ("x", "y"), [((2, 5), (1, 5, 2)), ((1, 5), (2, 5, 2)), ((1, 5), (1, 1, 2)), ((1, 5), (1, 5, 1))]
)
def test_arrays_of_another_network_are_refused(x, y):
    network = build(dense(4), linear(2))
    with pytest.raises(ValueError, match="are not of 3 replicas"):
        network.gradient(np.zeros((*x, 4)), np.zeros(y))


def test_passes_are_bound_to_their_arrays_and_few_are_kept():
    """Other numbers in the same arrays are another batch; other arrays with the same numbers are the same one."""
    network = build(dense(4), linear(2))
    X, y, rows = data(network, 5)
    before = network.gradient(rows.x, rows.y).loss.copy()
    rows.x[..., :-1] *= 2
    assert not same(network.gradient(rows.x, rows.y).loss, before)
    for _ in range(3 * MOST_PASSES):
        again = Rows.of(network, "regression", X, y)
        assert same(network.gradient(again.x, again.y).loss, before)
    assert len(network._passes) == MOST_PASSES


@pytest.mark.parametrize(("layer", "shape"), layer_cases())
def test_views_of_a_short_batch_are_contiguous_and_share_the_buffers(layer, shape):
    network = placed(layer, shape, capacity=16)
    network.begin_epoch(1)
    x, y = data(network, 16)[2].x, data(network, 16)[2].y
    whole, short = (network.gradient(x[:, :batch], y[:, :batch]) for batch in (16, 5))
    assert short.z.shape == (3, 5, 2)
    for name in ("z", "p", "dz", "work"):
        assert getattr(short, name).flags.c_contiguous
        assert np.shares_memory(getattr(whole, name), getattr(short, name))
    index = 1 if len(network.layers) > 2 else 0
    for name in network.layers[index].buffers(network.shapes[index]):
        a, b = (
            network._arrays(index, network.layers[index], slice(0, 3), batch, True).buffers[name]
            for batch in (x, x[:, :5])
        )
        assert b.flags.c_contiguous
        assert np.shares_memory(a, b)


@pytest.mark.parametrize("cache", [passes.CACHE, 1], ids=["together", "one by one"])
@pytest.mark.parametrize("kept", [[0], [1, 3], [3, 0], [0, 1, 2, 3]], ids=str)
def test_keep_leaves_the_others_bits(kept, cache, monkeypatch):
    def both_ways(network):
        x, y = rows.x, rows.y
        out = forward(network, x, training=True).copy()
        loss = network.gradient(x, y).loss.copy()
        return out, loss, network.grad.copy(), network.penalties()

    penalty = (L2(np.array([[0.1], [0.2], [0.3], [0.4]])), L1(0.01))
    make = [dense(4, regularizer=penalty), Dropout(np.array([[0.1], [0.2], [0.3], [0.4]])), linear(2)]
    network = build(*make, seeds=(3, 1, 4, 5))
    monkeypatch.setattr(passes, "CACHE", cache)
    reduced = build(*make, seeds=(3, 1, 4, 5))
    rows = data(network, 7)[2]
    for each in (network, reduced):
        each.begin_epoch(1)
        both_ways(each)  # in the middle of an epoch, when the streams have begun
    reduced.keep(np.array(kept))
    assert reduced.seeds == [(3, 1, 4, 5)[r] for r in kept]
    for a, b in zip(both_ways(network), both_ways(reduced), strict=True):
        assert same(a[kept], b)


def test_penalties_are_the_naive_sums():
    network = build(dense(4, regularizer=(L1(0.3), L2(0.2))), linear(2, regularizer=(L2(0.5),)))
    W1, _, W2, _ = (network.view(segment) for segment in network.segments)
    for r in range(3):
        expected = 0.3 * np.abs(W1[r]).sum() + 0.1 * (W1[r] ** 2).sum() + 0.25 * (W2[r] ** 2).sum()
        assert network.penalties()[r] == pytest.approx(expected, rel=1e-13)
    network.grad[...] = 1.0
    add_penalty_gradients(network)
    dW1, db1, dW2, db2 = (segment.view(network.grad) for segment in network.segments)
    np.testing.assert_allclose(dW1, 1 + 0.3 * np.sign(W1) + 0.2 * W1, rtol=1e-14)
    np.testing.assert_allclose(dW2, 1 + 0.5 * W2, rtol=1e-14)
    assert (db1 == 1).all()
    assert (db2 == 1).all()


def test_penalties_of_weights_longer_than_a_block():
    network = build(dense(300, regularizer=(L2(1.0),)), shape=(80,), seeds=(0, 1), dtype=np.float32)
    W = network.view(network.segments[0]).astype(np.float64)
    np.testing.assert_allclose(network.penalties(), (W**2).sum(axis=(1, 2)) / 2, rtol=1e-6)
    add_penalty_gradients(network)
    assert same(network.grad[:, : W[0].size], network.theta[:, : W[0].size])


def test_dropout_silences_a_share_and_scales_the_rest():
    network = build(Dropout(0.25), linear(2, initializer=Normal()), seeds=(0, 1), capacity=400)
    x = np.ones((1, 400, 3))
    network.begin_epoch(1)
    bench = Bench(network, x)
    bench.forward()
    mask = bench.bound.mask
    assert set(np.unique(mask)) == {0.0, 1 / 0.75}
    assert (mask == 0).mean() == pytest.approx(0.25, abs=0.04)
    assert not same(mask[0], mask[1])
    assert same(bench.forward(training=False), x)


def test_prediction_and_largest_error():
    network = build(dense(4), linear(2))
    X, y, rows = data(network, 7)
    output = network.measure(rows.x, rows.y)
    for r in range(3):
        p = textbook.forward(textbook_layers(network, r), X)[1][-1]
        np.testing.assert_allclose(output.p[r], p, rtol=1e-12, atol=1e-14)
        largest = np.abs(p - y).max()
        assert output.largest_error()[r] == pytest.approx(largest, rel=1e-12)
        assert output.within(largest * 1.0001)[r]
        assert not output.within(largest * 0.9999)[r]
