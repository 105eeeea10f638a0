"""How `nncli train` ends, and what it says: the exit codes are a contract that scripts rely on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from conftest import unfolded

CONFIGS = Path(__file__).parents[2] / "configs"
LONG = ["training.epochs=100000000", "training.stop.solved=false"]


def wait_for_metrics(runs, seconds=20.0):
    """The folder of the run that has begun to record."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for file in runs.glob("*/metrics.csv"):
            if file.stat().st_size > 0:
                return file.parent
        time.sleep(0.02)
    raise TimeoutError(f"nothing was recorded in {runs}")


def test_a_solution_is_0(cli, xor, tmp_path):
    code, out, err = cli("train", xor)
    assert (code, err) == (0, "")
    headline, happened, path = out.splitlines()
    assert headline == "xor   2 → 4 tanh → 1 sigmoid   17 parameters   adam 0.05   seed 0"
    assert happened.startswith("solved in epoch ")
    assert (tmp_path / path / "result.json").is_file()


@pytest.mark.parametrize(
    ("condition", "code"),
    [
        ("train_accuracy >= 1", 0),
        ("train_loss<1e-9", 8),
        ("train_loss != 0", 0),
    ],
)
def test_an_expectation_that_fails_is_8(condition, code, cli, xor):
    found, out, err = cli("train", xor, "--seeds", "3", "--expect", condition, "--expect", "objective > 0")
    assert found == code
    assert "runs/xor-" in out
    assert err.startswith("held: train_" if code == 0 else "expected train_loss < 1e-09, but seed 0 has 0.0")
    assert err.endswith("held: objective > 0 (3 seeds)\n")
    assert ("(3 of 3 seeds)" in err) == (code == 8)


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (
            ["training.learning_rate=50"],
            [
                "diverged in epoch ",
                ", step ",
                "is not finite",
                "try   training.learning_rate=0.5   or   training.clip_norm=1",
            ],
        ),
        (["training.learning_rate=1e6", "training.clip_norm=1e30"], ["try   training.learning_rate=10000\n"]),
        (["training.learning_rate=50", "seeds=2"], ["diverged    seeds 0, 1, in epoch", "try   "]),
    ],
)
def test_divergence_is_5(overrides, words, cli, write):
    write("task: sine\narchitecture: [32]\ntraining: {optimizer: sgd, epochs: 2000}\n")
    code, out, err = cli("train", "x.yaml", *overrides)
    assert (code, err) == (5, "")
    for word in words:
        assert word in out
    assert max(map(len, out.splitlines())) <= 80
    assert "\n\n" not in out
    assert json.loads(cli("show", "latest", "--json")[1])["status"] == "diverged"


def test_the_weights_of_a_diverged_run_are_finite(train, write):
    finished = train(write("task: sine\narchitecture: [32]\ntraining: {optimizer: sgd, learning_rate: 50}\n"))
    with np.load(finished.path / "weights.npz") as archive:
        assert all(np.isfinite(archive[name]).all() for name in archive["names"])


def test_a_file_where_the_runs_should_go_is_4(cli, xor, tmp_path):
    (tmp_path / "runs").write_text("no folder")
    code, _, err = cli("train", xor)
    assert code == 4
    assert err == "runs: cannot create: File exists. A file is in the way: choose another folder.\n"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_4(cli, xor, tmp_path):
    (tmp_path / "runs").mkdir(mode=0o500)
    code, _, err = cli("train", xor)
    assert code == 4
    assert "cannot create: Permission denied. Choose a folder in which you may write" in err


FULL = Path("/dev/full")
"""A file that is there to be written, on a disk that has no room."""


@pytest.mark.skipif(not FULL.exists(), reason="needs Linux's /dev/full")
def test_an_output_that_cannot_be_written_is_4(start, xor):
    with FULL.open("w") as disk:
        process = start("train", xor, stdout=disk)
        _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (4, "the output cannot be written: No space left on device\n")


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (["initializer={normal: {std: 1e39}}"], "the first weights are beyond the range of float32"),
        (["task={function: {expression: 1e39*x}}"], "f reaches 1e+39, but float32 holds at most 3.4e+38"),
        (
            ["task={function: {expression: sin(x), domain: [-1e39, 1e39]}}"],
            "x reaches 1e+39, but float32 holds at most 3.4e+38",
        ),
    ],
)
def test_numbers_beyond_the_dtype_are_2(overrides, words, cli, xor, tmp_path):
    code, out, err = cli("train", xor, "--json", *overrides)
    assert (code, out) == (2, "")
    assert err.endswith(f": {words}. Try dtype=float64.\n")
    assert list(tmp_path.iterdir()) == []
    assert cli("train", xor, "--json", "dtype=float64", "training.epochs=1", *overrides)[0] in (0, 5)


@pytest.mark.parametrize("arguments", [["show", "latest"], ["show", "xor-2"]])
def test_a_run_that_is_none_is_4(arguments, cli):
    code, out, err = cli(*arguments)
    assert (code, out) == (4, "")
    assert unfolded(err) == (
        f"'{arguments[1]}' is not a run: there are no runs in 'runs'."
        " If they are in another folder, name it with --runs-dir.\n"
    )


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_a_run_in_good_order(number, code, start, cli, xor, tmp_path):
    process = start("train", xor, *LONG, "seeds=2", "--json")
    path = wait_for_metrics(tmp_path / "runs")
    assert json.loads(cli("runs", "--json")[1])["runs"][0]["status"] == "running"
    process.send_signal(number)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (code, f"to resume: nncli resume runs/{path.name}\n")
    result = json.loads(out)
    assert result == json.loads((path / "result.json").read_text())
    assert (result["status"], result["stop_reason"]) == ("interrupted", ["interrupted"] * 2)
    with np.load(path / "weights.npz") as archive:
        assert archive["W1"].shape == (2, 2, 4)
    shown, text, _ = cli("show", path)
    assert shown == 0
    assert "xor   2 → 4 tanh → 1 sigmoid" in text
    assert str(path) in text


def test_a_killed_run_can_be_seen(start, cli, xor, tmp_path):
    process = start("train", xor, *LONG)
    path = wait_for_metrics(tmp_path / "runs")
    process.kill()
    process.communicate(timeout=20)
    assert {file.name for file in path.iterdir()} == {
        "lock",
        "config.yaml",
        "data.json",
        "environment.json",
        "metrics.csv",
    }
    code, out, err = cli("show", "latest")
    assert (code, err) == (0, "")
    assert "\ninterrupted: last recorded epoch " in out
    assert out.endswith(f"{path.relative_to(tmp_path)}\n")
    shown = json.loads(cli("show", "latest", "--json")[1])
    assert shown == {"run": path.name, "status": "interrupted", "tags": [], "notes": []}
    assert json.loads(cli("runs", "--json")[1])["runs"][0]["status"] == "interrupted"


@pytest.mark.skipif(os.name == "nt", reason="a working directory cannot be removed there")
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["train", CONFIGS / "xor.yaml"], 4),
        (["train", CONFIGS / "csv_example.yaml"], 4),
        (["compare", CONFIGS / "xor.yaml", "--seeds", "2"], 4),
        (["check", CONFIGS / "csv_example.yaml"], 0),
        (["resume", "latest"], 4),
        (["verify", "latest"], 4),
        (["runs"], 0),
        (["new", "a"], 4),
    ],
    ids=lambda value: " ".join(map(str, value[:1])) if isinstance(value, list) else "",
)
def test_a_working_directory_that_is_gone(arguments, code, cli, tmp_path, monkeypatch):
    folder = tmp_path / "gone"
    folder.mkdir()
    monkeypatch.chdir(folder)
    folder.rmdir()
    found, _, err = cli(*arguments)
    assert found == code, err
    told = [line for line in err.splitlines() if not line.startswith("note: ") and "a verdict needs" not in line]
    assert len(told) <= 1


@pytest.mark.skipif(os.name == "nt", reason="a working directory cannot be removed there")
@pytest.mark.parametrize(("arguments", "code"), [(["train", CONFIGS / "csv_example.yaml"], 4)])
def test_a_process_whose_working_directory_is_gone(arguments, code, environment, tmp_path):
    folder = tmp_path / "gone"
    folder.mkdir()
    program = "import os, sys; os.rmdir(os.getcwd()); from nncli.cli.main import main; main()"
    command = [sys.executable, "-c", program, *map(str, arguments)]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == code, done.stderr
    said = [line for line in unfolded(done.stderr).splitlines() if "a verdict needs at least" not in line]
    assert len(said) <= 1
    assert "Traceback" not in done.stderr
