"""Streams that are closed, full, or read by nobody silence output, never the work or its verdict."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from integration.test_start import COMMANDS
from samples import crossed, seldom

from nncli.errors import UserError
from nncli.studies.executors import work_unit as unit

CONFIG = "task: and\narchitecture: [2]\ntraining: {epochs: 3, stop: {solved: false}}\n"

CASES = {
    "train": 0,
    "train x.yaml --expect train_loss<0": 8,
    "train x.yaml --json --expect train_loss<0": 8,
    "train far.yaml": 5,
    "train x.yaml --name no/name": 2,
    "train no.yaml": 2,
    "train rows.yaml": 3,
    "compare x.yaml activation=tanh,relu --seeds 2": 0,
    "compare x.yaml activation=tanh,relu --seeds 2 --csv --expect solve_rate[tanh]<0": 8,
    "sweep x.yaml activation=tanh,relu": 0,
    "sweep x.yaml activation=tanh,relu --dry-run": 0,
    "sweep x.yaml activation=tanh,relu seeds=2 --json": 6,
    "atlas x.yaml --x training.learning_rate=0.1,1 --y training.optimizer.beta1=0.8,0.9 --jobs 1": 0,
    "claims claim.yaml": 0,
    "claims false.yaml": 8,
    "diagnose runs/whole": 0,
    "plot runs/whole --kind confusion": 0,
    "report nothing": 4,
    "tag runs/whole": 0,
    "note runs/whole": 0,
    "diff runs/whole runs/damaged": 0,
    "rm": 0,
    "separable xor": 0,
    "regions x.yaml activation=relu": 0,
    "flow x.yaml": 0,
    "forecast x.yaml": 0,
    "lr-find x.yaml": 0,
    "train x.yaml --overfit-batch": 8,
    "construct sine --tolerance 0.1": 0,
    "step x.yaml": 0,
    "check x.yaml": 0,
    "new y.yaml": 0,
    "list": 0,
    "schema": 0,
    "runs": 0,
    "show runs/whole": 0,
    "show nothing": 4,
    "evaluate runs/whole": 0,
    "predict runs/whole rows.csv": 0,
    "verify runs/whole": 0,
    "verify runs/damaged": 7,
    "reproduce runs/whole": 0,
    "reproduce runs/damaged": 7,
    "resume runs/whole": 0,
    "--help": 0,
    "--version": 0,
    "no-such-command": 2,
}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A folder with configs, a run, and one that is damaged."""
    from nncli.experiments.train import run

    folder = tmp_path_factory.mktemp("streams")
    (folder / "x.yaml").write_text(CONFIG)
    claim = "sentence: One.\nsource: Nobody\nmeasure: {xor: {separable: xor}}\nexpect: [xor.separable == 0]\n"
    (folder / "claim.yaml").write_text(claim)
    (folder / "false.yaml").write_text(claim.replace("== 0", "== 1"))
    (folder / "far.yaml").write_text("task: sine\narchitecture: [32]\ntraining: {optimizer: sgd, learning_rate: 50}\n")
    (folder / "rows.yaml").write_text("task: {table: {file: rows.csv, target: y}}\narchitecture: [2]\n")
    (folder / "rows.csv").write_text("x1,x2\n0,1\n")
    damaged = run(folder / "x.yaml", runs_dir=folder / "runs").path
    with (damaged / "metrics.csv").open("a") as file:
        file.write("0,4,4,1,1\n")
    damaged.rename(folder / "runs" / "damaged")
    run(folder / "x.yaml", ["seeds=2"], runs_dir=folder / "runs").path.rename(folder / "runs" / "whole")
    return folder


def test_every_command_is_there():
    assert {case.split()[0] for case in CASES} >= set(COMMANDS)


def unread():
    """The end of a pipe that nobody reads."""
    reader, writer = os.pipe()
    os.close(reader)
    return writer


@pytest.mark.parametrize(("case", "buffering"), crossed(CASES, ["buffered", "unbuffered"]))
def test_a_pipe_that_nobody_reads_changes_no_exit_code(case, buffering, cli, prepared, monkeypatch):
    monkeypatch.chdir(prepared)
    assert run_into(unread(), case, buffering == "unbuffered", cli, monkeypatch)[0] == CASES[case]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux's /dev/full")
@pytest.mark.parametrize("unbuffered", [False, True], ids=["buffered", "unbuffered"])
@pytest.mark.parametrize("case", ["train", "list", "--help", "train far.yaml", "verify runs/damaged"])
def test_a_full_disk_is_4_unless_there_is_more_to_say(case, unbuffered, cli, prepared, monkeypatch):
    monkeypatch.chdir(prepared)
    results = len(list(prepared.glob("runs/*/result.json")))
    code, err = run_into(os.open("/dev/full", os.O_WRONLY), case, unbuffered, cli, monkeypatch)
    assert code == (CASES[case] or 4)
    assert (code == 4) == (err == "the output cannot be written: No space left on device\n")
    assert len(list(prepared.glob("runs/*/result.json"))) == results + case.startswith("train")


def run_into(descriptor, case, unbuffered, cli, monkeypatch):
    """Run `nncli ...` with a descriptor as its stdout: exit code and stderr."""
    Path("y.yaml").unlink(missing_ok=True)
    if "seeds=2 --json" in case:

        def refuse(*_, **__):
            raise UserError("no")

        monkeypatch.setattr(unit, "run_stack", refuse)
    raw = open(descriptor, "wb", buffering=0)  # noqa: SIM115
    stream = io.TextIOWrapper(raw if unbuffered else io.BufferedWriter(raw), "utf-8", write_through=unbuffered)
    with raw, monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", stream)
        arguments = ["train", "x.yaml"] if case == "train" else case.split()
        code, _, err = cli(*arguments)
        sys.stdout.flush()
    assert "Traceback" not in err
    return code, err


@pytest.mark.parametrize("stream", seldom(["stdout", "stderr"], "stderr"))
def test_a_whole_process_ends_with_its_own_code(stream, start, xor):
    """Also when Python itself writes out at its end what is left."""
    writer = unread()
    process = start("train", xor, "--expect", "train_loss < 0", **{stream: writer}, env={"PYTHONUNBUFFERED": ""})
    os.close(writer)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 8
    assert (out or err).startswith("xor   " if stream == "stderr" else "expected train_loss < 0")


@pytest.mark.skipif(os.name == "nt", reason="closes file descriptors")
@pytest.mark.parametrize("closed", seldom(["2>&-", ">&- 2>&- <&-"], "2>&-"))
def test_workers_without_standard_streams(closed, xor, environment, tmp_path):
    """A file that a worker opens must not take the descriptor of a stream that is closed."""
    program = "from nncli.studies.executors import choice; choice.SMALL = 0; from nncli.cli.main import main; main()"
    sweep = ["sweep", str(xor), "activation=tanh,relu", "training.epochs=3", "-j", "2"]
    command = [sys.executable, "-c", program, *sweep]
    shell = ["sh", "-c", f'"$@" {closed}', "sh", *command]
    done = subprocess.run(shell, cwd=tmp_path, env=environment, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0
    assert len(list(tmp_path.glob("runs/*/*/result.json"))) == 2
