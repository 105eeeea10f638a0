"""An experiment in words."""

from __future__ import annotations

import numpy as np
import pytest

from nncli import explain
from nncli.config.load import override
from nncli.config.resolve import resolve
from nncli.config.yaml_reader import read_yaml
from nncli.experiment import run_stack

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
        ("task: sine\noutput: {bias: false}", [], "xor (sine)   1 → 1 linear   1 parameter   adam 0.01   seed 0"),
    ],
)
def test_the_headline(text, overrides, said):
    assert explain.headline(resolved(text, *overrides)) == said


STEP = "the derivative of step is 0: layers before a hidden step do not learn"
TWINS = "the units of a hidden layer start alike, so they stay alike: try another initializer"
ALIKE = "nothing here is random: all seeds start alike and train alike"


@pytest.mark.parametrize(
    ("overrides", "notes"),
    [
        ([], []),
        (["seeds=3"], []),
        (["initializer=orthogonal", "seeds=3"], []),
        (["initializer=zeros"], [TWINS]),
        (["initializer=zeros", "training.epochs=0"], []),
        (["initializer=zeros", "architecture=[1]"], []),
        (["initializer=zeros", "architecture=[{dense: {units: 4, initializer: normal}}]"], []),
        (["output.initializer=zeros"], []),
        (["initializer=zeros", "seeds=3"], [TWINS, ALIKE]),
        (["initializer={constant: {value: 0.5}}", "seeds=3"], [TWINS, ALIKE]),
        # each unit gets a gradient of its own through the weights behind it
        (["initializer=zeros", "output.initializer=he_normal", "seeds=3"], []),
        (["initializer=zeros", "output.initializer=orthogonal", "seeds=3"], []),
        (["initializer=zeros", "seeds=3", "training.batch_size=3"], [TWINS]),
        (["initializer=zeros", "seeds=3", "training={batch_size: 3, shuffle: false}"], [TWINS, ALIKE]),
        (["initializer={constant: 0.5}", "seeds=3", "regularizer.dropout=0.1"], []),
        (["activation=step"], [STEP]),
        (["architecture=[4, {activation: step}]"], [STEP]),
        (["activation=step", "training.epochs=0"], []),
    ],
)
def test_notes(overrides, notes):
    assert list(explain.notes(resolved("task: xor\narchitecture: [4]", *overrides))) == notes


@pytest.mark.parametrize(
    ("targets", "few"),
    [
        ("0 1 1 0", 2),
        ("0 1 1", 0),
        ("1 2.0 -3 1 2 -3 1 1 2", 3),
        ("1 2 3 1 2 3 1 1", 0),
        ("0 1 1 0.5 0 1 0 1 0", 0),
        (" ".join("0123456789" * 10), 10),
        (" ".join("0123456789" * 9), 0),
        ("10 " + " ".join("0123456789" * 20), 11),
        (" ".join(map(str, range(26))) + " 3" * 650, 26),
        (" ".join(map(str, range(101))) + " 3" * 10_100, 0),
    ],
    ids=lambda value: str(value)[:20],
)
@pytest.mark.parametrize("task", ["table", "arrays"])
def test_numbers_that_may_be_the_names_of_classes(task, targets, few, tmp_path):
    words = targets.split()
    if task == "table":
        (tmp_path / "d.csv").write_text("x,y\n" + "".join(f"{i},{word}\n" for i, word in enumerate(words)))
        options = f"file: {tmp_path / 'd.csv'}, target: y"
    else:
        np.savez(tmp_path / "d.npz", X=np.ones((len(words), 1)), y=np.array(words, float))
        options = f"file: {tmp_path / 'd.npz'}"
    said = f"the target has {few} different whole numbers; if they name classes, set task.{task}.kind=classes"
    text = f"task: {{{task}: {{{options}}}}}\ntraining: {{validation: 0.3}}"
    assert list(explain.notes(resolved(text))) == [said] * bool(few)
    for kind in ("regression", *(["classes"] if few else [])):
        assert "whole numbers" not in " ".join(explain.notes(resolved(text, f"task.{task}.kind={kind}")))


def test_drawn_targets_are_what_they_are():
    assert list(explain.notes(resolved("task: {function: {expression: floor(2*x)}}"))) == []


LINE = "  no straight line separates {}: that takes a hidden layer"
PLANE, HYPERPLANE = LINE.replace("straight line", "plane"), LINE.replace("straight line", "hyperplane")
SAME = "  {} rows share their inputs but not their class: no network gets all of them right"


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
        ("task: xor", [], True, []),
        ("task: xor", ["architecture=[1]"], False, []),
        ("task: and", [], False, []),
        ("task: sine", [], False, []),
    ],
)
def test_why_it_was_not_solved(text, overrides, solved, said):
    result = {"stop_reason": ["epochs"], "solved": [solved]}
    assert list(explain.advice(resolved(text, *overrides), result)) == said


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
    assert list(explain.advice(experiment, {"stop_reason": ["epochs"], "solved": [False]})) == said


NEAR_ZERO = ["  worse than their mean: the targets reach 319, and the outputs begin near 0", "a larger learning rate"]
OFF = ["  worse than their mean: the targets reach 319, and an output is off by 806", "a smaller learning rate"]


@pytest.mark.parametrize(
    ("r2", "error", "said"),
    [(-4.0, 318.0, NEAR_ZERO), (-4.0, 806.0, OFF), (-1.8e-8, 19.0, []), (-0.009, 806.0, []), (0.5, 806.0, [])],
)
def test_worse_than_the_mean_is_said_of_what_is(r2, error, said, tmp_path):
    (tmp_path / "rows.csv").write_text("x,y\n" + "".join(f"{i},{300 + i}\n" for i in range(20)))
    experiment = resolved(f"task: {{table: {{file: {tmp_path / 'rows.csv'}, target: y}}}}")
    metrics = {"train_r2": [r2, None], "train_max_error": [error, None]}
    lines = list(explain.advice(experiment, {"stop_reason": ["epochs"], "solved": [False], "metrics": metrics}))
    assert lines[:1] == said[:1]
    assert all(line.endswith(end) for line, end in zip(lines[1:], said[1:], strict=True))


NOTES = {
    "constant in float32": ("float32", "false", [1.7e9 + i for i in range(8)], "steps of 2e+02; it spans 7: try"),
    "standardized": ("float32", "true", [1.7e9 + i for i in range(8)], ""),
    "in float64": ("float64", "false", [1.7e9 + i for i in range(8)], ""),
    "over a year": ("float32", "false", [1.7e9 + 4e6 * i for i in range(8)], ""),
    "a rounding": ("float32", "false", [0.3, 0.1 + 0.2] * 4, "a is constant but for rounding"),
    "a standardized rounding": ("float64", "true", [0.3, 0.1 + 0.2] * 4, "a is constant but for rounding"),
    "constant": ("float64", "true", [0.3] * 8, ""),
    "far from each other": ("float64", "false", [-1.7e308, 1.7e308] * 4, ""),
    "large and standardized": ("float64", "true", [1e155, -3e154] * 4, ""),
}


@pytest.mark.parametrize("name", NOTES)
def test_a_column_that_is_nearly_constant_gets_a_note(name, tmp_path):
    dtype, standardize, column, said = NOTES[name]
    text = "a,b,y\n" + "".join(f"{a!r},{i},{i / 3}\n" for i, a in enumerate(column))
    (tmp_path / "rows.csv").write_text(text)
    task = f"task: {{table: {{file: {tmp_path / 'rows.csv'}, target: y}}}}"
    experiment = resolved(task, f"dtype={dtype}", f"training.standardize={standardize}")
    notes = list(explain.notes(experiment))
    assert len(notes) == bool(said)
    assert all(said in note for note in notes)


def test_many_columns_get_few_notes(tmp_path):
    (tmp_path / "rows.csv").write_text(
        ",".join(f"t{i}" for i in range(99))
        + ",y\n"
        + "".join(f"{1.7e9 + n}," * 99 + f"{1.7e9 + n}\n" for n in range(3))
    )
    notes = list(explain.notes(resolved(f"task: {{table: {{file: {tmp_path / 'rows.csv'}, target: y}}}}")))
    assert [note.split(" to ")[0] for note in notes[:5]] == [f"float32 rounds t{i}" for i in range(5)]
    assert notes[5:] == ["95 more columns are like these"]


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (["training.learning_rate=50"], "  try   training.learning_rate=0.5   or   training.clip_norm=1"),
        (["training={learning_rate: 1e6, clip_norm: 9}"], "  try   training.learning_rate=10000"),
    ],
)
def test_what_to_try_after_divergence(overrides, said):
    result = {"stop_reason": ["epochs", "diverged"], "solved": [False, False], "divergence": [None, {"step": 2}]}
    assert list(explain.advice(resolved("task: sine", *overrides), result)) == [said]


def test_what_to_try_if_the_first_step_was_one_too_many():
    result = {"stop_reason": ["diverged"], "solved": [False], "divergence": [{"step": 1}]}
    (said,) = explain.advice(resolved("task: sine"), result)
    assert said.endswith("the numbers are too large from the start; try training.standardize=true")
    (said,) = explain.advice(resolved("task: sine\ntraining: {standardize: true}"), result)
    assert said.endswith("try targets in another unit")


@pytest.mark.parametrize(
    "overrides",
    [
        ["initializer=zeros"],
        ["initializer={constant: 0.5}"],
        ["initializer=zeros", "output.initializer=he_normal"],
        ["initializer={constant: 0.5}", "regularizer.dropout=0.1"],
    ],
    ids=" ".join,
)
def test_units_are_said_to_stay_alike_where_they_do(overrides, tmp_path):
    text = "task: and\narchitecture: [4]\ntraining: {learning_rate: 0.05, epochs: 50}"
    experiment = resolved(text, *overrides)
    run_stack([experiment], runs_dir=tmp_path)
    (weights,) = tmp_path.glob("*/weights.npz")
    with np.load(weights) as arrays:
        units = arrays["W1"][0].T
    assert (TWINS in explain.notes(experiment)) == bool((units == units[0]).all())
