"""Whatever is printed fits 80 columns, with real long names; a path alone is never broken, so that it can be copied."""

from __future__ import annotations

import json
import re

import pytest

LONG = "wide_and_deep-layer_norm-cosine_schedule-three_seeds"
NAMED = ("--name", LONG, "training.epochs=2")


def too_wide(out):
    return [line for line in out.splitlines() if len(line) > 80 and not re.fullmatch(r" *runs/\S+", line)]


@pytest.fixture
def several(cli, xor):
    """Three runs of long names, and a study."""
    for arguments in (NAMED, (*NAMED, "--seeds", "3"), ("--name", f"{LONG}-again", "task=iris", "training.epochs=1")):
        code, out, _ = cli("train", xor, *arguments)
        assert (code, too_wide(out)) == (0, [])
    sweep = ("sweep", xor, "training.learning_rate=0.1,0.123456", "regularizer=none,{dropout: 0.25}", *NAMED[2:])
    code, out, _ = cli(*sweep, "--seeds", "2")
    assert (code, too_wide(out)) == (0, [])
    return out


@pytest.mark.parametrize(
    "command", [["runs"], ["show", "latest"], ["show", LONG], ["evaluate", LONG], ["predict", LONG], ["verify", LONG]]
)
def test_it_fits_80_columns(command, several, cli):
    code, out, _ = cli(*command)
    assert (code, too_wide(out)) == (0, [])


def test_runs_are_listed_with_all_of_their_names(several, cli):
    _, out, _ = cli("runs")
    heading, *rows = out.splitlines()
    assert heading.split() == ["name", "id", "status", "task", "solved", "loss", "when"]
    found = "".join(row[: heading.index(" id") - 1].strip() for row in rows)
    assert found == f"{LONG}-again{LONG}{LONG}"


def test_the_first_trial_of_a_sweep_is_named_as_it_can_be_shown(several, cli):
    *_, first, path = several.splitlines()
    word, name = first.split()
    code, out, _ = cli("show", name)
    assert (word, code) == ("first", 0)
    assert out.splitlines()[-1].startswith(f"{path}/{name}-")


def test_of_a_name_given_again_the_newest_run_is_meant(several, cli):
    code, out, err = cli("show", LONG, "--json")
    assert (code, len(json.loads(out)["seeds"])) == (0, 3)
    folder = json.loads(out)["run"]
    assert " ".join(err.split()) == f"note: 2 runs are named {LONG}; using the newest, {folder}"
    assert cli("show", folder)[2] == cli("show", f"{LONG}-again")[2] == ""
    assert f"2 runs are named {LONG}" in cli("evaluate", LONG)[2]
    assert f"2 runs are named {LONG}" in cli("compare", LONG, folder)[2]


def test_of_a_study_given_again_the_newest_is_meant(cli, xor):
    for seeds in (2, 3):
        assert cli("compare", xor, "activation=tanh,relu", "--seeds", seeds, "training.epochs=2")[0] == 0
    code, out, err = cli("show", "compare-xor-activation", "--json")
    assert (code, json.loads(out)["comparison"]["seeds"]) == (0, 3)
    assert "2 studies are named compare-xor-activation; using the newest" in " ".join(err.split())
