"""A network in one line."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from samples import layer_cases, unfold

from nncli.config.build_layers import trace
from nncli.nn.activations import activations
from nncli.nn.initializers import initializers
from nncli.nn.layers import layers
from nncli.nn.layers.activation import ActivationLayer
from nncli.nn.layers.dense import Dense
from nncli.nn.layers.dropout import Dropout
from nncli.nn.layers.residual import Repeat, Residual
from nncli.report.network_text import chain, layer_rows, layer_text, part_text


def dense(units, activation="tanh", **given):
    usual: dict[str, Any] = {
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
        ([dense(4), Dropout(0.5)], "2 → 4 tanh → dropout 0.5 → 1 sigmoid"),
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


def rows_of(layers, shape):
    """The table of a network that ends in a sigmoid."""
    return layer_rows(layers, list(trace(layers, shape)), "sigmoid")


def test_rows_of_layers():
    rows = rows_of([dense(4), Dropout(0.5), dense(1, "linear", bias=False)], (2,))
    assert [(row.layer, row.output_shape, row.parameters, row.multiply_adds, row.initializer) for row in rows] == [
        ("input", (2,), 0, 0, ""),
        ("4 tanh", (4,), 12, 8, "xavier_uniform"),
        ("dropout 0.5", (4,), 0, 0, ""),
        ("1 sigmoid (output)", (1,), 4, 4, "xavier_uniform"),
    ]


@pytest.mark.parametrize(
    ("name", "options", "text"),
    [
        ("dropout", {"rate": 0.25, "per": "channel"}, "dropout 0.25 per channel"),
        ("position", {}, "position"),
        ("position", {"kind": "learned"}, "position learned"),
        ("attention", {"heads": 4, "units": 32, "causal": True}, "attention 4 heads 32 units causal"),
        ("embedding", {"vocabulary": 9, "units": 3}, "embedding vocabulary 9 3 units"),
        ("rnn", {"units": 8, "activation": "relu", "truncation": 5}, "rnn 8 truncation 5 relu"),
        ("lstm", {"units": 8, "return_sequence": True}, "lstm 8 return_sequence"),
        ("max_pool", {"size": 2, "stride": 1}, "max_pool 2 stride 1"),
        ("batch_norm", {"momentum": 0.5}, "batch_norm momentum 0.5"),
    ],
)
def test_a_layer_says_what_is_not_as_usual(name, options, text):
    part: Any = layers.get(name)
    usual = {f.name: f.default for f in dataclasses.fields(part) if f.default is not dataclasses.MISSING}
    assert layer_text(part(**usual | options)) == text


PAIR = (dense(3), Dropout(0.5))


@pytest.mark.parametrize(
    ("block", "rows"),
    [
        (Repeat(1, PAIR), [(0, "3 tanh", 9, 1), (0, "dropout 0.5", 0, 1)]),
        (
            Repeat(2, PAIR),
            [
                (0, "repeat 2 times", 0, 0),
                (1, "3 tanh", 9, 1),
                (1, "dropout 0.5", 0, 1),
                (1, "3 tanh", 12, 1),
                (1, "dropout 0.5", 0, 1),
            ],
        ),
        (
            Repeat(4, (dense(2),)),
            [(0, "repeat 4 times", 0, 0), (1, "2 tanh", 6, 1), (1, "rounds 2–4 alike", 18, 3)],
        ),
        (
            Repeat(3, (Repeat(2, (dense(2),)),)),
            [
                (0, "repeat 3 times", 0, 0),
                (1, "repeat 2 times", 0, 0),
                (2, "2 tanh", 6, 1),
                (2, "round 2 alike", 6, 1),
                (1, "rounds 2–3 alike", 24, 4),
            ],
        ),
        (
            Repeat(3, (Residual((dense(2),), initializers.get("zeros")(), ()),)),
            [
                (0, "repeat 3 times", 0, 0),
                (1, "residual", 0, 1),
                (2, "2 tanh", 6, 1),
                (1, "+ input", 0, 1),
                (1, "rounds 2–3 alike", 12, 6),
            ],
        ),
    ],
    ids=["once", "one round of each shape", "equal rounds", "rounds of rounds", "residual"],
)
def test_a_repeated_block_shows_each_kind_of_round_once(block, rows):
    found = rows_of([block, dense(1, "linear")], (2,))
    assert [(row.depth, row.layer, row.parameters, row.layers) for row in found[1:-1]] == rows
    assert sum(row.layers for row in found) == len(unfold([block], (2,))) + 1


@pytest.mark.parametrize(("layer", "shape"), layer_cases())
def test_every_layer_has_a_row_for_each_plain_layer(layer, shape):
    """Whatever its initializer: that of a recurrent layer fills each gate by itself."""
    rows = rows_of([layer, dense(1, "linear")], shape)
    assert sum(row.layers for row in rows) == len(unfold([layer], shape)) + 1
    assert {row.initializer for row in rows[:-1] if row.multiply_adds} <= {"normal std 0.7"}
