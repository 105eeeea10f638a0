"""What deserves a word before training."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nncli.config.load import load_document, override
from nncli.config.resolve import resolve
from nncli.config.yaml_reader import read_yaml
from nncli.diagnosis.notes import _of_rows, notes
from nncli.experiments.train import run_stack

PERCEPTRON = "architecture: []\noutput: {activation: step}\ntraining: {optimizer: sgd, learning_rate: 0.1}\n"


def resolved(text, *overrides):
    return resolve(override(read_yaml(text, "xor.yaml"), overrides))


STEP = "the derivative of step is 0: layers before a hidden step do not learn"
TWINS = "the units of a hidden layer start out identical and stay identical: try another initializer"
ALIKE = "nothing here is random: all seeds start and train identically"


@pytest.mark.parametrize(
    ("overrides", "said"),
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
        # each unit gets its own gradient through the weights after it
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
def test_notes(overrides, said):
    assert list(notes(resolved("task: xor\narchitecture: [4]", *overrides))) == said


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
        (tmp_path / "d.csv").write_text("x,y\n" + "".join(f"{i % 2},{word}\n" for i, word in enumerate(words)))
        options = f"file: {tmp_path / 'd.csv'}, target: y"
    else:
        np.savez(tmp_path / "d.npz", X=np.ones((len(words), 1)), y=np.array(words, float))
        options = f"file: {tmp_path / 'd.npz'}"
    said = f"the target has {few} different whole numbers; if they name classes, set task.{task}.kind=classes"
    text = f"task: {{{task}: {{{options}}}}}\ntraining: {{validation: 0.3}}"
    assert list(notes(resolved(text))) == [said] * bool(few)
    for kind in ("regression", *(["classes"] if few else [])):
        assert "whole numbers" not in " ".join(notes(resolved(text, f"task.{task}.kind={kind}")))


def test_drawn_targets_are_what_they_are():
    assert list(notes(resolved("task: {function: {expression: floor(2*x)}}"))) == []


NOTES = {
    "constant in float32": ("float32", "false", [1.7e9 + i for i in range(8)], "steps of 2e+02; it spans 7: try"),
    "standardized": ("float32", "true", [1.7e9 + i for i in range(8)], ""),
    "in float64": ("float64", "false", [1.7e9 + i for i in range(8)], ""),
    "over a year": ("float32", "false", [1.7e9 + 4e6 * i for i in range(8)], ""),
    "a rounding": ("float32", "false", [0.3, 0.1 + 0.2] * 4, "a is constant up to rounding"),
    "a standardized rounding": ("float64", "true", [0.3, 0.1 + 0.2] * 4, "a is constant up to rounding"),
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
    found = [note for note in notes(experiment) if not note.startswith("the inputs have standard deviations")]
    assert len(found) == bool(said)
    assert all(said in note for note in found)


def test_many_columns_get_few_notes(tmp_path):
    (tmp_path / "rows.csv").write_text(
        ",".join(f"t{i}" for i in range(99))
        + ",y\n"
        + "".join(f"{1.7e9 + n}," * 99 + f"{1.7e9 + n}\n" for n in range(3))
    )
    found = list(notes(resolved(f"task: {{table: {{file: {tmp_path / 'rows.csv'}, target: y}}}}")))
    assert [note.split(" to ")[0] for note in found[:2]] == [f"float32 rounds t{i}" for i in range(2)]
    assert found[2:] == ["98 more columns have the same problem"]


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
    assert (TWINS in notes(experiment)) == bool((units == units[0]).all())


@pytest.mark.parametrize("path", sorted(Path("configs").glob("*.yaml")), ids=lambda path: path.stem)
def test_no_row_of_a_healthy_config_is_worth_a_note(path):
    assert not [*_of_rows(resolve(load_document(path)))]


@pytest.mark.parametrize(
    ("task", "changes", "notes"),
    [
        (
            "{function: {expression: 4+x, samples: 8}}",
            ["output.activation=sigmoid"],
            ["100 % of the targets are outside"],
        ),
        ("{function: {expression: x, samples: 8}}", ["output.activation=relu"], ["50 % of the targets are below 0"]),
        (
            "{function: {expression: x, samples: 8, domain: [900, 990]}}",
            [],
            ["the inputs have standard deviations of 29"],
        ),
        ("{boolean: {table: '0000000001000000'}}", [], ["93.8 % of the training rows are of one class"]),
        ("{function: {expression: x, samples: 8}}", [], []),
        ("{boolean: {table: '0110'}}", [], []),
    ],
)
def test_what_rows_make_hard_is_told_before_training(task, changes, notes):
    experiment = resolve(override(read_yaml(f"task: {task}\narchitecture: [2]\n", "c.yaml"), changes))
    found = [*_of_rows(experiment)]
    assert len(found) == len(notes)
    assert all(own.startswith(start) for own, start in zip(found, notes, strict=True)), found
