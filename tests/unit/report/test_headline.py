"""What an experiment is, in a line."""

from __future__ import annotations

import pytest

from nncli.config.load import override
from nncli.config.resolve import resolve
from nncli.config.yaml_reader import read_yaml
from nncli.report.headline import headline

PERCEPTRON = "architecture: []\noutput: {activation: step}\ntraining: {optimizer: sgd, learning_rate: 0.1}\n"


def resolved(text, *overrides):
    return resolve(override(read_yaml(text, "xor.yaml"), overrides))


@pytest.mark.parametrize(
    ("text", "overrides", "said"),
    [
        ("task: xor", [], "xor   2 → 1 sigmoid   3 parameters   adam 0.01   seed 0"),
        ("task: xor", ["seeds=50"], "xor   2 → 1 sigmoid   3 parameters   adam 0.01   50 seeds"),
        (
            "task: xor",
            ["seeds=[7]", "architecture=[4]"],
            "xor   2 → 4 tanh → 1 sigmoid   17 parameters   adam 0.01   seed 7",
        ),
        ("task: and", [], "xor (and)   2 → 1 sigmoid   3 parameters   adam 0.01   seed 0"),
        ("task: xor", ["name=mine"], "mine (xor)   2 → 1 sigmoid   3 parameters   adam 0.01   seed 0"),
        ("task: xor", ["training.epochs=0"], "xor   2 → 1 sigmoid   3 parameters   no training   seed 0"),
        ("task: xor", ["training.schedule=cosine"], "xor   2 → 1 sigmoid   3 parameters   adam 0.01 (cosine)   seed 0"),
        (
            "task: xor",
            ["training.optimizer.beta1=0.8", "training.schedule=linear"],
            "xor   2 → 1 sigmoid   3 parameters   adam 0.01 (beta1 0.8, linear)   seed 0",
        ),
        ("task: xor\n" + PERCEPTRON, [], "xor   2 → 1 step   3 parameters   perceptron rule 0.1   seed 0"),
        (
            "task: xor\n" + PERCEPTRON,
            ["training.optimizer=momentum"],
            "xor   2 → 1 step   3 parameters   momentum 0.1   seed 0",
        ),
        (
            "task: xor\n" + PERCEPTRON,
            ["architecture=[3]"],
            "xor   2 → 3 tanh → 1 step   13 parameters   sgd 0.1   seed 0",
        ),
        ("task: sine\noutput: {bias: false}", [], "xor (sine)   1 → 1 linear   1 parameter   adam 0.01   seed 0"),
    ],
)
def test_the_headline(text, overrides, said):
    assert headline(resolved(text, *overrides)) == said
