"""The gradient check: right gradients pass at kinks too, wrong ones nowhere."""

from __future__ import annotations

import numpy as np
import pytest
from samples import build, data, dense, linear, sample

from nncli.nn.activations.rectifiers import Relu
from nncli.nn.activations.sigmoids import Tanh
from nncli.nn.gradient_check import STEPS, compare, difference, objective
from nncli.nn.layers.dropout import Dropout
from nncli.nn.layers.embedding import BoundEmbedding, Embedding
from nncli.nn.layers.normalization import BatchNorm
from nncli.nn.regularizers.penalties import L1, L2

MOST, FINE = 1000, 1e-6


def compared(network, most=MOST, rows=7):
    x, y = (part := data(network, rows)[2]).x, part.y
    return list(compare(network, x, y, most, FINE))


def test_each_parameter_of_each_layer_is_compared():
    found = compared(build(linear(4), BatchNorm(), Dropout(0.3), dense(5, regularizer=(L1(0.1), L2(0.1))), linear(2)))
    assert [(c.layer, c.checked) for c in found] == [(0, 12), (0, 4), (1, 4), (1, 4), (3, 20), (3, 5), (4, 10), (4, 2)]
    assert all(c.error <= FINE and not c.smaller_steps for c in found)
    assert [c.tells for c in found] == [True, False, *[True] * 6]  # the mean takes any bias in front of it out again


@pytest.mark.parametrize("layer", [0, 1])
@pytest.mark.parametrize("change", [lambda g: -g, lambda g: 0 * g, lambda g: g * (1 + 1e-4), lambda g: g * np.nan])
def test_what_is_wrong_is_found_in_its_layer(layer, change, monkeypatch):
    network = build(dense(4), linear(2))
    gradient = type(network).gradient

    def wrong(self, x, y):
        loss = gradient(self, x, y)
        for segment in self.segments:
            if segment.layer == layer:
                view = segment.view(self.grad)
                view[...] = change(view)
        return loss

    monkeypatch.setattr(type(network), "gradient", wrong)
    found = compared(network)
    assert {c.layer for c in found if not c.error <= FINE} == {layer}
    assert not any(c.smaller_steps for c in found)


@pytest.mark.parametrize("scale", [1e-6, 1e-7, 1e-8, 1e-9])
def test_a_small_gradient_that_is_wrong_hides_behind_no_rounding(scale, monkeypatch):
    """However small the gradient of the first layer is: one that is right below what rounding does is said to be."""
    network = build(dense(4), linear(2))
    network.segments[2].view(network.theta)[...] *= scale
    assert all(c.error <= FINE for c in compared(network))
    gradient = type(network).gradient

    def upside_down(self, x, y):
        loss = gradient(self, x, y)
        self.grad[:, : self.segments[1].stop] *= -1
        return loss

    monkeypatch.setattr(type(network), "gradient", upside_down)
    assert [c.error > FINE or not c.tells for c in compared(network)] == [True, True, False, False]
    assert compared(network)[0].tells


@pytest.mark.parametrize("scale", [1, 1e-4, 1e-5])
def test_a_step_over_a_kink_is_no_error(scale):
    """A unit whose z is nearer to 0 than the step for one row, whether its gradient is large or small."""
    network = build(dense(4, activation=Relu()), linear(2), seeds=(0,))
    rows = data(network, 7)[2]
    objective(network, rows.x, rows.y)
    W, b = (segment.view(network.theta) for segment in network.segments[:2])
    network.segments[2].view(network.theta)[...] *= scale
    z = rows.x[0, 0, :3] @ W[0] + b[0]
    b[0] -= z - STEPS[0] / 3  # the first row is just above the kink of every unit
    found = list(compare(network, rows.x, rows.y, MOST, FINE))
    assert max(c.error for c in found) <= FINE
    assert found[1].smaller_steps > 0
    i = network.segments[1].start
    exact = network.grad[:, i].copy()
    assert abs(difference(network, rows.x, rows.y, i, STEPS[0]) - exact) > 100 * FINE * abs(exact)


def test_some_of_a_large_parameter_are_drawn_and_half_of_them_where_there_is_a_gradient(monkeypatch):
    """Of 5000 tokens, two rows have ten."""
    embedding = sample(Embedding, vocabulary=5000, units=3)
    network = build(embedding, linear(2), shape=(5,))
    found = compared(network, most=40, rows=2)
    assert found == compared(network, most=40, rows=2)
    assert 20 < found[0].checked <= 40
    assert found[0].error <= FINE

    def upside_down(self, on, da, da_prev):
        backward(self, on, da, da_prev)
        on.negative(self.dW, self.dW)

    backward = BoundEmbedding.backward
    monkeypatch.setattr(BoundEmbedding, "backward", upside_down)
    assert [c.error > 1 for c in compared(network, most=40, rows=2)] == [True, False, False]


@pytest.mark.parametrize("activation", [Tanh(), Relu()], ids=["tanh", "relu"])
def test_it_leaves_the_parameters_as_they_were(activation):
    network = build(dense(4, activation=activation), linear(2))
    before = network.theta.copy()
    compared(network)
    assert np.array_equal(network.theta, before)
