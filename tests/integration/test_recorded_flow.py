"""`training.record: [flow]`: a table beside the metrics, whole after a resume, alike in a study."""

from __future__ import annotations

import csv
import json

import pytest

from nncli.experiments.recorder import FLOW_COLUMNS
from nncli.experiments.train import run
from nncli.experiments.verify import verify
from nncli.runs.directory import RunDirectory

CONFIG = """
name: r
task: xor
architecture: [5, {dropout: 0.2}, 3]
activation: relu
training: {epochs: 6, batch_size: 2, stop: {solved: false}, checkpoint: {every: 2 epochs, keep: 9}, record: [flow]}
seeds: 3
"""


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "r.yaml"
    path.write_text(CONFIG, "utf-8")
    return path


def stopped(config, folder, step, *overrides):
    """A run that was asked to stop after a step."""

    class Impatient:
        def tick(self, epoch, now, loss):
            return now == step

    return run(config, overrides, runs_dir=folder, listener=Impatient())


def rows_of(path):
    with open(path / "flow.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_it_is_recorded_with_the_metrics_and_changes_none(config, tmp_path):
    with_flow, without = (run(config, [f"training.record={r}"], runs_dir=tmp_path / "runs") for r in ("[flow]", "[]"))
    assert with_flow.result.weights_sha256 == without.result.weights_sha256
    assert (with_flow.path / "metrics.csv").read_bytes() == (without.path / "metrics.csv").read_bytes()
    assert not (without.path / "flow.csv").exists()
    rows = rows_of(with_flow.path)
    assert tuple(rows[0]) == FLOW_COLUMNS
    assert len(rows) == 7 * 3 * 4  # epochs, seeds, layers
    assert {row["layer"] for row in rows} == {"1", "2", "3", "4"}
    assert all(row["dead"] == "" for row in rows if row["layer"] in "24")  # dropout, and a linear output


@pytest.mark.parametrize("step", [1, 7, 8])
def test_an_interrupted_run_ends_with_the_same_table(step, config, tmp_path, cli):
    whole = run(config, runs_dir=tmp_path / "whole").path
    part = stopped(config, tmp_path / "runs", step).path
    assert cli("verify", part)[0] == 0
    assert (part / "flow.csv").read_bytes() != (whole / "flow.csv").read_bytes()
    assert cli("resume", part, "-q")[0] == 0
    assert cli("verify", part)[0] == 0
    assert (part / "flow.csv").read_bytes() == (whole / "flow.csv").read_bytes()
    assert "flow.csv" in (part / "SHA256SUMS").read_text()


def spoil(path, how):
    if how == "changed":
        path.write_bytes(path.read_bytes().replace(b".", b".9", 1))
    elif how == "cut":
        path.write_bytes(path.read_bytes()[:300])
    else:
        path.unlink()


@pytest.mark.parametrize("how", ["changed", "cut", "missing"])
def test_a_damaged_table_is_noticed(how, config, tmp_path, cli):
    finished = run(config, runs_dir=tmp_path / "runs").path
    spoil(finished / "flow.csv", how)
    assert cli("verify", finished)[0] == 7
    said = [(fault.where.source, fault.given) for fault in verify(RunDirectory.open(finished)).faults]
    what = "it is missing" if how == "missing" else "it has changed since it was written: its SHA-256 differs"
    assert (str(finished / "flow.csv"), what) in said


@pytest.mark.parametrize("how", ["changed", "cut", "missing"])
def test_a_damaged_table_does_not_cost_what_was_trained(how, config, tmp_path, cli):
    whole = run(config, runs_dir=tmp_path / "whole")
    part = stopped(config, tmp_path / "runs", 8).path
    spoil(part / "flow.csv", how)
    code, _, err = cli("resume", part, "-q")
    assert code == 7
    assert "flow.csv is not the file it was written with" in err
    assert "Restore flow.csv; or" in err
    code, out, _ = cli("resume", part, "--drop-metrics", "--json")
    assert code == 0
    assert json.loads(out)["weights_sha256"] == list(whole.result.weights_sha256)
    assert cli("verify", part)[0] == 0
    assert min(int(row["epoch"]) for row in rows_of(part)) > 0
    assert how == "missing" or (part / "flow-cut-0.csv").exists()


def test_each_run_of_a_study_has_its_own(config, tmp_path, cli):
    alone = run(config, ["activation=tanh"], runs_dir=tmp_path / "alone").path
    code, _, err = cli("compare", config, "activation=relu,tanh", "--jobs", "1", "-q")
    assert code == 0, err
    (table,) = tmp_path.glob("runs/*/*tanh*/flow.csv")
    assert table.read_bytes() == (alone / "flow.csv").read_bytes()


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("training.learning_rate", ("0.01", "0.1")),
        ("architecture", ("[{dropout: 0.1}, 3]", "[{dropout: 0.4}, 3]")),
        ("regularizer", ("{l2: 0.1}", "{l2: 0.01}")),
    ],
)
def test_stacked_numbers_are_measured_as_alone(key, values, config, tmp_path, cli):
    """They train in one stack, of which each run gets its own rows."""
    alone = run(config, [f"{key}={values[1]}"], runs_dir=tmp_path / "alone").path
    code, _, err = cli("compare", config, f"{key}={','.join(values)}", "--jobs", "1", "-q")
    assert code == 0, err
    tables = [path.read_bytes() for path in tmp_path.glob("runs/*/*/flow.csv")]
    assert len(tables) == 2
    assert (alone / "flow.csv").read_bytes() in tables


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("flow", "'flow' is not a list of what to record. Write [flow], [weights], [flow, weights], or [] for nothing"),
        ("[flwo]", "'flwo' cannot be recorded. Write [flow], [weights], [flow, weights], or [] for nothing"),
        ("[[flow]]", "a list cannot be recorded"),
        ("null", "an empty value is not a list of what to record"),
    ],
)
def test_what_cannot_be_recorded(value, said, config, cli):
    code, _, err = cli("train", config, f"training.record={value}")
    assert code == 2
    assert said in err


def test_no_training_is_recorded_too(config, tmp_path):
    assert len(rows_of(run(config, ["training.epochs=0"], runs_dir=tmp_path / "runs").path)) == 3 * 4
