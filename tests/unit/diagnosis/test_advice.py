"""Why a run failed, and what to try."""

from __future__ import annotations

import pytest
from results import made_result

from nncli.config.load import override
from nncli.config.resolve import resolve
from nncli.config.yaml_reader import read_yaml
from nncli.diagnosis.advice import advice

PERCEPTRON = "architecture: []\noutput: {activation: step}\ntraining: {optimizer: sgd, learning_rate: 0.1}\n"


def resolved(text, *overrides):
    return resolve(override(read_yaml(text, "xor.yaml"), overrides))


LINE = "  no straight line separates {}: that needs a hidden layer"
PLANE, HYPERPLANE = LINE.replace("straight line", "plane"), LINE.replace("straight line", "hyperplane")
PARITY = HYPERPLANE.format("temporal_parity")
SAME = "  {} rows share their inputs but not their class: no network can get all of them right"


@pytest.mark.parametrize(
    ("text", "overrides", "solved", "said"),
    [
        ("task: xor", [], False, [LINE.format("xor")]),
        ("task: xor\n" + PERCEPTRON, [], False, [LINE.format("xor")]),
        ("task: {parity: {bits: 3}}", [], False, [PLANE.format("parity")]),
        ("task: {parity: {bits: 4}}", [], False, [HYPERPLANE.format("parity")]),
        ("task: circles", [], False, [LINE.format("circles")]),
        ("task: circles", ["architecture=[{activation: relu}]"], False, []),  # it bends the boundary
        ("task: xor", ["architecture=[{activation: relu}]"], False, [LINE.format("xor")]),
        ("task: xor", ["architecture=[{activation: softmax}]"], False, []),  # so does a function of both inputs
        ("task: temporal_parity", ["architecture=[position, global_average_pool]"], False, [PARITY]),
        ("task: temporal_parity", ["architecture=[{max_pool: 2}, global_average_pool]"], False, []),
        ("task: xor", [], True, []),
        ("task: xor", ["architecture=[1]"], False, []),
        ("task: and", [], False, []),
        ("task: sine", [], False, []),
    ],
)
def test_why_it_was_not_solved(text, overrides, solved, said):
    result = made_result(solved=[solved])
    assert list(advice(resolved(text, *overrides), result)) == said


ROWS = {
    "contradiction": ("a,b,y\n0,0,no\n0,0,yes\n1,1,yes\n0,1,no\n", [SAME.format(2)]),
    "three of a kind": ("a,b,y\n0,0,no\n0,0,yes\n0,0,yes\n1,1,yes\n", [SAME.format(3)]),
    "twins": ("a,b,y\n0,0,no\n0,0,no\n1,1,yes\n0,1,no\n", []),
    "one input": ("a,y\n0,no\n1,yes\n2,no\n", [LINE.format("table").replace("straight line", "threshold")]),
}


@pytest.mark.parametrize("name", ROWS)
def test_why_a_table_was_not_solved(name, tmp_path):
    text, said = ROWS[name]
    (tmp_path / "rows.csv").write_text(text)
    experiment = resolved(f"task: {{table: {{file: {tmp_path / 'rows.csv'}, target: y}}}}")
    assert list(advice(experiment, made_result())) == said


NEAR_ZERO = ["  worse than their mean: the targets reach 319, but the outputs start near 0", "a larger learning rate"]
OFF = ["  worse than their mean: the targets reach 319, but an output is off by 806", "a smaller learning rate"]


@pytest.mark.parametrize(
    ("r2", "error", "said"),
    [(-4.0, 318.0, NEAR_ZERO), (-4.0, 806.0, OFF), (-1.8e-8, 19.0, []), (-0.009, 806.0, []), (0.5, 806.0, [])],
)
def test_worse_than_the_mean_is_said_of_what_is(r2, error, said, tmp_path):
    (tmp_path / "rows.csv").write_text("x,y\n" + "".join(f"{i},{300 + i}\n" for i in range(20)))
    experiment = resolved(f"task: {{table: {{file: {tmp_path / 'rows.csv'}, target: y}}}}")
    metrics = {"train_r2": [r2, None], "train_max_error": [error, None]}
    lines = list(advice(experiment, made_result(seeds=[0, 1], metrics=metrics)))
    assert lines[:1] == said[:1]
    assert all(line.endswith(end) for line, end in zip(lines[1:], said[1:], strict=True))


DIVERGED = {"what": "loss", "epoch": 1, "step": 1, "loss_before": None, "weights_step": 0}


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (["training.learning_rate=50"], "  try   training.learning_rate=0.5   or   training.clip_norm=1"),
        (["training={learning_rate: 1e6, clip_norm: 9}"], "  try   training.learning_rate=10000"),
    ],
)
def test_what_to_try_after_divergence(overrides, said):
    result = made_result(stop_reason=["epochs", "diverged"], divergence=[None, DIVERGED | {"step": 2}])
    assert list(advice(resolved("task: sine", *overrides), result)) == [said]


def test_what_to_try_if_the_first_step_was_one_too_many():
    result = made_result(stop_reason=["diverged"], divergence=[DIVERGED])
    (said,) = advice(resolved("task: sine"), result)
    assert said.endswith("the numbers are too large from the start; try training.standardize=true")
    (said,) = advice(resolved("task: sine\ntraining: {standardize: true}"), result)
    assert said.endswith("try targets in another unit")
