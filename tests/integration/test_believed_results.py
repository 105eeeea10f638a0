"""A finished run is reused only if it is what it says: of its trial, and as it was written."""

from __future__ import annotations

import json
import shutil

import pytest
from forged import sums_again

QUICK = "training.epochs=10"


def another_result(run, other):
    shutil.copy(other / "result.json", run)


def another_result_summed(run, other):
    another_result(run, other)
    sums_again(run)


def a_digit(run, _):
    text = (run / "result.json").read_text()
    (run / "result.json").write_text(text.replace('"train_loss": [\n      0.', '"train_loss": [\n      1.'))


def another_run(run, other):
    for file in other.iterdir():
        shutil.copy(file, run)


def another_config(run, _):
    text = (run / "config.yaml").read_text()
    (run / "config.yaml").write_text(text.replace("epochs: 10", "epochs: 11"))


def another_config_summed(run, _):
    another_config(run, _)
    sums_again(run)


def no_sums(run, _):
    (run / "SHA256SUMS").unlink()


CHANGES = {
    another_result: "result.json",
    another_result_summed: "result.json",
    a_digit: "result.json",
    another_run: "result.json",
    another_config: "config.yaml",
    another_config_summed: "config.yaml",
    no_sums: "SHA256SUMS",
}


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_sweep_believes_only_what_its_trials_wrote(change, cli, xor, tmp_path):
    command = ["sweep", xor, "training.learning_rate=0.01,0.1,0.2", QUICK]
    assert cli(*command)[0] == 0
    (folder,) = (tmp_path / "runs").iterdir()
    first, second, _ = sorted(path for path in folder.iterdir() if path.is_dir())
    change(first, second)
    for again in (command, [*command, "--dry-run"], ["show", folder.name]):
        code, out, err = cli(*again)
        assert (code, out) == (7, ""), again
        assert CHANGES[change] in err
        assert first.name in err
    shutil.rmtree(first)
    assert cli(*command)[0] == 0


@pytest.mark.parametrize("change", [another_result, another_result_summed, a_digit, another_config, no_sums])
def test_finished_runs_are_compared_only_if_they_are_whole(change, cli, xor, tmp_path):
    for name, rate in (("a", 0.1), ("b", 0.2)):
        assert cli("train", xor, f"training.learning_rate={rate}", QUICK, "--name", name, "-q")[0] == 0
    first, second = sorted((tmp_path / "runs").iterdir())
    assert cli("compare", "a", "b")[0] == 0
    change(first, second)
    code, out, err = cli("compare", "a", "b")
    assert (code, out) == (7, "")
    assert CHANGES[change] in err


def test_the_config_of_a_trial_may_be_written_in_other_words(cli, xor, tmp_path):
    command = ["sweep", xor, "training.learning_rate=0.01,0.1", QUICK, "--json"]
    before = json.loads(cli(*command)[1])
    (folder,) = (tmp_path / "runs").iterdir()
    run = next(path for path in folder.iterdir() if path.is_dir())
    text = (run / "config.yaml").read_text()
    (run / "config.yaml").write_text("# by another version\n" + text.replace("threads: 1\n", ""))
    sums_again(run)
    code, out, err = cli(*command)
    assert (code, json.loads(out)) == (0, before)
    assert "2 of 2 trials were already done" in err
