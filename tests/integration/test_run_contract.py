"""What a run leaves on disk, read with nothing of nncli."""

from __future__ import annotations

import csv
import hashlib
import json
import math

import numpy as np
import pytest

RESULT = [
    "run", "name", "status", "task", "seeds", "solved", "solved_epoch", "epochs", "epochs_planned", "steps",
    "best_epoch", "lowest_validation", "stop_reason",
    "divergence", "cycle_from", "metrics", "complete", "rows", "parameters", "exact", "seconds", "steps_per_second",
    "stack", "weights_sha256", "optimizer_sha256",
]  # fmt: skip
PER_SEED = [
    "solved",
    "solved_epoch",
    "epochs",
    "steps",
    "best_epoch",
    "lowest_validation",
    "stop_reason",
    "divergence",
    "cycle_from",
    "weights_sha256",
]
ENVIRONMENT = {"nncli", "python", "platform", "numpy", "blas", "cpu_count", "cpu_features", "threads", "git"}
BINARY = ["loss", "accuracy", "max_error"]
REGRESSION = ["loss", "r2", "max_error"]


def rows_of(path):
    with open(path / "metrics.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_files(nncli, xor, tmp_path):
    code, out, _ = nncli("train", xor, "--seeds", "3", "--json", "--name", "mine", "--runs-dir", "here/runs")
    result = json.loads(out)
    (path,) = (tmp_path / "here" / "runs").iterdir()
    assert code == 0
    assert path.name.startswith("mine-")
    assert {file.name for file in path.iterdir()} == {
        "lock", "config.yaml", "data.json", "environment.json", "metrics.csv", "weights.npz", "result.json",
        "SHA256SUMS",
    }  # fmt: skip
    assert json.loads((path / "result.json").read_text()) == result
    assert list(result) == RESULT
    assert (result["run"], result["name"], result["status"], result["task"]) == (path.name, "mine", "completed", "xor")
    assert result["seeds"] == [0, 1, 2]
    assert all(len(result[key]) == 3 for key in PER_SEED)
    assert list(result["metrics"]) == [*(f"train_{name}" for name in BINARY), "penalty", "objective"]
    assert all(len(values) == 3 for values in result["metrics"].values())
    assert result["rows"] == {"train": 4}
    assert result["parameters"] == 17
    assert 0 < result["seconds"]["training"] < result["seconds"]["total"]
    environment = json.loads((path / "environment.json").read_text())
    assert set(environment) == ENVIRONMENT
    assert (environment["threads"], environment["blas"]["threads"]) == (1, 1)


def test_the_metrics_of_three_splits(train, xor):
    finished = train(xor, "task={sine: {samples: 40}}", "training={epochs: 4, validation: 0.2, test: 0.2}", "seeds=2")
    of_train, of_validation, of_test = [
        [f"{split}_{name}" for name in REGRESSION] for split in ("train", "validation", "test")
    ]
    recorded = [*of_train, "penalty", "objective", *of_validation]
    rows = rows_of(finished.path)
    assert list(rows[0]) == ["seed", "epoch", "step", *recorded, "gradient_norm", "learning_rate"]
    assert list(finished.result.metrics) == [*recorded, *of_test]
    assert finished.result.rows == {"train": 24, "validation": 8, "test": 8}
    for index, row in enumerate(rows[-2:]):  # the last epoch, of one seed and the other
        assert (row["seed"], row["epoch"]) == (str(index), "4")
        for name in recorded:
            assert float(row[name]) == finished.result.metrics[name][index]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "architecture",
    ["[3, {dropout: 0.5}, {dense: {units: 2, bias: false}}]", "[{dense: {units: 3, activation: prelu}}]"],
)
def test_the_weights_are_those_of_the_hash(dtype, architecture, train, xor):
    finished = train(xor, f"dtype={dtype}", f"architecture={architecture}", "training.epochs=5", "seeds=[4, 2]")
    with np.load(finished.path / "weights.npz") as archive:
        names = archive["names"].tolist()
        assert set(archive) == {"seeds", "names", *names}
        assert archive["seeds"].tolist() == [4, 2]
        assert archive["W1"].shape == (2, 2, 3)
        assert {array.dtype for name in names if (array := archive[name]) is not None} == {np.dtype(dtype)}
        rows = [
            b"".join(archive[name][r].astype(np.dtype(dtype).newbyteorder("<")).tobytes() for name in names)
            for r in range(2)
        ]
    assert len(rows[0]) == finished.result.parameters * np.dtype(dtype).itemsize
    assert [hashlib.sha256(row).hexdigest() for row in rows] == list(finished.result.weights_sha256)


@pytest.mark.parametrize(("epochs", "log_every"), [(150, None), (5000, None), (5000, 700), (10, 3), (0, None)])
def test_how_many_rows_are_recorded(epochs, log_every, train, xor):
    logging = [] if log_every is None else [f"training.log_every={log_every}"]
    finished = train(xor, f"training.epochs={epochs}", *logging, "training.stop.solved=false", "seeds=2")
    recorded = [int(row["epoch"]) for row in rows_of(finished.path) if row["seed"] == "1"]
    assert recorded == sorted(set(recorded))
    assert (recorded[0], recorded[-1]) == (0, epochs)
    if log_every:
        assert recorded[:-1] == list(range(0, epochs, log_every))
    else:
        assert recorded[:100] == list(range(min(epochs + 1, 100)))
        assert min(epochs + 1, 150) <= len(recorded) <= 201


def test_a_seed_that_stops_has_its_last_row(train, xor):
    finished = train(xor, "seeds=3", "training.log_every=400")
    rows = rows_of(finished.path)
    for index, seed in enumerate(finished.result.seeds):
        last = [row for row in rows if row["seed"] == str(seed)][-1]
        assert int(last["epoch"]) == finished.result.epochs[index]
        assert float(last["train_loss"]) == finished.result.metrics["train_loss"][index]
        assert math.isfinite(float(last["gradient_norm"]))


def test_the_resolved_config_keeps_every_digit_of_a_condition(train, xor):
    """17 digits, of which six would be another number."""
    target = "train_loss <= 0.30000000000000004"
    finished = train(xor, f"training.stop={{target: {target}, solved: false}}", "training.epochs=9")
    text = (finished.path / "config.yaml").read_text(encoding="utf-8")
    assert f'target: "{target}"\n' in text
    again = train(finished.path / "config.yaml")
    assert (again.path / "config.yaml").read_text(encoding="utf-8") == text
    assert again.experiment.written == finished.experiment.written


@pytest.mark.parametrize(("task", "circles"), [("and", False), ("xor", True)])
def test_weights_that_repeat_are_told_of_what_is_not_solved(task, circles, train, write):
    """A perceptron that solves its task repeats its weights, too: it does not change them any more."""
    perceptron = "architecture: []\noutput: {activation: step}\n"
    perceptron += "training: {optimizer: sgd, learning_rate: 1, batch_size: 1, shuffle: false, stop: {solved: false}}\n"
    finished = train(write(f"task: {task}\n{perceptron}"))
    assert finished.result.solved == (not circles,)
    assert finished.outcomes[0].cycle_from is not None
    assert finished.result.cycle_from == (finished.outcomes[0].cycle_from if circles else None,)


def test_no_training_gives_the_first_weights(train, xor):
    finished = train(xor, "training.epochs=0", "initializer=ones")
    with np.load(finished.path / "weights.npz") as archive:
        assert (archive["W1"] == 1).all()
        assert (archive["b1"] == 0).all()
    assert finished.result.stop_reason == ("epochs",)
    assert finished.result.steps == (0,)
