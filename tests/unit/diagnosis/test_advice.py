"""Why a run failed, and what to try."""

from __future__ import annotations

from pathlib import Path

import pytest
from results import made_result

from nncli.config.load import override
from nncli.config.resolve import resolve
from nncli.config.yaml_reader import read_yaml
from nncli.diagnosis.advice import advice

PERCEPTRON = "architecture: []\noutput: {activation: step}\ntraining: {optimizer: sgd, learning_rate: 0.1}\n"


def resolved(text, *overrides):
    return resolve(override(read_yaml(text, "xor.yaml"), overrides))


WHY = "  why   nncli diagnose runs/xor-1"
RUN = Path("runs/xor-1")
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
        ("task: circles", [], False, [WHY]),  # too many rows to decide it at once
        ("task: circles", ["architecture=[{activation: relu}]"], False, [WHY]),  # it bends the boundary
        ("task: xor", ["architecture=[{activation: relu}]"], False, [LINE.format("xor")]),
        ("task: xor", ["architecture=[{activation: softmax}]"], False, [WHY]),  # so does a function of both inputs
        (
            "task: temporal_parity",
            ["architecture=[position, global_average_pool]", "task.temporal_parity={length: 4, samples: 16}"],
            False,
            [PARITY],
        ),
        ("task: temporal_parity", ["architecture=[{max_pool: 2}, global_average_pool]"], False, [WHY]),
        ("task: xor", [], True, []),
        ("task: xor", ["architecture=[1]"], False, [WHY]),
        ("task: and", [], False, [WHY]),
        ("task: sine", [], False, [WHY]),
    ],
)
def test_why_it_was_not_solved(text, overrides, solved, said):
    result = made_result(solved=[solved])
    assert list(advice(resolved(text, *overrides), result, RUN)) == said


ROWS = {
    "contradiction": ("a,b,y\n0,0,no\n0,0,yes\n1,1,yes\n0,1,no\n", [SAME.format(2)]),
    "three of a kind": ("a,b,y\n0,0,no\n0,0,yes\n0,0,yes\n1,1,yes\n", [SAME.format(3)]),
    "twins": ("a,b,y\n0,0,no\n0,0,no\n1,1,yes\n0,1,no\n", [WHY]),
    "one input": ("a,y\n0,no\n1,yes\n2,no\n", [LINE.format("table").replace("straight line", "threshold")]),
}


@pytest.mark.parametrize("name", ROWS)
def test_why_a_table_was_not_solved(name, tmp_path):
    text, said = ROWS[name]
    (tmp_path / "rows.csv").write_text(text)
    experiment = resolved(f"task: {{table: {{file: {tmp_path / 'rows.csv'}, target: y}}}}")
    assert list(advice(experiment, made_result(), RUN)) == said


@pytest.mark.parametrize(
    ("metrics", "rows", "hints"),
    [
        ({"train_r2": [0.999, 0.5]}, 200, True),  # a straight line would do
        ({"train_r2": [0.999, 0.998]}, 200, False),
        ({"train_r2": [0.999, 0.5]}, 400, True),
        ({"train_r2": [0.999, 0.05]}, 400, True),  # hardly better than the mean
        ({"train_r2": [-4.0, None]}, 400, True),
    ],
)
def test_who_missed_the_goal_is_shown_how_to_find_out_why(metrics, rows, hints, tmp_path):
    (tmp_path / "rows.csv").write_text("x,y\n" + "".join(f"{i},{300 + i}\n" for i in range(rows)))
    experiment = resolved(f"task: {{table: {{file: {tmp_path / 'rows.csv'}, target: y}}}}")
    result = made_result(seeds=[0, 1], metrics=metrics)
    assert list(advice(experiment, result, RUN)) == [WHY] * hints
    assert list(advice(experiment, made_result(seeds=[0, 1], metrics=metrics, status="interrupted"), RUN)) == []
    assert list(advice(resolved("task: sine\ntraining: {epochs: 0}"), result, RUN)) == []


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
    assert list(advice(resolved("task: sine", *overrides), result, RUN)) == [said]


def test_what_to_try_if_the_first_step_was_one_too_many():
    result = made_result(stop_reason=["diverged"], divergence=[DIVERGED])
    (said,) = advice(resolved("task: sine"), result, RUN)
    assert said.endswith("the numbers are too large from the start; try training.standardize=true")
    (said,) = advice(resolved("task: sine\ntraining: {standardize: true}"), result, RUN)
    assert said.endswith("try targets in another unit")
