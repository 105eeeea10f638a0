"""Laws of every layer."""

from __future__ import annotations

import numpy as np
import pytest
from samples import DTYPES, SHAPES, build, cases, data, dense, linear

from nncli.nn.gradient_check import relative_errors
from nncli.nn.layers import layers
from nncli.nn.parameters import lay_out
from nncli.nn.regularizers import Penalty, regularizers

every_layer = pytest.mark.parametrize("layer", cases(layers))
PLACES = {
    "first": lambda layer: [layer, linear(2)],
    "between": lambda layer: [dense(4), layer, linear(2)],
    "twice": lambda layer: [dense(4), layer, layer, linear(2)],
}
every_place = pytest.mark.parametrize("place", PLACES)


def placed(layer, place, **given):
    """A small network with the layer in it, twice only if it takes what it gives."""
    shape = SHAPES[layer.ranks[0]]
    if place == "twice" and len(layer.output_shape((*shape[:-1], 4))) not in layer.ranks:
        place = "between"
    return build(*PLACES[place](layer), shape=shape, **given)


@every_layer
@every_place
@pytest.mark.parametrize("batch", [1, 7])
def test_gradients_match_central_differences(layer, place, batch):
    network = placed(layer, place)
    _, _, rows = data(network, batch)
    assert max(relative_errors(network, rows.x, rows.y).values()) <= 1e-6


@pytest.mark.parametrize("penalty", cases(regularizers, where=lambda part: isinstance(part, Penalty)))
def test_gradients_of_penalties_match_central_differences(penalty):
    network = build(dense(4, regularizer=(penalty,)), linear(2, regularizer=(penalty, penalty)))
    _, _, rows = data(network, 7)
    assert (network.penalties() > 0).all()
    assert max(relative_errors(network, rows.x, rows.y).values()) <= 1e-6


@pytest.mark.parametrize("penalty", cases(regularizers, where=lambda part: isinstance(part, Penalty)))
def test_penalties_reach_only_what_decays(penalty):
    network = build(dense(4, regularizer=(penalty,)), linear(2))
    network.add_penalty_gradients()
    for segment in network.segments:
        reached = segment.view(network.grad) != 0
        assert reached.all() if segment.spec.penalties else not reached.any(), segment.spec.name
        assert segment.spec.decay or not segment.spec.penalties


@every_layer
def test_parameters_are_what_the_layer_says(layer):
    specs = layer.parameters(SHAPES[layer.ranks[0]])
    assert len({spec.name for spec in specs}) == len(specs)
    for segment in lay_out([specs]):
        rows = np.zeros((3, sum(spec.size for spec in specs)))
        view = segment.view(rows)
        view[...] = 1
        assert rows.sum() == 3 * segment.spec.size
        assert view.shape == (3, *segment.spec.shape)


@every_layer
@every_place
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("training", [False, True])
def test_output_shape_dtype_and_input(layer, place, dtype, training):
    network = placed(layer, place, dtype=dtype)
    _, _, rows = data(network, 7)
    before = rows.x.copy()
    network.begin_epoch(1)
    out = network.forward(rows.x, training)
    assert out.shape == (3, 7, 2)
    assert out.dtype == dtype
    assert np.array_equal(rows.x, before)


@every_layer
@every_place
def test_prediction_is_a_function_of_the_row_alone(layer, place):
    """Neither of the other rows of the batch nor of noise."""
    network = placed(layer, place)
    _, _, rows = data(network, 7)
    network.begin_epoch(1)
    whole = network.forward(rows.x).copy()
    for b in range(7):
        np.testing.assert_allclose(network.forward(rows.x[:, b : b + 1])[:, 0], whole[:, b], rtol=1e-13, atol=1e-14)


@every_layer
def test_noise_is_declared_and_begins_anew_with_each_epoch(layer):
    network = build(dense(16), layer, linear(2), shape=SHAPES[layer.ranks[0]])
    _, _, rows = data(network, 16)

    def passes(epoch):
        network.begin_epoch(epoch)
        return [network.forward(rows.x, training=True).copy() for _ in range(2)]

    (a, b), (c, d), (e, _) = passes(1), passes(1), passes(2)
    assert np.array_equal(a, c)
    assert np.array_equal(b, d)
    assert np.array_equal(a, b) == np.array_equal(a, e) == (not layer.noisy)
    assert network.noisy == layer.noisy
