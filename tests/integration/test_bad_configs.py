"""A mistake in a config costs a second: exit code 2, a sentence for each with its place, and no file left."""

from __future__ import annotations

import re

import pytest
from bad_configs import BAD_CONFIGS, BAD_OVERRIDES
from samples import seldom

SUFFIX = re.compile(r"\n\d+ errors; nothing was trained\.$")


def check(said, answers, source):
    """Each line begins at its place, holds its words, and is one sentence after another."""
    lines = SUFFIX.sub("", said.rstrip("\n")).split("\n")
    assert len(lines) == len(answers), said
    for line, (place, words) in zip(lines, answers, strict=True):
        assert line.startswith(f"{source}:{place}: " if place else f"{source}: "), line
        assert words in line
        assert line.endswith((".", "?"))
        assert not line.endswith(("..", "?."))


@pytest.mark.parametrize("case", BAD_CONFIGS)
def test_a_bad_config(case, cli, tmp_path):
    text, answers = BAD_CONFIGS[case]
    (tmp_path / "x.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
    code, out, err = cli("train", "x.yaml")
    assert (code, out) == (2, "")
    check(err, answers, "x.yaml")
    assert bool(SUFFIX.search(err.rstrip("\n"))) == (len(answers) > 1)
    assert [path.name for path in tmp_path.iterdir()] == ["x.yaml"]


@pytest.mark.parametrize("case", BAD_OVERRIDES)
def test_a_bad_override(case, cli, tmp_path, xor):
    argument, key, words = BAD_OVERRIDES[case]
    code, out, err = cli("train", xor, argument)
    assert (code, out) == (2, "")
    check(err, [(None, words)], f"override '{argument}': {key}" if key else f"override '{argument}'")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ("good.yml", "good.yml: no such file. Did you mean 'good.yaml'?"),
        ("nowhere/good.yaml", "nowhere/good.yaml: no such file."),
        ("folder", "folder: this is a folder, not a config file."),
        ("my xor.yaml", "my xor.yaml: 'my xor' cannot name a run. Rename the file, or set a name"),
    ],
)
def test_a_path_that_is_no_config(config, said, cli, write, tmp_path):
    write("task: xor\n", "good.yaml")
    write("task: xor\n", "my xor.yaml")
    (tmp_path / "folder").mkdir()
    code, out, err = cli("check", config)
    assert (code, out) == (2, "")
    assert err.startswith(said)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["trian"], "No such command 'trian'. Did you mean 'train'?"),
        (["train"], "Missing argument 'CONFIG'"),
        (["train", "x.yaml", "--bogus"], "No such option: --bogus"),
        (["train", "x.yaml", "--threads", "0"], "'--threads'"),
        (["train", "x.yaml", "--expect", "good"], "--expect: 'good' is not a condition."),
        (
            ["train", "x.yaml", "--expect", "train_los<1"],
            "--expect: unknown metric 'train_los'. Did you mean 'train_loss'?",
        ),
        (["train", "x.yaml", "--seeds", "x"], "--seeds: 'x' is not a count of seeds or a list of seeds. Write a count"),
        (["train", "x.yaml", "--seeds", "[1, 1]"], "--seeds: seed 1 is given twice."),
        (["train", "x.yaml", "--seeds", "[1"], "--seeds: a ',' or the closing bracket"),
        (["compare", "x.yaml", "--seeds", "0"], "--seeds: 0 is not a count of seeds"),
        (["sweep", "x.yaml", "activation=tanh,relu", "--seeds", "1,2"], "--seeds: '1,2' is not a count of seeds"),
        (["sweep", "x.yaml", "activation=tanh,relu", "--random", "0"], "'0' is not a whole number ≥ 1"),
        (["compare", "x.yaml", "--jobs", "two"], "'two' is not a whole number ≥ 1"),
        (["predict", "latest", "d.csv", "--seed", "x"], "'--seed': 'x' is not a whole number ≥ 0"),
        (["evaluate", "latest", "--seed", "-1"], "'--seed': '-1' is not a whole number ≥ 0"),
        (["runs", "-n", "1.5"], "'1.5' is not a whole number ≥ 1"),
        (["list", "activatons"], "unknown kind 'activatons'. Did you mean 'activations'? Known: tasks"),
        (["list", "activations", "rleu"], "unknown activation 'rleu'. Did you mean 'relu'? Known: elu"),
        (["new", "x y"], "'x y' cannot name a run."),
        (["new", "y", "--task", "xr"], "unknown task 'xr'. Did you mean 'xor'?"),
    ],
    ids=" ".join,
)
def test_a_bad_command(arguments, words, cli, write, tmp_path):
    write("task: xor\n")
    code, out, err = cli(*arguments)
    assert (code, out) == (2, "")
    assert words in err
    assert [path.name for path in tmp_path.iterdir()] == ["x.yaml"]


@pytest.mark.parametrize(
    "case",
    seldom(
        ["syntax: 30,000 open brackets", "value: a list for a name", "several: in the order of the text"],
        "value: a list for a name",
        "several: in the order of the text",
    ),
)
def test_a_bad_config_in_a_process_of_its_own(case, nncli, write, tmp_path):
    text, answers = BAD_CONFIGS[case]
    write(text)
    code, out, err = nncli("train", "x.yaml")
    assert (code, out) == (2, "")
    check(err, answers, "x.yaml")
    assert not (tmp_path / "runs").exists()


def test_more_than_the_memory_holds(cli, write, tmp_path):
    write("task: xor\narchitecture: [1000000, 1000000, 1000000]\nseeds: 1000\n")
    code, _, err = cli("train", "x.yaml")
    assert code == 2
    assert "\nnot enough memory for this network with 1000 seeds. Try fewer units, fewer seeds" in err
    assert not (tmp_path / "runs").exists()
