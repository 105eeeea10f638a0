"""A network in one line."""

from __future__ import annotations

import pytest
from samples import SHAPES, cases

from nncli.nn.activations import activations
from nncli.nn.initializers import initializers
from nncli.nn.layers import layers, unfold
from nncli.nn.layers.activation import ActivationLayer
from nncli.nn.layers.dense import Dense
from nncli.nn.layers.dropout import Dropout
from nncli.nn.layers.residual import Repeat
from nncli.report.network import chain, layer_rows, part_text


def dense(units, activation="tanh", **given):
    usual = {
        "activation": activations.get(activation)(),
        "initializer": initializers.get("xavier_uniform")(),
        "bias_initializer": initializers.get("zeros")(),
        "regularizer": (),
    }
    return Dense(units=units, **usual | given)


@pytest.mark.parametrize(
    ("hidden", "text"),
    [
        ([], "2 → 1 sigmoid"),
        ([dense(4)], "2 → 4 tanh → 1 sigmoid"),
        ([dense(4), dense(4)], "2 → 2 × 4 tanh → 1 sigmoid"),
        ([dense(4), dense(8), dense(4)], "2 → 4 tanh → 8 tanh → 4 tanh → 1 sigmoid"),
        ([dense(4), Dropout(0.5)], "2 → 4 tanh → dropout rate 0.5 → 1 sigmoid"),
        ([dense(4, "linear"), ActivationLayer(activations.get("relu")())], "2 → 4 linear → relu → 1 sigmoid"),
        (
            [dense(n) for n in range(1, 10)],
            "2 → 1 tanh → 2 tanh → 3 tanh → 4 tanh → 5 tanh → … 3 more … → 9 tanh → 1 sigmoid",
        ),
    ],
)
def test_chain(hidden, text):
    assert chain(2, hidden, "1 sigmoid") == text


@pytest.mark.parametrize(
    ("name", "options", "text"),
    [("tanh", {}, "tanh"), ("leaky_relu", {}, "leaky_relu"), ("leaky_relu", {"slope": 0.25}, "leaky_relu slope 0.25")],
)
def test_a_part_names_the_options_that_are_not_the_usual_ones(name, options, text):
    assert part_text(activations, activations.get(name)(**options)) == text


def test_rows_of_layers():
    rows = layer_rows([dense(4), Dropout(0.5), dense(1, "linear", bias=False)], (2,), "sigmoid")
    assert [(row.layer, row.output_shape, row.parameters, row.multiply_adds, row.initializer) for row in rows] == [
        ("input", (2,), 0, 0, ""),
        ("4 tanh", (4,), 12, 8, "xavier_uniform"),
        ("dropout rate 0.5", (4,), 0, 0, ""),
        ("1 sigmoid (output)", (1,), 4, 4, "xavier_uniform"),
    ]


def test_equal_rounds_are_one_row_with_their_sums():
    rows = layer_rows([Repeat(4, (dense(3), Dropout(0.5))), dense(1, "linear")], (2,), "sigmoid")
    assert [(row.layer, row.parameters, row.multiply_adds, row.layers) for row in rows] == [
        ("input", 0, 0, 0),
        ("3 tanh", 9, 6, 1),
        ("dropout rate 0.5", 0, 0, 1),
        ("3 × [3 tanh → dropout rate 0.5]", 36, 27, 6),
        ("1 sigmoid (output)", 4, 3, 1),
    ]


@pytest.mark.parametrize("layer", cases(layers))
def test_every_layer_has_a_row_for_each_plain_layer(layer):
    """Whatever its initializer: that of a recurrent layer fills each gate by itself."""
    shape = SHAPES[layer.ranks[0]]
    rows = layer_rows([layer, dense(1, "linear")], shape, "sigmoid")
    assert sum(row.layers for row in rows) == len(unfold([layer], shape)) + 1
    assert {row.initializer for row in rows[:-1] if row.multiply_adds} <= {"normal std 0.7"}
