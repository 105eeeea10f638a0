"""`nncli verify`, `reproduce` and `resume` on runs that are intact, damaged, or interrupted."""

from __future__ import annotations

import json
import os
import re

import pytest
from read_back import read_weights

from nncli.experiments.predict import ROWS, hashes, reopen
from nncli.runs.directory import RunDirectory

CONFIG = """
task: xor
architecture: [3, {dropout: 0.2}]
training: {epochs: 6, batch_size: 3, stop: {solved: false}}
seeds: 2
"""


@pytest.fixture
def run(train, write):
    """A finished run."""
    return RunDirectory.open(train(write(CONFIG)).path)


def edit(name, change):
    """Changes the bytes of a file of a run."""

    def act(run):
        path = run.path / name
        before = path.read_bytes()
        path.write_bytes(change(before))
        assert path.read_bytes() != before

    return act


def swap_seeds(run):
    """Both files are whole, but the result is of the seeds the other way round."""
    result = run.read_result()
    result["weights_sha256"].reverse()
    rewrite(run, result)


def rewrite(run, result):
    """A result that somebody wrote, with sums that fit."""
    with RunDirectory.take(run.path) as directory:
        directory.write_result(result)


def rename(run):
    """A result with the name of another run."""
    rewrite(run, {**run.read_result(), "run": "xor-20260101T000000Z-abcdef"})


def pipe(path):
    """Puts a pipe in the place of a file, at which whoever opens it waits for ever."""
    if not hasattr(os, "mkfifo"):
        pytest.skip("no pipes with names on this platform")
    path.unlink()
    os.mkfifo(path)


ANOTHER = "it has changed since it was written: its SHA-256 differs."
DAMAGED = "damaged, or cut off: its bytes do not match the SHA-256 at its end."

SPOILT = {
    "a digit of the metrics": (edit("metrics.csv", lambda b: b.replace(b"0.", b"1.", 1)), ["metrics.csv: " + ANOTHER]),
    "metrics that are no table": (
        edit("metrics.csv", lambda b: b"a,b\n" + b),
        ["metrics.csv: not a table of metrics: it does not begin with seed, epoch, step.", "metrics.csv: " + ANOTHER],
    ),
    "a metric that is a word": (
        edit("metrics.csv", lambda b: b.replace(b"\n1,2,", b"\n1,2,x", 1)),
        ["metrics.csv:7: a cell that is not a number: ", "metrics.csv: " + ANOTHER],
    ),
    "an epoch and a half": (
        edit("metrics.csv", lambda b: b.replace(b"\n1,2,", b"\n1,2.5,", 1)),
        [
            "metrics.csv: not a table of metrics: a seed, epoch or step is not",
            "metrics.csv: " + ANOTHER,
        ],
    ),
    "a row of two cells": (
        edit("metrics.csv", lambda b: b + b"1,6\n"),
        ["metrics.csv:16: 2 cells under ", "metrics.csv: " + ANOTHER],
    ),
    "metrics without a line end": (
        edit("metrics.csv", lambda b: b"0" * (1 << 20)),
        ["metrics.csv: not CSV text: a line has more than 65536 bytes", "metrics.csv: " + ANOTHER],
    ),
    "metrics that are gone": (lambda run: (run.path / "metrics.csv").unlink(), ["metrics.csv: it is missing."]),
    "a metric of the result": (
        edit("result.json", lambda b: b.replace(b": 0.", b": 1.", 1)),
        ["result.json: " + ANOTHER],
    ),
    "half a result": (
        edit("result.json", lambda b: b[:200]),
        ["result.json: not valid JSON", "result.json: " + ANOTHER],
    ),
    "the result of another": (rename, ["result.json: it is the result of another run: xor-20260101T000000Z-abcdef."]),
    "lists of different lengths": (
        lambda run: rewrite(run, {**run.read_result(), "epochs": [6]}),
        ["result.json: this is not the result of a run: epochs has 1 items for 2 seeds."],
    ),
    "a bit of a weight": (
        edit("weights.npz", lambda b: b[:700] + bytes([b[700] ^ 1]) + b[701:]),
        ["weights.npz: " + ANOTHER, "weights.npz: " + DAMAGED],
    ),
    "seeds the other way round": (
        swap_seeds,
        [f"weights.npz: the weights of seed {seed} are not those of the result." for seed in (0, 1)],
    ),
    "another learning rate": (edit("config.yaml", lambda b: b.replace(b"0.01", b"0.02")), ["config.yaml: " + ANOTHER]),
    "a config that is none": (
        edit("config.yaml", lambda b: b + b"what: 1\n"),
        ["config.yaml:", "config.yaml: " + ANOTHER],
    ),
    "an environment that is none": (
        edit("environment.json", lambda b: b"[]"),
        ["environment.json: not a JSON object.", "environment.json: " + ANOTHER],
    ),
    "data that are none": (
        edit("data.json", lambda b: b"{}"),
        ["data.json: it does not describe", "data.json: " + ANOTHER],
    ),
    "a pipe": (lambda run: pipe(run.path / "metrics.csv"), ["metrics.csv: not a file."]),
    "a pipe of weights": (lambda run: pipe(run.path / "weights.npz"), ["weights.npz: not a file."]),
    "no sums": (
        lambda run: (run.path / "SHA256SUMS").unlink(),
        ["SHA256SUMS: it is missing, though the run has a result."],
    ),
    "sums of the result alone": (
        edit("SHA256SUMS", lambda b: next(line for line in b.splitlines(True) if b"result.json" in line)),
        ["SHA256SUMS: it does not list config.yaml, data.json, environment.json, metrics.csv, weights.npz."],
    ),
    "no result, and other metrics": (
        lambda run: [
            (run.path / "result.json").unlink(),
            edit("metrics.csv", lambda b: b.replace(b"0.", b"1.", 1))(run),
        ],
        ["metrics.csv: " + ANOTHER],
    ),
    "sums that are none": (edit("SHA256SUMS", lambda b: b"\n" + b), ["SHA256SUMS: not a list of SHA-256 sums."]),
    "sums of a file outside": (
        edit("SHA256SUMS", lambda b: b"0" * 64 + b"  ../x\n"),
        ["SHA256SUMS: not a list of SHA-256 sums."],
    ),
}


def test_a_whole_run(run, cli):
    code, out, err = cli("verify", run.path)
    assert (code, err) == (0, "")
    assert out == f"{run.path.name}   completed   7 files   whole\n"
    code, out, _ = cli("verify", run.path, run.path.name, "--json")
    (record, again) = json.loads(out)["runs"]
    assert record == again
    assert record == {
        "run": run.path.name,
        "status": "completed",
        "checked": [
            "config.yaml", "environment.json", "data.json", "metrics.csv", "result.json", "SHA256SUMS", "weights.npz",
        ],
        "faults": [],
    }  # fmt: skip


def whole_faults(out):
    """Each fault in one line, as before it was laid out."""
    return re.sub(r"\n {4}(?=\S)", " ", out)


@pytest.mark.parametrize("what", SPOILT)
def test_a_spoilt_run(what, run, cli):
    spoil, expected = SPOILT[what]
    spoil(run)
    code, out, err = cli("verify", run.path)
    assert (code, err) == (7, "")
    headline, *faults = whole_faults(out).splitlines()
    found = [fault.removeprefix(f"  {run.path}/") for fault in faults]
    assert re.search(rf"   {len(faults)} faults?$", headline)
    for start in expected:
        assert any(fault.startswith(start) for fault in found), (start, found)


def test_every_byte_of_every_file_is_watched(run, cli):
    """Flip one in each file of the run, wherever it is."""
    for path in sorted(run.path.iterdir()):
        if path.name == "lock":
            continue
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) // 3] + bytes([whole[len(whole) // 3] ^ 4]) + whole[len(whole) // 3 + 1 :])
        assert cli("verify", run.path)[0] == 7, path.name
        path.write_bytes(whole)
    assert cli("verify", run.path)[0] == 0


def test_sums_are_those_of_the_shell(run, tmp_path):
    import shutil
    import subprocess

    if shutil.which("sha256sum") is None:
        pytest.skip("no sha256sum on this machine")
    done = subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=run.path, check=False)
    assert done.returncode == 0


def test_reproduced(run, cli):
    code, out, err = cli("reproduce", run.path)
    assert (code, err) == (0, "")
    *headline, verdict, again = out.splitlines()
    assert headline[0].startswith("x (xor)   2 → 3 tanh")
    assert verdict == "reproduced: the weights of 2 seeds are bit-identical"
    assert cli("verify", again)[0] == 0


def test_not_reproduced(run, cli):
    """As if it had been trained where numbers are added in another order: seed 1 ended otherwise, from epoch 3 on."""
    lines = (run.path / "metrics.csv").read_text().splitlines()
    for row, line in enumerate(lines):
        if line.startswith(("1,3,", "1,5,")):
            lines[row] = line.replace(line.split(",")[3], "0.5")
    (run.path / "metrics.csv").write_text("\n".join(lines) + "\n")
    environment = json.loads((run.path / "environment.json").read_text())
    environment["blas"]["architecture"] = "Abacus"
    (run.path / "environment.json").write_text(json.dumps(environment))
    _, arrays, seeds = read_weights(run.path / "weights.npz")
    arrays["W1"][1] += 0.5
    with RunDirectory.take(run.path) as directory:
        directory.write_weights(arrays, seeds)
    found = [sha256 for _, sha256 in hashes(run)]
    rewrite(run, run.read_result() | {"weights_sha256": found})
    assert cli("verify", run.path)[0] == 0
    code, out, err = cli("reproduce", run.path)
    assert (code, err) == (8, "")
    assert (
        "not reproduced: the weights of 1 of 2 seeds differ\n  seed 1: from epoch 3 on; train_loss was 0.5, is 0."
        in out
    )
    assert "the environment differs: blas architecture Abacus, now " in out
    code, out, _ = cli("reproduce", run.path, "--json")
    assert code == 8
    found = json.loads(out)
    assert (found["run"], found["reproduced"], found["seeds"]) == (run.path.name, False, 2)
    assert [(d["seed"], d["epoch"], d["metric"], d["before"]) for d in found["differences"]] == [
        (1, 3, "train_loss", 0.5)
    ]
    assert found["environment"][0].startswith("blas architecture Abacus, now ")


def test_a_damaged_run_is_not_compared_with(run, cli, tmp_path):
    edit("metrics.csv", lambda b: b.replace(b"0.", b"1.", 1))(run)
    code, _, err = cli("reproduce", run.path)
    assert code == 7
    assert "this run is damaged: " in err
    assert len(list((tmp_path / "runs").iterdir())) == 1  # nothing was trained


def test_only_what_is_over_can_be_reproduced(run, cli):
    (run.path / "result.json").unlink()
    code, _, err = cli("reproduce", run.path)
    assert code == 2
    assert err == (
        f"{run.path}: this run is interrupted, so there is nothing to compare with. "
        f"Finish it first: nncli resume {run.path}.\n"
    )


def test_a_run_that_is_over_is_only_told_again(run, cli):
    before = {path.name: path.read_bytes() for path in run.path.iterdir()}
    code, out, err = cli("resume", run.path)
    assert (code, err) == (0, "note: this run is completed; nothing is left to train\n")
    assert out.endswith(f"{run.path}\n")
    assert {path.name: path.read_bytes() for path in run.path.iterdir()} == before
    code, out, _ = cli("resume", run.path, "--json")
    assert json.loads(out) == json.loads(before["result.json"])


def test_without_a_checkpoint_it_begins_again(run, cli):
    expected = run.read_result()
    metrics = (run.path / "metrics.csv").read_bytes()
    (run.path / "result.json").unlink()
    code, _, err = cli("resume", run.path, "-q")
    assert (code, err) == (0, "note: no checkpoint found: training restarts from the beginning\n")
    assert (run.read_result() or {})["weights_sha256"] == expected["weights_sha256"]
    assert (run.path / "metrics.csv").read_bytes() == metrics
    assert (run.path / "metrics-cut-0.csv").read_bytes() == metrics


def test_a_diverged_run_is_over(cli, write):
    diverging = (
        "task: xor\narchitecture: [4]\ntraining: {optimizer: sgd, learning_rate: 1e6, epochs: 9}\n"
        "activation: relu\noutput: {loss: mean_squared_error, activation: linear}\n"
    )
    assert cli("train", write(diverging), "-q")[0] == 5
    assert cli("resume", "latest", "-q")[0] == 5
    assert cli("verify", "latest")[0] == 0
    assert cli("reproduce", "latest")[0] == 0


@pytest.fixture
def interrupted(tmp_path, write):
    """Trains a config until a step, as if Ctrl-C came there: the finished run."""
    from nncli.experiments import train as experiment
    from nncli.experiments.recorder import Silent

    class Signal(Silent):
        def __init__(self, at):
            self.at = at

        def tick(self, epoch, step, loss):
            return step == self.at

    return lambda text, at: experiment.run(write(text), runs_dir=tmp_path / "runs", listener=Signal(at))


ONE_DIVERGES = """
task: sine
architecture: [32]
activation: relu
training: {optimizer: sgd, learning_rate: 0.45, epochs: 60, stop: {solved: false}}
seeds: 6
"""


def test_an_interrupted_run_of_which_a_seed_has_diverged_continues(interrupted, cli, train, write):
    """Whether a seed has diverged or not, those that still train are not lost."""
    whole = train(write(ONE_DIVERGES)).result
    diverged = sorted(found.step for found in whole.divergence if found)
    assert 0 < len(diverged) < 6
    cut = interrupted(ONE_DIVERGES, diverged[0] + 1)
    assert cut.result.status == "interrupted"
    code, _, _ = cli("resume", cut.path, "-q")
    assert code == 5
    run = RunDirectory.open(cut.path)
    assert run.status == "diverged"
    assert (run.read_result() or {})["weights_sha256"] == list(whole.weights_sha256)


def test_a_run_of_two_threads_continues_without_an_alarm(interrupted, cli):
    cut = interrupted(CONFIG + "threads: 2\n", 3)
    code, _, err = cli("resume", cut.path, "-q")
    assert code == 0
    assert "environment" not in err
    assert (RunDirectory.open(cut.path).read_result() or {})["exact"] is True


def test_a_run_may_be_reached_as_the_working_directory(interrupted, cli, monkeypatch):
    cut = interrupted(CONFIG, 3)
    monkeypatch.chdir(cut.path)
    assert cli("resume", ".", "-q")[0] == 0
    assert (RunDirectory.open(cut.path).read_result() or {})["run"] == cut.path.name
    code, out, _ = cli("verify", ".")
    assert code == 0
    assert out.startswith(cut.path.name)


def test_a_renamed_run_is_whole(run, cli, tmp_path):
    run.path.rename(tmp_path / "the good one")
    assert cli("verify", tmp_path / "the good one")[0] == 0


def test_many_are_verified_and_what_is_no_run_is_passed_over(run, cli, tmp_path):
    (tmp_path / "runs" / "README.md").write_text("mine")
    (tmp_path / "runs" / "empty").mkdir()
    assert cli("compare", "x.yaml", "activation=tanh,relu", "training.epochs=2")[0] == 0
    code, out, err = cli("verify", *sorted((tmp_path / "runs").iterdir()))
    assert code == 0
    assert out.count("   whole\n") == 4  # the study itself too
    assert [line.split()[1].rpartition("/")[2] for line in err.splitlines()] == ["README.md", "empty"]
    code, _, err = cli("verify", tmp_path / "runs" / "empty")
    assert code == 4
    assert err.splitlines()[1].endswith("none of these is a run or a study.")


def test_what_was_cut_before_is_kept(interrupted, cli):
    """A second resume from the same checkpoint cuts less than the first."""
    cut = interrupted(CONFIG, 5)
    kept = cut.path / "metrics-cut-0.csv"
    for path in cut.path.glob("checkpoint-*"):
        path.unlink()
    recorded = (cut.path / "metrics.csv").read_bytes()
    assert cli("resume", cut.path, "-q")[0] == 0
    assert kept.read_bytes() == recorded
    (cut.path / "result.json").unlink()
    (cut.path / "metrics.csv").write_bytes(recorded[:200])
    assert cli("resume", cut.path, "-q")[0] == 0
    assert kept.read_bytes() == recorded


@pytest.mark.parametrize("seeds", [[1, 0], [0, 2], [0, 0]])
def test_weights_of_other_seeds(seeds, run, cli):
    _, arrays, _ = read_weights(run.path / "weights.npz")
    with RunDirectory.take(run.path) as directory:
        directory.write_weights(arrays, seeds)
        directory.write_result(run.read_result())
    code, out, _ = cli("verify", run.path)
    assert code == 7
    assert whole_faults(out).endswith(f"\n  {run.path}/weights.npz: its seeds are not those of the result.\n")


def test_weights_are_read_in_groups_of_replicas(run, cli, monkeypatch):
    """However small the groups are, all comes out the same."""
    commands = ["predict {}", "predict {} --csv --seed 1", "evaluate {} --json", "show {} --weights --seed 1"]
    whole = [cli(*command.format(run.path).split()) for command in commands]
    assert [code for code, *_ in whole] == [0] * len(commands)
    for size, outputs in ((1, 1 << 22), (200, 1 << 22), (1 << 24, ROWS), (1, ROWS)):
        monkeypatch.setattr("nncli.runs.weights.GROUP", size)
        monkeypatch.setattr("nncli.experiments.predict.OUTPUTS", outputs)
        with reopen(run) as trained:
            assert [seed for network in trained.networks() for seed in network.seeds] == [*trained.seeds]
            assert len([*trained.networks()]) == (1 if size > 1 and outputs > ROWS else len(trained.seeds))
        assert [cli(*command.format(run.path).split()) for command in commands] == whole
        assert cli("verify", run.path)[0] == 0
    swap_seeds(run)
    assert cli("verify", run.path)[1].count("are not those of the result") == 2
