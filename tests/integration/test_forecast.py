"""`nncli forecast` as a user types it, and its numbers against those of networks."""

from __future__ import annotations

import json
import math
import shlex

import pytest

DEEP = """\
name: deep
task: moons
architecture: [{repeat: {times: 20, layers: [32]}}]
activation: tanh
initializer: {normal: {std: 0.05}}
"""


@pytest.fixture
def forecast(cli, tmp_path):
    """Runs `nncli forecast` on a deep network: the object that it prints, or its text and errors."""
    (tmp_path / "deep.yaml").write_text(DEEP)

    def run(*arguments, text=False):
        code, out, err = cli("forecast", "deep.yaml", *arguments, *([] if text else ["--json"]))
        return (code, out, err) if text else json.loads(out)

    return run


@pytest.mark.parametrize(("activation", "own"), [("tanh", False), ("gelu", False), ("prelu", True)])
def test_the_override_repairs(forecast, activation, own):
    """As pasted from the text, which the shell splits into words."""
    layers = "architecture=[{repeat: {times: 20, layers: [{dense: {units: 32, initializer: {normal: {std: 0.05}}}}]}}]"
    given = [f"activation={activation}", *([layers] if own else [])]
    before = forecast(*given)
    assert not before["trainable"]
    assert "depth 20" in before["reason"]
    _, out, _ = forecast(*given, text=True)
    (override,) = shlex.split(out.partition("\ntry   ")[2])
    after = forecast(*given, override)
    assert after["trainable"]
    assert after["depth_scale"] is None or after["depth_scale"] > 100  # None is infinite
    assert after["critical"]["sigma_w2"] == pytest.approx(before["critical"]["sigma_w2"])
    assert after["layers"][10]["sigma_w2"] == pytest.approx(before["critical"]["sigma_w2"], rel=1e-5)
    assert after["layers"][19]["z_variance_measured"] > 1e9 * before["layers"][19]["z_variance_measured"]


def test_the_text_fits_and_says_why(forecast):
    code, out, _ = forecast("seeds=3", text=True)
    assert code == 0
    assert "trainable     no, by rule of thumb: depth 20 > 6 × depth scale 0.396" in out
    assert max(map(len, out.splitlines())) <= 80
    assert out.count(" 32 tanh ") == 21
    assert "try" not in forecast("initializer=lecun_normal", text=True)[1]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["activation=softmax"], "architecture[0].repeat.layers[0]: softmax mixes the units of a layer"),
        (
            ["architecture=[8, layer_norm]"],
            "architecture[1]: forecast covers dense layers of vectors, and dropout, not",
        ),
        (["initializer=ones"], "the weights have mean 1"),
        (["architecture=[{dense: {units: 8, bias_initializer: ones}}]"], "the biases have mean 1"),
    ],
)
def test_refusals(forecast, arguments, sentence):
    code, out, err = forecast(*arguments, text=True)
    assert (code, out) == (2, "")
    assert sentence in err


def test_step_passes_no_gradient(forecast):
    found = forecast("activation=step")
    assert not found["trainable"]
    assert found["reason"] == "the derivative of step is 0: no gradient passes"
    assert found["critical"] is None
    assert found["override"] == ""


def test_a_single_hidden_layer_is_as_if_another_followed(forecast):
    """That at which it starts, not the output: the override changes both, or only the hidden layers."""
    found = forecast("architecture=[8]", "initializer={lecun_normal: {gain: 0.5}}")
    assert found["depth_scale"] == pytest.approx(1 / math.log(4))
    assert found["repaired_depth_scale"] is None  # infinite


def test_without_hidden_layers(forecast):
    found = forecast("architecture=[]")
    assert found["trainable"]
    assert (found["depth"], found["depth_scale"], found["critical"]) == (0, None, None)


def _deviations(found):
    """How many standard errors each measured mean is from the expected one; the output's gradient is not expected."""
    for layer in found["layers"]:
        for name in ("z_variance", "gradient_variance"):
            error = layer[f"{name}_error"]
            yield layer["layer"], name, (layer[f"{name}_measured"] - layer[name]) / error


WIDE = [
    ("tanh", "{lecun_normal: {gain: 1.3}}"),
    ("relu", "he_normal"),
    ("gelu", "he_uniform"),
    ("swish", "xavier_uniform"),
]


@pytest.mark.parametrize(
    ("activation", "initializer", "dropout"), [(*WIDE[0], ""), (*WIDE[2], ", {dropout: {rate: 0.2}}")]
)
def test_networks_do_as_theory_says(forecast, activation, initializer, dropout):
    _as_expected(
        forecast, activation, initializer, f"[flatten, {{repeat: {{times: 3, layers: [128{dropout}]}}}}]", 10, 4
    )


@pytest.mark.parametrize(
    ("activation", "initializer"),
    [
        pytest.param(*case, marks=pytest.mark.slow if place % 2 == 0 else pytest.mark.exhaustive)
        for place, case in enumerate(WIDE)
    ],
)
def test_wide_networks_within_three_standard_errors(forecast, activation, initializer):
    _as_expected(forecast, activation, initializer, "[flatten, {repeat: {times: 10, layers: [1024]}}]", 20, 3)


def _as_expected(forecast, activation, initializer, architecture, seeds, most):
    arguments = [f"activation={activation}", f"initializer={initializer}", f"architecture={architecture}"]
    found = forecast(*arguments, f"seeds={seeds}", "task=digits")
    assert len(found["layers"]) >= 4
    assert max(found["layers"][0]["z_variance_error"], 0) > 0
    beyond = [each for each in _deviations(found) if not abs(each[2]) <= most]
    assert not beyond
    assert math.isfinite(found["gradient_ratio"])
