"""What `nncli evaluate` and `nncli predict` make of archives of new rows."""

from __future__ import annotations

import json

import numpy as np
import pytest

RNG = np.random.default_rng(3)
X = RNG.standard_normal((12, 2))
WORDS = np.array(["benign", "malignant", "odd"])
CLASS = np.arange(12) % 3
RUNS = {"binary": CLASS % 2, "classes": CLASS}
"""Runs of words, and of the rows of X the number of each one's word."""


@pytest.fixture
def measured(cli, write, tmp_path):
    """Trains on a table of words; says what `evaluate` makes of targets in an archive, in its three answers."""

    def evaluate(run, targets):
        if not (tmp_path / "runs").exists():
            rows = [f"{a},{b},{WORDS[number]}" for (a, b), number in zip(X, RUNS[run], strict=True)]
            (tmp_path / "d.csv").write_text("\n".join(["a,b,what", *rows]) + "\n")
            config = write("task: {table: {file: d.csv, target: what}}\narchitecture: [5]\ntraining: {epochs: 3}")
            assert cli("train", config, "-q")[0] == 0
        np.savez(tmp_path / "new.npz", X=X, y=targets)
        return cli("evaluate", "latest", "new.npz", "--json")

    return evaluate


@pytest.mark.parametrize("run", RUNS)
def test_classes_by_their_words_by_their_numbers_and_as_one_hot_rows(run, measured, cli):
    number = RUNS[run]
    count = number.max() + 1
    answers = [
        measured(run, targets)
        for targets in (
            WORDS[number],
            WORDS[number][:, None],
            WORDS[number].astype("U40"),
            number,
            number.astype(np.uint8)[:, None],
            number.astype(np.float32),
            *([np.eye(count)[number]] if run == "classes" else [number.astype(bool)]),
        )
    ]
    table = json.loads(cli("evaluate", "latest", "d.csv", "--json")[1])["metrics"]
    assert table["accuracy"][0] > 0
    for code, out, err in answers:
        assert (code, err) == (0, "")
        assert json.loads(out)["metrics"] == table
    other = json.loads(measured(run, WORDS[(number + 1) % count])[1])["metrics"]
    assert other["accuracy"] != table["accuracy"] or other["loss"] != table["loss"]


def in_row(row, value, array):
    array = array.copy()
    array[row] = value
    return array


KNOWN = "Known: benign, malignant"
COUNTED = f"{KNOWN}, or their numbers 0 to 1"
MISTAKES = {
    "another word": (in_row(7, "cow", WORDS[CLASS % 2]), f"y[7]: 'cow' is not a class of this run. {KNOWN}."),
    "the first of them": (
        in_row([4, 9], ["x", "b"], WORDS[CLASS % 2]),
        f"y[4]: 'x' is not a class of this run. {KNOWN}.",
    ),
    "a number in words": (in_row(0, "0", WORDS[CLASS % 2]), f"y[0]: '0' is not a class of this run. {KNOWN}."),
    "another number": (in_row(3, 2, CLASS % 2), f"y[3]: '2' is not a class of this run. {COUNTED}."),
    "half a number": (in_row(3, 0.5, CLASS * 0.0), f"y[3]: '0.5' is not a class of this run. {COUNTED}."),
    "a negative number": (in_row(3, -1, CLASS % 2), "y[3]: '-1' is not a class of this run."),
    "nan": (in_row(3, np.nan, CLASS * 0.0), "y: y[3] is nan. All numbers must be finite."),
    "three axes": ((CLASS % 2)[:, None, None], "y: the array of shape (12, 1, 1) has rank 3. Allowed: 1 or 2"),
    "two texts a row": (WORDS[np.eye(2, dtype=int)[CLASS % 2]], "y: a target has 2 strings. Write one, the name of a"),
    "two numbers a row": (np.eye(2)[CLASS % 2], "y: a target has 2 numbers, but this network predicts 1."),
    "fewer rows": (CLASS[:5] % 2, "y: there are 5 rows, but 12 in X. Each row of inputs needs one row of targets."),
    "orders for a terminal": (in_row(0, "\x1b[2J", WORDS[CLASS % 2]), "y[0]: '\\x1b[2J' is not a class of this run."),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_targets_that_are_no_classes(name, measured):
    targets, words = MISTAKES[name]
    code, out, err = measured("binary", targets)
    assert (code, out) == (3, "")
    assert err.startswith(f"new.npz:{words}"), err
    assert err.count("\n") == 1


def test_classes_that_are_called_by_numbers_are_not_counted(cli, write, tmp_path):
    """7 is the second class, and 1 is none."""
    np.savez(tmp_path / "d.npz", X=X, y=np.array([3, 7])[CLASS % 2])
    assert cli("train", write("task: {arrays: {file: d.npz}}\narchitecture: [4]"), "-q", "training.epochs=2")[0] == 0
    answers = []
    for targets in (np.array([3, 7])[CLASS % 2], np.array(["3", "7"])[CLASS % 2], CLASS % 2):
        np.savez(tmp_path / "new.npz", X=X, y=targets)
        answers.append(cli("evaluate", "latest", "new.npz"))
    assert answers[0] == answers[1]
    assert answers[0][0] == 0
    assert answers[2] == (3, "", "new.npz:y[0]: '0' is not a class of this run. Known: 3, 7.\n")


@pytest.mark.parametrize("command", ["predict", "evaluate"])
def test_a_number_that_is_not_finite_is_told_with_its_index(command, cli, write, tmp_path):
    assert cli("train", write("task: xor\narchitecture: [4]"), "-q", "training.epochs=2")[0] == 0
    np.savez(tmp_path / "new.npz", X=in_row((2, 1), np.nan, X), y=CLASS % 2)
    assert cli(command, "latest", "new.npz") == (3, "", "new.npz:X: X[2, 1] is nan. All numbers must be finite.\n")


def test_texts_are_no_numbers(cli, write, tmp_path):
    assert cli("train", write("task: sine\narchitecture: [4]"), "-q", "training.epochs=2")[0] == 0
    np.savez(tmp_path / "new.npz", X=X[:, :1], y=WORDS[CLASS])
    assert cli("evaluate", "latest", "new.npz") == (3, "", "new.npz:y: the array holds <U9. Write numbers.\n")
