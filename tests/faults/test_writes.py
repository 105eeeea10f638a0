"""Every operation on the disk fails in turn: the run is as before it or as after it, and resumes to the same bytes."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest
from conftest import unfolded
from faults.faulty import NEED_SPACE, OPERATIONS, Faulty, Killed

from nncli.cli.main import main
from nncli.experiments.verify import verify
from nncli.runs import environment
from nncli.runs.directory import RunDirectory
from nncli.runs.listing import list_runs
from nncli.storage import system

FAULTS = ["kill", "torn", "short", "ENOSPC", "full", "EIO"]
EVERY = [17, pytest.param(5, marks=pytest.mark.slow), pytest.param(1, marks=pytest.mark.exhaustive)]

CONFIG = """
task: xor
architecture: [3, {dropout: 0.2}]
training: {epochs: 3, batch_size: 3, checkpoint: {every: 1 epochs, keep: 1}, stop: {solved: false}}
seeds: 2
"""


@pytest.fixture
def nncli(tmp_path, monkeypatch, capsys, handlers):
    """Runs a command on a file system: its exit code, -9 if it was killed, and stderr."""
    (tmp_path / "x.yaml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(environment, "_git", lambda: None)

    def run(disk, *arguments):
        monkeypatch.setattr(sys, "argv", ["nncli", *map(str, arguments)])
        monkeypatch.setattr(system, "system", disk)
        capsys.readouterr()
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
        except Killed:
            code = -9
        finally:
            monkeypatch.setattr(system, "system", system.System())
        return code, capsys.readouterr().err

    return run


def outcome(run: RunDirectory):
    """What must not depend on what happened on the way."""
    result = json.loads((run.path / "result.json").read_text())
    kept = ("status", "weights_sha256", "optimizer_sha256", "metrics", "exact", "epochs")
    files = [(run.path / name).read_bytes() for name in ("metrics.csv", "weights.npz", "config.yaml")]
    return {key: result[key] for key in kept}, files


def check(code, err, disk, runs_dir: Path, nncli, undisturbed):
    """After a failed operation: the right exit code, one sentence, a whole run, and the same end."""
    if disk.fault == "short":
        assert (code, err) == (0, "")
    elif disk.fault in ("kill", "torn"):
        assert code == -9
    else:
        assert (code, unfolded(err).count("\n")) == (4, 1 + err.startswith("note: ")), err
        assert "cannot " in unfolded(err)
    for run in list_runs(runs_dir):
        verdict = verify(run)
        written = [i for i, (name, file) in enumerate(zip(disk.log, disk.files, strict=True), start=1)
                   if name == "replace" and file.startswith("checkpoint")]  # fmt: skip
        if any(at < disk.at for at in written) and verdict.status != "completed":
            assert run.checkpoints()  # what was there once never gets lost
        assert verdict.faults == ()
        assert verdict.status in ("interrupted", "completed")
        assert nncli(Faulty(), "resume", run.path, "-q")[0] == 0
        assert outcome(run) == undisturbed
        assert verify(run).faults == ()
        assert not list(run.path.glob("*.tmp")) + list(run.path.glob(".*"))
        assert run.checkpoints() == [] or verdict.status == "completed"  # which may have failed to tidy up


@pytest.fixture
def undisturbed(nncli):
    """What comes out if nothing happens, and how many operations that takes."""
    disk = Faulty()
    assert nncli(disk, "train", "x.yaml", "-q", "--runs-dir", "whole") == (0, "")
    (run,) = list_runs(Path("whole"))
    return outcome(run), disk.log


def positions(log, fault, every):
    """The operations that such a fault can hit: each, or every n-th."""
    hit = {"torn": ("write",), "short": ("write",), "full": NEED_SPACE}.get(fault, OPERATIONS)
    return [at for at, name in enumerate(log, start=1) if name in hit][::every]


@pytest.mark.parametrize("every", EVERY)
@pytest.mark.parametrize("fault", FAULTS)
def test_in_training(fault, every, nncli, undisturbed, tmp_path):
    expected, log = undisturbed
    assert {"mkdir", "open", "write", "fsync", "replace", "unlink", "truncate"} <= {*log}
    left = 0
    for at in positions(log, fault, every):
        runs_dir, disk = tmp_path / f"runs-{at}", Faulty(at, fault)
        code, err = nncli(disk, "train", "x.yaml", "-q", "--runs-dir", runs_dir)
        assert disk.hit == log[at - 1]
        check(code, err, disk, runs_dir, nncli, expected)
        left += len(list_runs(runs_dir))
        shutil.rmtree(runs_dir, ignore_errors=True)
    assert left * every > 10  # runs that can be resumed


@pytest.mark.parametrize("every", EVERY)
@pytest.mark.parametrize("fault", FAULTS)
def test_in_a_resume(fault, every, nncli, undisturbed, tmp_path):
    expected, log = undisturbed
    cut = log.index("replace", log.index("unlink"))  # after the second checkpoint
    assert nncli(Faulty(cut + 12, "kill"), "train", "x.yaml", "-q", "--runs-dir", "cut")[0] == -9
    (before,) = list_runs(Path("cut"))
    assert before.checkpoints()
    trial = Faulty()
    shutil.copytree("cut", "trial")
    assert nncli(trial, "resume", Path("trial") / before.path.name, "-q")[0] == 0
    for at in positions(trial.log, fault, every):
        runs_dir, disk = tmp_path / f"runs-{at}", Faulty(at, fault)
        shutil.copytree("cut", runs_dir)
        code, err = nncli(disk, "resume", runs_dir / before.path.name, "-q")
        assert disk.hit == trial.log[at - 1]
        said = err.partition("\n")[2] if err.startswith("note: training continues") else err
        check(code, said, disk, runs_dir, nncli, expected)
        shutil.rmtree(runs_dir)


def test_metrics_are_on_the_disk_before_the_checkpoint_that_counts_them(nncli):
    """The metrics are synced, then the checkpoint is written, synced, renamed, and its name synced; then comes more."""
    disk = Faulty()
    assert nncli(disk, "train", "x.yaml", "-q")[0] == 0
    done = list(zip(disk.log, disk.files, strict=True))
    checkpoints = [i for i, (name, file) in enumerate(done) if name == "replace" and file.startswith("checkpoint")]
    assert len(checkpoints) == 2
    for renamed in checkpoints:
        file = done[renamed][1]
        opened = done.index(("open", file))
        recorded = max(i for i, step in enumerate(done[:opened]) if step == ("write", "metrics.csv"))
        assert ("fsync", "metrics.csv") in done[recorded:opened]
        assert done[renamed - 1 : renamed + 2] == [("fsync", file), ("replace", file), ("fsync", "folder")]
        assert set(done[opened + 1 : renamed - 1]) == {("write", file)}
