"""Where an initialization is critical, in the numbers of its initializer."""

from __future__ import annotations

import math

import pytest

from nncli.config.document import Document
from nncli.config.load import override
from nncli.config.resolve import resolve
from nncli.diagnosis.critical_value import critical_value

N = 16
SCALES = (0.1, 0.7, 3.0)


def at(key, values, **more):
    """The network at each value of a key."""
    base = {"name": "x", "task": "xor", "architecture": [N] * 4, "activation": "tanh"} | more
    return {value: resolve(override(Document("x", base), [f"{key}={value}"])) for value in values}


@pytest.mark.parametrize(
    ("key", "more", "expected"),
    [
        ("initializer.std", {"initializer": "normal"}, 1 / math.sqrt(N)),
        ("initializer.std", {"initializer": "normal", "activation": "relu"}, math.sqrt(2 / N)),
        ("initializer.std", {"initializer": "normal", "architecture": [4, N, N, N]}, None),
        ("initializer.std", {"initializer": "normal", "architecture": [{"dropout": 0.5}, N, N, N]}, 1 / math.sqrt(N)),
        (
            "initializer.std",
            {"initializer": "normal", "architecture": [N, {"dropout": 0.5}, N], "activation": "relu"},
            math.sqrt(1 / N),
        ),
        ("initializer.limit", {"initializer": "uniform"}, math.sqrt(3 / N)),
        ("initializer.gain", {"initializer": "he_normal", "activation": "relu"}, 1.0),
        ("initializer.gain", {"initializer": "he_uniform", "architecture": [8, N, 32], "activation": "relu"}, 1.0),
        ("initializer.gain", {"initializer": "lecun_normal"}, 1.0),
        ("initializer.gain", {"initializer": "orthogonal"}, 1.0),
        ("initializer.std", {"initializer": "normal", "architecture": [N]}, None),
        ("initializer.std", {"initializer": "normal", "activation": "gelu"}, None),
        ("initializer.std", {"initializer": "normal", "activation": "softmax"}, None),
        ("initializer.std", {"initializer": {"normal": {"mean": 0.1}}}, None),
        ("initializer.std", {"initializer": "normal", "architecture": [N, N, "layer_norm", N]}, None),
        ("training.learning_rate", {}, None),
    ],
)
def test_critical_values_are_those_of_theory(key, more, expected):
    found = critical_value(at(key, SCALES, **more))
    assert found == (expected if expected is None else pytest.approx(expected, rel=1e-6))


def test_biases_move_the_critical_value():
    """tanh with sigma_b2 = 0.05 is critical at sigma_w2 = 1.76095: Schoenholz et al. (2017), to all digits given."""
    layer = {"dense": {"units": N, "bias_initializer": {"normal": {"std": math.sqrt(0.05)}}}}
    found = critical_value(at("initializer.std", SCALES, initializer="normal", architecture=[layer] * 3))
    assert found is not None
    assert N * found**2 == pytest.approx(1.76095, abs=5e-6)


def test_zero_and_a_single_scale_tell_nothing():
    assert critical_value(at("initializer.std", (0.0, 0.5), initializer="normal")) is None
