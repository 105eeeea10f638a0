"""Residual blocks and repetition."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from gradients import relative_errors
from samples import build, data, dense, descent, fit, forward, linear, same, sample, settings, step, unfold

import nncli
from nncli.config.document import Document
from nncli.config.resolve import resolve
from nncli.errors import UserError
from nncli.experiments.assembly import build_network
from nncli.experiments.result import parameter_names
from nncli.nn.layers.activation import ActivationLayer
from nncli.nn.layers.convolution import Convolution
from nncli.nn.layers.dropout import Dropout
from nncli.nn.layers.flatten import Flatten
from nncli.nn.layers.normalization import BatchNorm
from nncli.nn.layers.pooling import MaxPool
from nncli.nn.layers.residual import Fork, Join, Repeat, Residual
from nncli.nn.regularizers.penalties import L2
from nncli.report.headline import network_text, table
from nncli.studies.stack_groups import stack_key

SEEDS = (5, 2, 9, 14, 3)


def residual(*layers, **given):
    return sample(Residual, layers=layers, **given)


def flat(*units, activation="tanh"):
    """Layers without biases."""
    return [dense(n, bias=False) for n in units]


def parameters(network, r):
    return {
        name: network.view(s)[r] for name, s in zip(parameter_names(network.segments), network.segments, strict=True)
    }


def test_a_block_adds_its_input():
    network = build(residual(*flat(5, 3)), linear(2, bias=False), shape=(3,))
    X, _, rows = data(network, 7)
    out = forward(network, rows.x)
    for r in range(3):
        W = parameters(network, r)
        F = np.tanh(np.tanh(X @ W["W1"]) @ W["W2"])
        np.testing.assert_allclose(out[r], (X + F) @ W["W3"], rtol=1e-12)


def test_a_block_projects_its_input_where_the_sizes_differ():
    network = build(residual(*flat(5, 4)), linear(2, bias=False), shape=(3,))
    X, _, rows = data(network, 7)
    out = forward(network, rows.x)
    for r in range(3):
        W = parameters(network, r)
        assert {name: values.shape for name, values in W.items()} == {
            "W1": (3, 5),
            "W2": (5, 4),
            "W3": (3, 4),
            "W4": (4, 2),
        }
        F = np.tanh(np.tanh(X @ W["W1"]) @ W["W2"])
        np.testing.assert_allclose(out[r], (X @ W["W3"] + F) @ W["W4"], rtol=1e-12)


NESTS = {
    "first": [residual(dense(3))],
    "nothing to train before it": [Flatten(), residual(ActivationLayer(dense(1).activation)), dense(3)],
    "projected, at first": [residual(dense(4), dense(5))],
    "in a block": [dense(4), residual(residual(dense(4)), dense(4), residual(dense(3), dense(4)))],
    "projected in a projected one": [dense(4), residual(residual(dense(3)), residual(dense(6), dense(5)))],
    "one after the other": [dense(4), residual(dense(4)), residual(dense(4)), residual(dense(3))],
    "repeated": [dense(4), Repeat(3, (residual(dense(4), dense(4)), dense(4)))],
    "repetition inside": [dense(4), residual(Repeat(3, (dense(4),)), residual(Repeat(2, (dense(3),))))],
    "with a normalization and noise": [dense(4), residual(linear(4), BatchNorm(), Dropout(0.3))],
    "linear, so that gradients are passed on and not copied": [linear(4), residual(linear(4), residual(linear(4)))],
}
every_nest = pytest.mark.parametrize("layers", NESTS.values(), ids=NESTS)


@every_nest
@pytest.mark.parametrize("shape", [(3,), (4, 3)], ids=str)
def test_gradients_match_central_differences(layers, shape):
    network = build(*layers, linear(2), shape=shape)
    rows = data(network, 6)[2]
    assert max(relative_errors(network, rows.x, rows.y).values()) <= 1e-6


@every_nest
def test_stacked_equals_solo_to_the_bit(layers):
    def trained(seeds):
        network = build(*layers, linear(2), seeds=seeds, shape=(3,), dtype=np.float32)
        return [outcome.theta for outcome in fit(network, data(network, 10)[2], settings())]

    for seed, theta in zip(SEEDS, trained(SEEDS), strict=True):
        assert same(theta, trained((seed,))[0])


def test_kept_replicas_keep_their_bits():
    network, other = (build(*NESTS["projected in a projected one"], linear(2), seeds=SEEDS) for _ in range(2))
    rows = data(network, 8)[2]
    other.keep(np.array([3, 1]))
    for net in (network, other):
        step(net, descent(net), rows.x, rows.y)
    assert same(network.theta[[3, 1]], other.theta)


def test_images_are_added_by_pixel():
    conv = sample(Convolution, filters=3)
    network = build(residual(conv, residual(sample(Convolution, filters=5))), Flatten(), linear(2), shape=(4, 5, 3))
    assert [shape[-1] for shape in network.shapes[:8]] == [3, 3, 3, 3, 5, 5, 5, 100]
    rows = data(network, 3)[2]
    assert max(relative_errors(network, rows.x, rows.y).values()) <= 1e-6


def test_a_block_that_changes_more_than_the_last_axis_is_refused():
    with pytest.raises(UserError, match="turns 6 × 5 × 3 into 3 × 2 × 3, so its input cannot be added"):
        build(residual(sample(MaxPool)), Flatten(), linear(2), shape=(6, 5, 3))


@pytest.mark.parametrize("kind", [Residual, lambda layers: Repeat(2, layers)])
def test_a_block_has_layers(kind):
    with pytest.raises(UserError, match="at least one"):
        kind(())


def test_what_blocks_unfold_into():
    inner = dense(4)
    repeated = unfold([Repeat(3, (residual(inner), inner))], (4,))
    assert [type(layer) for layer in repeated] == 3 * [Fork, type(inner), Join, type(inner)]
    assert unfold([Repeat(2, (Repeat(3, (inner,)),))], (3,)) == 6 * [inner]


def test_the_projection_is_penalized_and_the_sum_is_not():
    penalty = L2(0.1)
    network = build(residual(dense(3), regularizer=(penalty,)), residual(dense(5), regularizer=(penalty,)), shape=(3,))
    assert [s.layer for s in network.segments if s.spec.penalties] == [5]
    assert network.segments[-1].spec.decay


@pytest.mark.parametrize("shape", [(3,), (5, 3), (6, 5, 3)], ids=str)
def test_the_projection_has_the_fans_of_a_dense_layer(shape):
    """A number of the output is fed by those of its own place alone."""
    (W,) = unfold([residual(dense(7))], shape)[-1].parameters((*shape[:-1], 7))
    assert (W.shape, W.fan_in, W.fan_out) == ((3, 7), 3, 7)


@pytest.mark.slow
def test_a_hundred_layers_learn_with_blocks_and_not_without(train):
    """The config's own network, a tenth of its epochs, and the same layers without the sums on the same seeds."""
    config = Path(nncli.__file__).parents[1] / "configs" / "spirals_residual_100.yaml"

    def accuracy(layers):
        run = train(config, f"architecture[0].repeat.layers={layers}", "seeds=3", "training.epochs=10")
        return np.array(run.result.metrics["validation_accuracy"])

    assert accuracy("[residual: [16, 16]]").min() > 0.9
    assert accuracy("[16, 16]").max() < 0.65


def resolved(architecture, **keys):
    return resolve(Document("x.yaml", {"task": "xor", "architecture": architecture, **keys}))


DEEP = [
    8,
    {"repeat": {"times": 3, "layers": [{"residual": [{"dense": {"units": 8, "activation": "linear"}}, 8]}]}},
    {"residual": {"layers": [{"residual": [4]}, {"dropout": 0.2}], "initializer": "zeros"}},
]


def test_defaults_reach_the_layers_inside():
    experiment = resolved(DEEP, activation="relu", initializer="he_normal", regularizer={"l2": 0.1, "dropout": 0.5})
    block = experiment.architecture[1].layers[0]
    assert [type(layer.activation).__name__ for layer in block.layers] == ["Linear", "Relu"]
    assert {type(layer.initializer).__name__ for layer in block.layers} == {"HeNormal"}
    assert block.regularizer == (L2(0.1),)
    assert len(block.layers[0].regularizer) == 2
    assert type(experiment.architecture[2].initializer).__name__ == "Zeros"


def test_a_resolved_config_resolves_to_itself():
    experiment = resolved(DEEP, regularizer={"l2": 0.1, "normalization": "batch"})
    again = resolve(Document("x.yaml", experiment.written))
    assert again.written == experiment.written


@pytest.mark.parametrize(
    ("architecture", "keys", "text"),
    [
        ([{"residual": [8, 8]}], {}, "2 → residual [2 × 8 tanh] → 1 sigmoid"),
        ([{"repeat": {"times": 9, "layers": [8]}}], {}, "2 → 9 × 8 tanh → 1 sigmoid"),
        ([{"repeat": {"times": 9, "layers": [8, 4]}}], {}, "2 → 9 × [8 tanh → 4 tanh] → 1 sigmoid"),
        ([4, {"residual": [{"residual": [4]}]}], {}, "2 → 4 tanh → residual [residual [4 tanh]] → 1 sigmoid"),
        (
            [{"residual": [8]}],
            {"regularizer": {"normalization": "layer", "dropout": 0.5}},
            "2 → residual [8 linear → layer_norm → tanh → dropout 0.5] → 1 sigmoid",
        ),
    ],
)
def test_blocks_in_one_line(architecture, keys, text):
    assert network_text(resolved(architecture, **keys)) == text


def test_blocks_in_a_table():
    rows = table(resolved([{"repeat": {"times": 100, "layers": [{"residual": [8, 8]}]}}, {"residual": [8]}]))
    assert [(row.depth, row.layer, row.output_shape, row.parameters) for row in rows] == [
        (0, "input", (2,), 0),
        (0, "repeat 100 times", (2,), 0),
        (1, "residual", (2,), 0),
        (2, "8 tanh", (8,), 24),
        (2, "8 tanh", (8,), 72),
        (1, "+ input", (8,), 16),
        (1, "residual", (8,), 0),
        (2, "8 tanh", (8,), 72),
        (2, "8 tanh", (8,), 72),
        (1, "+ input", (8,), 0),
        (1, "rounds 3–100 alike", (8,), 98 * 144),
        (0, "residual", (8,), 0),
        (1, "8 tanh", (8,), 72),
        (0, "+ input", (8,), 0),
        (0, "1 sigmoid (output)", (1,), 9),
    ]


def test_what_is_shown_as_parameters_is_what_is_trained():
    experiment = resolved([8], regularizer={"normalization": "batch"})
    network = build_network([experiment])
    assert [row.parameters for row in table(experiment)] == [0, 16, 16, 0, 9]
    assert network.parameter_count == 16 + 32 + 9


def test_numbers_inside_blocks_may_differ_in_a_stack():
    """l2 of a layer and of a projection, and the rate of a dropout: each as if it were alone."""

    def experiment(rate, seed):
        layer = {"dense": {"units": 8, "regularizer": {"l2": rate, "dropout": rate}}}
        block = {"residual": {"layers": [layer, {"dropout": rate}], "regularizer": {"l2": rate}}}
        return resolved([{"repeat": {"times": 2, "layers": [block]}}], seeds=[seed])

    several = [experiment(0.1, 3), experiment(0.3, 3), experiment(0.2, 7)]
    assert len({stack_key(one) for one in several}) == 1

    def trained(experiments):
        network = build_network(experiments)
        return [outcome.theta for outcome in fit(network, data(network, 4)[2], settings(epochs=5))]

    for one, theta in zip(several, trained(several), strict=True):
        assert same(theta, trained([one])[0])
    assert not same(*trained(several[:2]))
