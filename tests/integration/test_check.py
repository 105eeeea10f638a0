"""`nncli check`: what would be trained, and whether its gradients are right."""

from __future__ import annotations

import json

import pytest
import yaml

from nncli.nn.activations.sigmoids import Tanh
from nncli.nn.regularizers.penalties import L2

GLYPHS = "task: {glyphs: {samples: 60, size: 8}}\n"
ADDING = "task: {adding_problem: {length: 6, samples: 60}}\n"


def test_it_says_what_would_be_trained(cli, xor, tmp_path):
    overrides = ["architecture=[8, {dropout: 0.5}]", "task={parity: {bits: 6}}", "training.validation=0.25"]
    code, out, err = cli("check", xor, *overrides)
    assert (code, err) == (0, "")
    assert out.startswith(
        "xor (parity)   6 → 8 tanh → dropout 0.5 → 1 sigmoid   65 parameters   adam 0.05\n"
        "  seed 0\n"
        "rows   train 48   validation 16\n"
        "classes   0 (32)   1 (32)\n"
        "\n"
        " layer                output   parameters   multiply-adds   weights\n"
        " input                6                 0               0\n"
        " 8 tanh               8                56              48   xavier_uniform\n"
        " dropout 0.5          8                 0               0\n"
        " 1 sigmoid (output)   1                 9               8   xavier_uniform\n"
        "\n"
        "forward    56 multiply-adds per sample\n"
        "training   22 kB of memory for 1 seed\n"
        "\n"
        "# settings that differ from the defaults; --all prints every setting\n"
        "name: xor\n"
    )
    described = json.loads(cli("check", xor, *overrides, "--json")[1])
    assert list(described) == [
        "config",
        "classes",
        "layers",
        "parameters",
        "multiply_adds",
        "training_bytes",
        "written_bytes",
    ]
    assert described["classes"] == {"0": {"train": 24, "validation": 8}, "1": {"train": 24, "validation": 8}}
    assert described["parameters"] == sum(row["parameters"] for row in described["layers"]) == 65
    assert described["multiply_adds"] == sum(row["multiply_adds"] for row in described["layers"]) == 56
    assert described["layers"][1] == {
        "layer": "8 tanh",
        "depth": 0,
        "output_shape": [8],
        "parameters": 56,
        "multiply_adds": 48,
    }
    everything = cli("check", xor, *overrides, "--all")[1]
    assert yaml.safe_load(everything[everything.index("name: ") :]) == described["config"]
    assert list(tmp_path.iterdir()) == []


def test_the_memory_is_that_of_all_seeds(cli, xor):
    needs = [json.loads(cli("check", xor, f"seeds={n}", "--json")[1])["training_bytes"] for n in (10, 10_000)]
    assert needs[1] == pytest.approx(1000 * needs[0], rel=0.2)
    assert "\ntraining   19 MB of memory for 10 000 seeds\n" in cli("check", xor, "seeds=10000")[1]


def test_long_names_of_layers_are_folded(cli, write):
    config = write(f"{ADDING}architecture: [{{attention: {{heads: 4, units: 32, causal: true}}}}, mean_over_time]")
    for arguments in ([], ["--gradients"]):
        lines = cli("check", config, *arguments)[1].split("\n# what")[0].splitlines()
        assert max(map(len, lines)) <= 80
        assert sum(line.startswith("   ") and not line.endswith("  ") for line in lines) >= 1


def test_a_network_is_broken_behind_its_arrows_alone(cli, write):
    block = (
        "{residual: [{attention: {heads: 4}}, {dropout: 0.125}, layer_norm, {dense: {units: 32, activation: relu}}]}"
    )
    config = write(f"{ADDING}architecture: [32, {{position: {{kind: learned}}}}, {block}, {{gru: {{units: 3}}}}]")
    lines = cli("check", config)[1].split("\nrows")[0].splitlines()
    assert lines[1:-1] == [
        "  6×2 → 32 tanh → position learned → residual [attention 4 heads →",
        "  dropout 0.125 → layer_norm → 32 relu] → gru 3 → 1 linear",
    ]


def test_layers_of_blocks_go_by_the_same_names_everywhere(cli, write):
    config = write("task: moons\narchitecture: [8, {repeat: {times: 9, layers: [{residual: [8, {dropout: 0.1}]}]}}]")
    described = json.loads(cli("check", config, "--gradients", "--json")[1])
    layers = [(row["depth"], row["layer"]) for row in described["layers"] if row["parameters"]]
    assert layers == [(row["depth"], row["layer"]) for row in described["gradients"]["layers"]]
    assert layers == [(0, "8 tanh"), (2, "8 tanh"), (1, "rounds 2–9 alike"), (0, "1 sigmoid (output)")]
    assert "\n     8 tanh " in cli("check", config, "--gradients")[1]
    assert "\n     8 tanh " in cli("check", config)[1]


STEP = "task: xor\narchitecture: [{dense: {units: 3, activation: step}}]"

KINKS = "task: moons\nactivation: relu\ninitializer: zeros\n"
"""Batch normalization of what is near 0 makes a small step one over many kinks."""

NETWORKS = {
    "xor": "task: xor\narchitecture: [4]",
    "relu, whose biases of 0 are kinks": "task: xor\narchitecture: [8, 8]\nactivation: relu",
    "penalties": "task: sine\narchitecture: [6]\nregularizer: {l1: 0.01, l2: 0.01}\ninitializer: zeros",
    "the perceptron": "task: and\noutput: {activation: step}",
    "hinge": "task: moons\narchitecture: [8]\noutput: {loss: hinge}",
    "targets far from 0": "task: {function: {expression: 1e4 * sin(x)}}\narchitecture: [8]",
    "conv and max_pool": f"{GLYPHS}architecture: [{{conv: 4}}, {{max_pool: 2}}, flatten]\nactivation: relu",
    "batch_norm": "task: moons\narchitecture: [8, 8]\nactivation: relu\nregularizer: {normalization: batch}",
    "many kinks near small weights": f"{KINKS}architecture: [{{repeat: {{times: 12, layers: [8, batch_norm]}}}}]",
    "dropout": "task: moons\narchitecture: [8]\nregularizer: {dropout: 0.5}",
    "lstm": f"{ADDING}architecture: [{{lstm: {{units: 4, truncation: 2}}}}]",
    "attention": f"{ADDING}architecture: [4, position, {{attention: {{heads: 2}}}}, layer_norm, mean_over_time]",
    "a hundred layers": "task: moons\narchitecture: [{repeat: {times: 100, layers: [{residual: {layers: [2]}}]}}]",
    "one row": "task: {function: {expression: x, samples: 2}}\narchitecture: [3]\ntraining: {validation: 0.5}",
}


@pytest.mark.parametrize("text", NETWORKS.values(), ids=NETWORKS)
def test_right_gradients(text, cli, write):
    code, out, _ = cli("check", write(text), "--gradients", "--json")
    assert code == 0
    found = json.loads(out)["gradients"]
    assert found["fine"]
    assert 0 <= found["error"] == max(layer["error"] for layer in found["layers"]) <= 1e-6
    assert all(0 < layer["checked"] <= layer["parameters"] for layer in found["layers"])
    assert sum(layer["layers"] - layer["too_small"] for layer in found["layers"]) > 0


@pytest.mark.parametrize("name", ["xor", "conv and max_pool", "attention", "lstm"])
def test_right_gradients_are_called_correct(name, cli, write):
    code, out, _ = cli("check", write(NETWORKS[name]), "--gradients")
    assert code == 0
    assert "\nthe gradients are correct: no relative error above 1e-06\n" in out
    assert max(map(len, out.splitlines())) <= 80


def test_what_is_right_is_far_from_the_limit(cli, write):
    config = write(f"{KINKS}architecture: [{{repeat: {{times: 8, layers: [4, batch_norm]}}}}]")
    assert json.loads(cli("check", config, "--gradients", "--json")[1])["gradients"]["error"] < 2e-7


@pytest.mark.parametrize("case", ["relu, whose biases of 0 are kinks", "dropout"])
def test_gradients_are_checked_at_the_same_places_each_time(case, cli, write):
    config = write(NETWORKS[case])
    assert cli("check", config, "--gradients") == cli("check", config, "--gradients")


def wrong_tanh(self, on, z, a, da, out, *_):
    on.multiply(a, a, out)
    on.add(1, out, out)
    on.multiply(da, out, out)


def wrong_l2(self, on, W, dW, work):
    on.subtract(dW, W, dW)


@pytest.mark.parametrize(
    ("part", "method", "wrong", "layers"),
    [(Tanh, "backward", wrong_tanh, "3 tanh"), (L2, "add_gradient", wrong_l2, "3 tanh, 5 relu")],
    ids=["activation", "penalty"],
)
def test_wrong_gradients(part, method, wrong, layers, cli, write, monkeypatch):
    architecture = "[{dense: {units: 3, activation: tanh}}, {dense: {units: 5, activation: relu}}]"
    config = write(f"task: moons\narchitecture: {architecture}\nregularizer: {{l2: 0.1}}")
    assert cli("check", config, "--gradients")[0] == 0
    monkeypatch.setattr(part, method, wrong)
    code, out, err = cli("check", config, "--gradients")
    assert (code, err) == (8, "")
    assert f"\nthe gradient is wrong: relative errors above 1e-06 in {layers}\n" in out
    code, out, _ = cli("check", config, "--gradients", "--json")
    assert (code, json.loads(out)["gradients"]["fine"]) == (8, False)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (NETWORKS["dropout"], "dropout masks were held fixed"),
        (NETWORKS["lstm"], "`truncation` was disabled for the check"),
        (STEP, "the gradients are correct as far as can be checked, in 1 of 2 layers: no relative error above 1e-06"),
        (STEP, "the gradient of 1 layer is too small"),
        ("task: moons\narchitecture: [{repeat: {times: 50, layers: [4]}}]\nactivation: sigmoid", "layers is too small"),
        (f"{GLYPHS}architecture: [{{conv: 16}}, flatten]\nactivation: relu", "differences crossed a kink"),
    ],
)
def test_what_the_check_rests_on_is_said(text, said, cli, write):
    code, out, _ = cli("check", write(text), "--gradients")
    assert code == 0
    assert said in " ".join(out.split())


def test_nothing_is_called_right_where_nothing_shows(cli, write):
    config = write(
        "task: and\noutput: {activation: step, bias_initializer: {constant: -0.7}}\ninitializer: {constant: 0.5}"
    )
    code, out, _ = cli("check", config, "--gradients")
    assert code == 0
    assert "\nnothing could be checked: every gradient is too small to reveal an error\n" in out
    assert "right" not in out
    found = json.loads(cli("check", config, "--gradients", "--json")[1])["gradients"]
    assert (found["fine"], found["compared"]) == (True, 0)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("task: {function: {expression: 1e200 * x}}\ndtype: float64", "the loss is not finite at the initial weights"),
        (
            "task: {function: {expression: x, samples: 2}}\narchitecture: [3, batch_norm]\n"
            "training: {validation: 0.5, epochs: 0}",
            "needs 2 training rows, not 1. Make training.validation and training.test smaller.",
        ),
    ],
    ids=["loss", "rows"],
)
def test_what_cannot_be_checked(text, words, cli, write):
    code, out, err = cli("check", write(text), "--gradients")
    assert (code, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("text", "overrides", "shown"),
    [
        ("task: xor\n", [], {"task": "xor"}),
        ("task: xor\ndtype: float32\ntraining: {epochs: 500, stop: {solved: true}}\n", [], {"task": "xor"}),
        ("task: xor\nseeds: 1\n", ["training.epochs=7"], {"task": "xor", "training": {"epochs": 7}}),
        ("task: xor\ntraining: {optimizer: adam}\n", ["training.optimizer.beta1=0.8"], None),
        ("task: xor\nregularizer: none\nactivation: {tanh: {}}\narchitecture: []\n", [], {"task": "xor"}),
    ],
)
def test_it_prints_what_differs_from_the_defaults(text, overrides, shown, cli, write):
    config = write(text)
    printed = cli("check", config, *overrides)[1].split("prints every setting\n")[1]
    assert yaml.safe_load(printed) == shown or shown is None
    trained_as_printed = json.loads(cli("check", write(printed), "--json")[1])["config"]
    assert trained_as_printed == json.loads(cli("check", write(text), *overrides, "--json")[1])["config"]
