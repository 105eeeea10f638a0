"""`training.record: [weights]`: the weights along the way, the same bytes after a kill, and bounded."""

from __future__ import annotations

import json
from contextlib import suppress
from itertools import pairwise

import numpy as np
import pytest

from nncli.analysis.weight_epochs import KEPT, weight_epochs
from nncli.errors import UserError
from nncli.experiments.predict import initial_network, measure, reopen
from nncli.experiments.train import run
from nncli.experiments.verify import verify
from nncli.experiments.weights_history import not_recorded, read_history
from nncli.runs.directory import RunDirectory
from nncli.storage.checksums import file_sha256

CONFIG = """
name: r
task: {moons: {samples: 20}}
architecture: [5, {dropout: 0.1}]
training:
  epochs: 60
  batch_size: 4
  learning_rate: 0.05
  validation: 0.25
  stop: {patience: 3}
  checkpoint: {every: 2 epochs, keep: 9}
  record: [weights]
seeds: 4
"""
FILE = "weights-history.npz"


class Killed(BaseException):
    """What ends a process at once: nothing is written after it."""


class At:
    """A listener that stops or kills a run at a step."""

    def __init__(self, step, kill=False):
        self.step, self.kill = step, kill

    def tick(self, epoch, now, loss):
        if now == self.step and self.kill:
            raise Killed
        return now == self.step


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "r.yaml"
    path.write_text(CONFIG, "utf-8")
    return path


@pytest.fixture
def whole(config, tmp_path):
    return run(config, runs_dir=tmp_path / "whole")


def ended(config, folder, step, kill):
    """The folder of a run that was stopped or killed at a step."""
    with suppress(Killed):
        run(config, runs_dir=folder, listener=At(step, kill))
    (path,) = folder.glob("r-*")
    return path


def test_it_begins_with_the_initial_weights_and_ends_with_the_final_ones(whole, config, tmp_path):
    history, result = read_history(RunDirectory(whole.path)), whole.result
    assert (history.seeds, history.epochs, history.stopped) == (result.seeds, weight_epochs(60), result.epochs)
    assert len(set(result.epochs)) > 1  # one stops before another, after which its best weights are restored
    plain, final = np.load(whole.path / FILE), np.load(whole.path / "weights.npz")
    for name in final["names"]:
        assert np.array_equal(plain[name][:, -1], final[name])
    with reopen(RunDirectory(whole.path)) as trained:
        assert np.array_equal(history.network(0).theta, initial_network(trained, history.seeds).theta)
    # after 5 epochs, the weights are those of a run of 5 epochs
    short = run(config, ["training.epochs=5", "training.stop.patience=null"], runs_dir=tmp_path / "short")
    k = history.epochs.index(5)
    assert np.array_equal(history.theta[:, k], [outcome.theta for outcome in short.outcomes])
    # and what they predict is what was measured then
    table = RunDirectory(whole.path).open_metrics()
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    for epoch in (0, 5):
        found = measure(history.trained(history.epochs.index(epoch)), whole.experiment.splits.train)
        assert found["loss"] == pytest.approx([row["train_loss"] for row in rows if row["epoch"] == epoch])


def test_it_changes_nothing_else(whole, config, tmp_path):
    without = run(config, ["training.record=[]"], runs_dir=tmp_path / "without")
    assert not (without.path / FILE).exists()
    for name in ("metrics.csv", "weights.npz", "data.json"):
        assert (whole.path / name).read_bytes() == (without.path / name).read_bytes()


@pytest.mark.parametrize("kill", [False, True])
@pytest.mark.parametrize("step", [1, 8, 9, 26, 40, 41, 46])
def test_a_run_that_was_killed_and_resumed_has_the_same_bytes(step, kill, whole, config, tmp_path, cli):
    part = ended(config, tmp_path / "runs", step, kill)
    assert cli("verify", part)[0] == 0
    assert (part / FILE).exists() == (not kill)
    code, _, err = cli("resume", part, "-q")
    assert code == 0, err
    assert (part / FILE).read_bytes() == (whole.path / FILE).read_bytes()
    assert FILE in (part / "SHA256SUMS").read_text()
    assert cli("verify", part)[0] == 0


def test_seeds_have_the_same_weights_alone_as_together(whole, config, tmp_path, cli):
    history = read_history(RunDirectory(whole.path))
    for row, seed in enumerate(history.seeds):
        alone = run(config, [f"seeds=[{seed}]"], runs_dir=tmp_path / "alone")
        assert np.array_equal(read_history(RunDirectory(alone.path)).theta[0], history.theta[row])
    code, _, err = cli("compare", config, "training.learning_rate=0.05,0.1", "--jobs", "1", "-q")
    assert code == 0, err
    files = {path.read_bytes() for path in tmp_path.glob(f"runs/*/*/{FILE}")}
    assert len(files) == 2
    assert (whole.path / FILE).read_bytes() in files


@pytest.mark.parametrize("change", ["byte", "missing", "final", "seeds", "epochs", "name"])
def test_verify_notices(change, whole):
    from nncli.runs.weights_history import write_history

    path, before = whole.path / FILE, file_sha256(whole.path / FILE)
    plain = dict(np.load(path))
    names = [str(name) for name in plain["names"]]
    arrays = {name: plain[name].copy() for name in names}
    seeds, epochs, stopped = (plain[name].tolist() for name in ("seeds", "epochs", "stopped"))
    if change == "byte":
        path.write_bytes(path.read_bytes().replace(b"NUMPY", b"NUMPX", 1))
    elif change == "missing":
        path.unlink()
    else:
        if change == "final":
            arrays["W1"][0, -1, 0, 0] += 1
        elif change == "seeds":
            seeds[0] += 7
        elif change == "epochs":
            epochs[1] = epochs[2]
        else:
            arrays["X1"] = arrays.pop("W1")
        write_history(path, arrays, seeds, epochs, stopped)
        sums = whole.path / "SHA256SUMS"
        sums.write_text(sums.read_text().replace(before, file_sha256(path)))
    verdict = verify(RunDirectory(whole.path))
    assert verdict.code == 7
    assert {fault.where.source for fault in verdict.faults} == {str(path)}
    said = " ".join(fault.given for fault in verdict.faults)
    expected = {
        "byte": "damaged, or cut off",
        "missing": "it is missing",
        "final": "its last weights are not those of the result",
        "seeds": "its seeds are not those of the result",
        "epochs": "its epochs are not those of this config",
        "name": "is not that of this config",
    }
    assert expected[change] in said


def test_reproduce_compares_them(whole, monkeypatch, cli, tmp_path):
    code, out, _ = cli("reproduce", whole.path, "--json", "--runs-dir", tmp_path / "again")
    assert (code, json.loads(out)["differences"]) == (0, [])
    from nncli.training.tracking import History

    see = History.see
    monkeypatch.setattr(History, "see", lambda self, epoch, theta: see(self, epoch, theta + (epoch == 2)))
    code, out, _ = cli("reproduce", whole.path, "--json", "--runs-dir", tmp_path / "again")
    assert code == 8
    assert [each["weights_epoch"] for each in json.loads(out)["differences"]] == [2, 2, 2, 2]


def test_too_many_weights_are_refused_and_the_suggestions_work(config, cli):
    code, _, err = cli("check", config, "seeds=100000")
    assert code == 2
    assert "at most 64 MB of weights are recorded, and those of 100000 seeds at 30 epochs are" in err
    assert "Try training.record=[], or seeds=" in " ".join(err.split())
    fewer = int(" ".join(err.split()).rpartition("seeds=")[2].rstrip("."))
    assert cli("check", config, f"seeds={fewer}")[0] == 0
    assert cli("check", config, f"seeds={fewer + 1}")[0] == 2
    assert cli("check", config, "seeds=100000", "training.record=[]")[0] == 0


def test_a_run_without_them_says_how_to_record_them(config, tmp_path, cli):
    without = run(config, ["training.record=[flow]"], runs_dir=tmp_path / "without")
    with pytest.raises(UserError, match="the weights were not recorded") as caught:
        read_history(RunDirectory(without.path))
    words = caught.value.hint.partition("nncli ")[2].replace("'", "")
    command, path, override = words.split(" ", 2)
    assert cli(command, path, override, "-q")[0] == 0
    assert len([*tmp_path.glob(f"runs/*/{FILE}")]) == 1
    assert "seeds=" not in caught.value.hint
    assert "seeds=[0]" in not_recorded(RunDirectory(without.path), without.experiment.with_seeds(range(99_999))).hint


@pytest.mark.parametrize("epochs", [0, 1, 2, 29, 30, 31, 100, 500, 100_000_000])
def test_the_epochs_are_about_thirty_evenly_spaced_in_the_logarithm(epochs):
    found = weight_epochs(epochs)
    assert [*found] == sorted({*found})
    assert (found[0], found[-1], len(found)) == (0, epochs, min(KEPT, epochs + 1))
    steps = [b / a for a, b in pairwise(found[8:])]
    assert epochs < 500 or max(steps) < 2.1 * min(steps)
