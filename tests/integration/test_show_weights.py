"""`nncli show RUN --weights`: the numbers of a small network, readable."""

from __future__ import annotations

import json

import numpy as np
import pytest

from nncli.report.weights_text import MOST, weight_lines


@pytest.mark.parametrize("seed", [None, 3])
def test_they_are_those_of_the_file(seed, cli, xor, tmp_path):
    assert cli("train", xor, "-q", "seeds=[7, 3]")[0] == 0
    given = [] if seed is None else ["--seed", seed]
    shown = json.loads(cli("show", "latest", "--weights", "--json", *given)[1])["weights"]
    (path,) = tmp_path.glob("runs/*/weights.npz")
    with np.load(path) as archive:
        assert shown == {"seed": seed or 7} | {n: archive[n][int(seed == 3)].tolist() for n in archive["names"]}
    code, out, err = cli("show", "latest", "--weights", *given)
    assert (code, err) == (0, "")
    assert f"\nweights of seed {seed or 7}\nW1   2 × 4\n" in out
    lines = out.splitlines()
    (first,) = (row.split() for row in lines[lines.index("W1   2 × 4") + 1 : lines.index("W1   2 × 4") + 2])
    assert [float(text) for text in first] == pytest.approx(shown["W1"][0], rel=1e-3)


def test_they_are_aligned_and_fit_the_width():
    weights = {"W1": np.linspace(-1e-7, 12345.678, 40).reshape(2, 20), "b1": np.zeros(20), "K": np.ones((2, 2, 1, 3))}
    lines = list(weight_lines(weights, 80))
    assert max(map(len, lines)) <= 80
    assert [line for line in lines if line[0] != " "] == ["W1   2 × 20", "b1   20", "K   2 × 2 × 1 × 3"]
    numbers = [line for line in lines if line[0] == " "]
    assert sum(len(line.split()) for line in numbers) == 40 + 20 + 12
    ends = [[i for i in range(len(line)) if line[i] != " " and line[i + 1 : i + 2] in ("", " ")] for line in numbers]
    assert all(own == ends[0][: len(own)] for own in ends)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["latest", "--weights"], f"321 weights are too many to print: more than {MOST}. They are arrays in runs/"),
        (["latest", "--weights", "--seed", "9"], "--seed: the run has no seed 9. Its seeds: 0"),
        (["latest", "--seed", "0"], "--seed: only valid with --weights. Add --weights"),
    ],
)
def test_what_cannot_be_shown_is_2(arguments, words, cli, xor):
    assert cli("train", xor, "-q", "architecture=[80]", "training.epochs=1")[0] == 0
    code, out, err = cli("show", *arguments)
    assert (code, out) == (2, "")
    assert words in " ".join(err.split())
    assert "weights.npz" in err or "--seed" in err


def test_a_study_has_none_of_its_own(cli, xor):
    assert cli("compare", xor, "activation=tanh,relu", "training.epochs=1", "--seeds", "2", "-q")[0] == 0
    assert cli("show", "latest", "--weights")[0] == 2
