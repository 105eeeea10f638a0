"""`nncli separable` as a user types it."""

from __future__ import annotations

import json

import pytest


@pytest.mark.parametrize("task", ["xor", '{boolean: {table: "0110"}}', "parity"])
def test_a_certificate_is_printed(cli, task):
    code, out, _ = cli("separable", task)
    assert code == 0
    assert "not separable: rows of both classes surround the same point" in out
    assert max(map(len, out.splitlines())) <= 80
    plain = json.loads(cli("separable", task, "--json")[1])
    assert (plain["separable"], plain["margin"]) == (False, None)
    assert sum(int(row) > 0 for side in ("positive", "negative") for row, _ in plain["certificate"][side]) >= 2


def test_a_hyperplane_is_printed(cli):
    code, out, _ = cli("separable", "and")
    assert code == 0
    assert "x1 + x2 - 3/2 > 0   1 row of class 1\n              < 0   3 rows of class 0" in out
    plain = json.loads(cli("separable", "and", "--json")[1])
    assert plain == {
        "rows": 4,
        "separable": True,
        "margin": pytest.approx(0.125**0.5),
        "hyperplane": {"weights": ["1", "1"], "bias": "-3/2"},
    }


def test_a_hidden_layer_makes_xor_separable(cli, xor):
    assert cli("train", xor, "-q", "seeds=2")[0] == 0
    found = [
        json.loads(cli("separable", "--run", "latest", "--seed", "1", "--layer", layer, "--json")[1])["separable"]
        for layer in "01"
    ]
    assert found == [False, True]
    assert "the run has several seeds. Choose one, as in --seed 0" in cli("separable", "--run", "latest")[2]
    code, _, err = cli("separable", "--run", "latest", "--seed", "1", "--layer", "2")
    assert code == 2
    assert "the network has no hidden layer 2" in err


def test_each_of_several_classes_is_asked_against_the_others(cli):
    code, out, _ = cli("separable", "iris")
    assert code == 0
    assert max(map(len, out.splitlines())) <= 80
    assert [line for line in out.splitlines() if line.endswith("from the others")] == [
        "setosa: separable from the others",
        "versicolor: not separable from the others",
        "virginica: not separable from the others",
    ]
    assert "A softmax output may" in out
    plain = json.loads(cli("separable", "iris", "--json")[1])
    assert (plain["rows"], plain["separable"], plain["margin"]) == (150, False, None)
    assert [(own["class"], own["rows"], own["separable"]) for own in plain["classes"]] == [
        ("setosa", 50, True),
        ("versicolor", 50, False),
        ("virginica", 50, False),
    ]
    assert ["hyperplane" in own for own in plain["classes"]] == [True, False, False]


def test_functions_are_counted(cli):
    assert cli("separable", "--count", "2")[1] == "14 of 16 Boolean functions of 2 inputs are separable\n"
    assert json.loads(cli("separable", "--count", "2", "--json")[1]) == {"inputs": 2, "functions": 16, "separable": 14}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "give one of TASK, --run and --count"),
        (["xor", "--count", "2"], "give one of TASK, --run and --count"),
        (["xro"], "unknown task 'xro'. Did you mean 'xor'?"),
        (["sine"], "a hyperplane separates classes, but this task is a regression"),
        (["xor", "--layer", "1"], "--layer: only a run has it. Add --run RUN"),
        (["--count", "5"], "functions of more than 4 inputs are too many to count"),
        (["--run", "nothing"], "nothing"),
    ],
)
def test_what_cannot_be_asked_is_refused(cli, arguments, words):
    code, out, err = cli("separable", *arguments)
    assert (code, out) in {(2, ""), (4, "")}
    assert words in " ".join(err.split())
