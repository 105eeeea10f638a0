"""Checkpoints and weights that are damaged, forged, or of something else: one sentence, and never a wrong number."""

from __future__ import annotations

import hashlib
import io
import json
import os
import random
import re
import shutil
import time

import numpy as np
import pytest
from bad_data.archives import ARRAYS
from read_back import read_metrics, read_weights
from samples import peak_memory

from nncli.errors import ExitCode, UserError
from nncli.experiments.resume import OtherMetrics
from nncli.experiments.verify import verify
from nncli.runs.checkpoints import read_checkpoint, write_checkpoint
from nncli.runs.directory import RunDirectory
from nncli.runs.listing import list_runs
from nncli.storage.sealed import SEAL

MIB = 1 << 20

CONFIG = """
task: xor
architecture: [3, {dropout: 0.2}]
training: {epochs: 6, batch_size: 3, checkpoint: {every: 2 epochs}, stop: {solved: false, patience: 5}}
seeds: 2
"""

READERS = {"checkpoint": read_checkpoint, "weights": read_weights}


@pytest.fixture(scope="module")
def interrupted(tmp_path_factory):
    """A run with two checkpoints, whose process was killed, and the weights of one that was not."""
    from nncli.experiments import train as experiment
    from nncli.experiments.recorder import Silent

    class Death(BaseException):
        pass

    class Reaper(Silent):
        def tick(self, epoch, step, loss):
            if (epoch, step) == (6, 11):
                raise Death
            return False

    folder = tmp_path_factory.mktemp("interrupted")
    (folder / "x.yaml").write_text(CONFIG)
    with pytest.raises(Death):
        experiment.run(folder / "x.yaml", runs_dir=folder / "runs", listener=Reaper())
    whole = experiment.run(folder / "x.yaml", runs_dir=folder / "whole")
    (run,) = list_runs(folder / "runs")
    assert len(run.checkpoints()) == 2
    return run.path, whole


@pytest.fixture
def run(interrupted, tmp_path):
    """A copy of the killed run."""
    shutil.copytree(interrupted[0], tmp_path / interrupted[0].name)
    return RunDirectory.open(tmp_path / interrupted[0].name)


@pytest.fixture
def file(interrupted, tmp_path, request):
    """A checkpoint, or weights."""
    path, whole = interrupted
    source = RunDirectory.open(path).checkpoints()[0] if request.param == "checkpoint" else whole.path / "weights.npz"
    shutil.copy(source, tmp_path / source.name)
    return tmp_path / source.name, READERS[request.param]


def refused(read, path):
    """The sentence with which a file is refused."""
    with pytest.raises(UserError) as caught:
        read(path)
    assert caught.value.code is ExitCode.CORRUPT
    text = str(caught.value)
    assert text.startswith(str(path))
    assert text.isprintable()
    assert len(text.removeprefix(str(path))) < 300
    return text


@pytest.mark.parametrize("file", READERS, indirect=True)
@pytest.mark.parametrize("flips", [500, pytest.param(5000, marks=pytest.mark.slow)])
def test_a_flipped_bit_is_found(flips, file):
    path, read = file
    whole, dice = path.read_bytes(), random.Random(flips)
    read(path)
    with path.open("r+b", buffering=0) as stream:
        for position in [0, len(whole) - 1, len(whole) - SEAL, *dice.choices(range(len(whole)), k=flips - 3)]:
            os.pwrite(stream.fileno(), bytes([whole[position] ^ 1 << dice.randrange(8)]), position)
            refused(read, path)
            os.pwrite(stream.fileno(), whole[position : position + 1], position)
    read(path)


@pytest.mark.parametrize("file", READERS, indirect=True)
def test_a_file_of_another_length_is_refused(file):
    path, read = file
    whole = path.read_bytes()
    for content in (b"", whole[:1], whole[:-1], whole[: len(whole) // 2], whole + b"\0", whole * 2, bytes(len(whole))):
        path.write_bytes(content)
        refused(read, path)


def sealed(content):
    """Content as somebody would write it who knows how the seal is made: into the archive's comment."""
    end = content.rfind(b"PK\5\6")
    if end >= 0 and len(content) == end + 22:
        content = content[:-2] + SEAL.to_bytes(2, "little")
    return content + hashlib.sha256(content).hexdigest().encode()


@pytest.mark.parametrize("file", READERS, indirect=True)
@pytest.mark.parametrize("case", ARRAYS)
def test_a_forged_archive_with_a_good_seal_is_refused(case, file):
    """Pickles, bombs, forged headers, paths and doubles among the members: none gets past its seal alone."""
    path, read = file
    path.write_bytes(sealed(ARRAYS[case][0]))
    started = time.process_time()
    assert peak_memory(lambda: refused(read, path), times=1) < 32 * MIB
    assert time.process_time() - started < 1


def test_members_that_are_forged_are_refused_by_what_they_are(tmp_path):
    """After a good seal the reader of archives is reached: its own sentences come out."""
    found = set()
    for content, *_ in ARRAYS.values():
        (tmp_path / "checkpoint.npz").write_bytes(sealed(content))
        found.add(refused(read_checkpoint, tmp_path / "checkpoint.npz").split(": ", 1)[1])
    assert len(found) > 5


def stop(record, arrays, weights=None, **spoilt):
    """Makes it a checkpoint in which the first seed has stopped, and spoils what is said of that."""
    outcome = {
        "seed": 0, "optimizer_sha256": "0" * 64, "stop_reason": "target", "epoch": 1, "step": 2, "solved": False,
        "solved_epoch": None, "best_epoch": None, "metrics": {"train_loss": 0.5}, "divergence": None,
        "cycle_from": None,
    }  # fmt: skip
    record.update(replicas=[1], outcomes={"0": outcome | spoilt})
    arrays["ended"] = arrays["theta"][:1].copy() if weights is None else weights
    for name, array in arrays.items():
        if name != "ended":
            arrays[name] = array[1:]


RECORDS = {
    "no record": lambda r, a: r.clear(),
    "a newer format": lambda r, a: r.update(format=2),
    "a format that is text": lambda r, a: r.update(format="1" * 999),
    "other data": lambda r, a: r.update(data_sha256="0" * 64),
    "data that are a number": lambda r, a: r.update(data_sha256=5),
    "a stopped seed of a number": lambda r, a: stop(r, a, metrics=5),
    "a stopped seed whose metrics are texts": lambda r, a: stop(r, a, metrics={"train_loss": "evil"}),
    "a stopped seed that stopped nowhere": lambda r, a: stop(r, a, step=None),
    "a stopped seed with a mapping for a reason": lambda r, a: stop(r, a, stop_reason={}),
    "a stopped seed of another name": lambda r, a: stop(r, a, seed="x"),
    "a stopped seed of another number": lambda r, a: stop(r, a, seed=7),
    "a stopped seed with a list for a hash": lambda r, a: stop(r, a, optimizer_sha256=[1]),
    "a stopped seed that diverged as a list": lambda r, a: stop(r, a, divergence=[1]),
    "a stopped seed that diverged by a number": lambda r, a: stop(
        r, a, divergence={"what": 5, "epoch": 1, "step": 1, "loss_before": None, "weights_step": 0}
    ),
    "a stopped seed with too few weights": lambda r, a: stop(r, a, weights=a["theta"][:1, :2]),
    "a stopped seed with weights that are not finite": lambda r, a: stop(r, a, weights=a["theta"][:1] * np.nan),
    "another config": lambda r, a: r.update(config_sha256="0" * 64),
    "no metrics": lambda r, a: r.pop("metrics"),
    "metrics that are a number": lambda r, a: r.update(metrics=5),
    "metrics of negative size": lambda r, a: r["metrics"].update(bytes=-1),
    "metrics of enormous size": lambda r, a: r["metrics"].update(bytes=10**400),
    "other metrics": lambda r, a: r["metrics"].update(sha256="0" * 64),
    "no environment": lambda r, a: r.pop("environment"),
    "an environment that is a list": lambda r, a: r.update(environment=[]),
    "exact is a word": lambda r, a: r.update(exact="yes"),
    "seconds are a text": lambda r, a: r.update(seconds="1"),
    "seconds are negative": lambda r, a: r.update(seconds=-1),
    "seconds are not a number": lambda r, a: r.update(seconds=float("nan")),
    "seconds are infinite": lambda r, a: r.update(seconds=float("inf")),
    "an epoch beyond the last": lambda r, a: r.update(epoch=7),
    "an epoch that is text": lambda r, a: r.update(epoch="two"),
    "an enormous step": lambda r, a: r.update(step=10**30),
    "a batch of none": lambda r, a: r.update(batch=0),
    "replicas that are a number": lambda r, a: r.update(replicas=2),
    "replicas that are not there": lambda r, a: r.update(replicas=[0, 9]),
    "an outcome of nobody": lambda r, a: r.update(outcomes={"0": {}}),
    "outcomes that are a list": lambda r, a: r.update(outcomes=[1]),
    "no weights": lambda r, a: a.pop("theta"),
    "weights of another network": lambda r, a: a.update(theta=a["theta"][:, :5]),
    "weights that are whole numbers": lambda r, a: a.update(theta=a["theta"].astype(int)),
    "weights that are words": lambda r, a: a.update(theta=a["theta"].astype(str)),
    "weights that are not finite": lambda r, a: a["theta"].fill(np.nan),
    "no optimizer": lambda r, a: a.pop("slot_M"),
    "another optimizer": lambda r, a: a.update(slot_velocity=a.pop("slot_M")),
    "no random state": lambda r, a: a.pop("random_states"),
    "random states of another shape": lambda r, a: a.update(random_states=a["random_states"][:, :, :3]),
    "an infinite epoch": lambda r, a: r.update(epoch=float("inf")),
    "an infinite batch": lambda r, a: r.update(batch=float("inf")),
    "an infinite step": lambda r, a: r.update(step=float("-inf")),
    "an epoch with a fraction": lambda r, a: r.update(epoch=2.5),
    "a replica that is infinite": lambda r, a: r.update(replicas=[0, float("inf")]),
    "a replica before the first": lambda r, a: r.update(replicas=[-1, 0, 1]),
    "a wrong step": lambda r, a: r.update(step=r["step"] + 1),
    "another batch": lambda r, a: r.update(batch=r["batch"] % 2 + 1),
    "metrics of 2^70 bytes": lambda r, a: r["metrics"].update(bytes=2**70),
    "metrics of a byte more": lambda r, a: r["metrics"].update(bytes=r["metrics"]["bytes"] + 1),
    "enormous seconds": lambda r, a: r.update(seconds=10**400),
    "random states of all ones": lambda r, a: a["random_states"].fill(2**64 - 1),
    "a random state with an even increment": lambda r, a: a["random_states"].fill(0),
    "a best epoch that is to come": lambda r, a: a["best_epoch"].fill(r["epoch"] + 1),
    "a best epoch before the first": lambda r, a: a["best_epoch"].fill(-5),
    "best weights that are not finite": lambda r, a: a["best_theta"].fill(np.inf),
    "an epoch of the solution that is to come": lambda r, a: a["solved_epoch"].fill(2**62),
    "norms that are not finite": lambda r, a: a["norms"].fill(np.nan),
    "a stopped seed that stopped too late": lambda r, a: stop(r, a, epoch=r["epoch"] + 1),
    "a stopped seed of an infinite epoch": lambda r, a: stop(r, a, epoch=float("inf")),
    "a stopped seed of an enormous step": lambda r, a: stop(r, a, step=2**70),
    "a stopped seed that was interrupted": lambda r, a: stop(r, a, stop_reason="interrupted"),
    "a stopped seed that diverged for no reason": lambda r, a: stop(r, a, stop_reason="diverged"),
    "an array more": lambda r, a: a.update(extra=np.zeros(2)),
}
"""What somebody may change in a checkpoint and seal again: its record r, its arrays a."""


def forge(run, path, change):
    found = read_checkpoint(path)
    change(found.record, found.arrays)
    path.unlink()
    write_checkpoint(path, {"format": None, **found.record} if found.record else {"format": None}, found.arrays)


@pytest.mark.parametrize("what", RECORDS)
def test_a_forged_record_is_refused_before_anything_changes(what, run, cli):
    """What verify calls whole is what resume accepts: the same check decides."""
    for path in run.checkpoints():
        forge(run, path, RECORDS[what])
    before = {path.name: path.read_bytes() for path in run.path.iterdir()}
    assert verify(run).faults
    code, _, err = cli("resume", run.path, "-q")
    assert code == (3 if what == "other data" else 7)
    assert err.count("\n") == 1
    after = {path.name: path.read_bytes() for path in run.path.iterdir()}
    assert {k: v for k, v in after.items() if k != "lock"} == {k: v for k, v in before.items() if k != "lock"}
    assert ("--from-start" in err) == (what not in ("other data", "another config"))


def test_whoever_asks_for_it_starts_again(run, interrupted, cli):
    for path in run.checkpoints():
        forge(run, path, RECORDS["weights that are not finite"])
    names = [path.name for path in run.checkpoints()]
    code, _, err = cli("resume", run.path, "-q", "--from-start")
    assert code == 0
    assert err.splitlines()[2:] == ["note: training restarts from the beginning"]
    assert verify(run).faults == ()
    assert all((run.path / f"rejected-{name}").is_file() for name in names)
    result = json.loads((run.path / "result.json").read_text())
    assert result["weights_sha256"] == list(interrupted[1].result.weights_sha256)


def test_to_start_again_is_no_way_around_another_config(run, cli):
    path = run.path / "config.yaml"
    path.write_text(path.read_text().replace("learning_rate: 0.01", "learning_rate: 0.02"))
    assert cli("resume", run.path, "-q", "--from-start")[0] == 7


def test_whole_checkpoints_are_set_aside_only_when_asked(run, cli):
    code, _, err = cli("resume", run.path, "-q", "--from-start")
    assert (code, err.count("a restart was requested")) == (0, 2)


def test_a_stopped_seed_by_itself_is_no_fault(run, cli):
    for path in run.checkpoints():
        forge(run, path, stop)
    assert cli("resume", run.path, "-q")[0] == 0
    assert verify(run).faults == ()


def test_a_sealed_bomb_takes_no_memory(run, cli):
    """Zeros that are packed to a thousandth: no run packs anything."""
    content, path = io.BytesIO(), run.checkpoints()[0]
    np.savez_compressed(content, record=np.zeros(10, np.uint8), bomb=np.zeros(64 * MIB, np.uint8))
    path.write_bytes(sealed(content.getvalue()))
    assert peak_memory(lambda: refused(read_checkpoint, path), times=1) < 32 * MIB


def test_the_older_checkpoint_is_taken_if_the_newer_is_damaged(run, interrupted, cli):
    newest, older = run.checkpoints()
    newest.write_bytes(newest.read_bytes()[:-100])
    code, _, err = cli("resume", run.path, "-q")
    assert code == 0
    assert err.splitlines() == [
        f"note: {newest.name} is skipped: damaged, or cut off: its bytes do not match the SHA-256 at its end",
        f"note: training continues in epoch 3, after step {int(older.stem.split('-')[1])}",
    ]
    result = json.loads((run.path / "result.json").read_text())
    assert result["weights_sha256"] == list(interrupted[1].result.weights_sha256)
    assert (run.path / f"rejected-{newest.name}").is_file()


def damage_metrics(run, row):
    """Change a digit in a row."""
    path = run.path / "metrics.csv"
    lines = path.read_text().splitlines(keepends=True)
    lines[row] = lines[row].replace(".", ".9", 1)
    path.write_text("".join(lines))
    return "".join(lines)


def test_damaged_metrics_do_not_cost_what_was_trained(run, interrupted, cli):
    """An early byte rejects all checkpoints: nothing starts again unless it is asked to."""
    damaged = damage_metrics(run, 1)
    before = {path.name: path.read_bytes() for path in run.path.iterdir() if path.name != "lock"}
    code, _, err = cli("resume", run.path, "-q")
    assert code == 7
    newest = run.checkpoints()[0].name
    assert f"none of its 2 checkpoints can be used: {newest}: metrics.csv is not the file it was written with" in err
    assert {path.name: path.read_bytes() for path in run.path.iterdir() if path.name != "lock"} == before
    assert any(isinstance(fault, OtherMetrics) for fault in verify(run).faults)
    code, _, err = cli("resume", run.path, "-q", "--drop-metrics")
    assert (code, err) == (0, "note: training continues in epoch 5, after step 9\n")
    assert verify(run).faults == ()
    assert (run.path / "metrics-cut-0.csv").read_text() == damaged
    assert min(read_metrics(run.path / "metrics.csv")["epoch"]) == 5
    result = json.loads((run.path / "result.json").read_text())
    assert result["weights_sha256"] == list(interrupted[1].result.weights_sha256)


@pytest.mark.parametrize("how", ["damaged", "cut", "missing"])
def test_metrics_that_are_lost(how, run, interrupted, cli):
    path = run.path / "metrics.csv"
    if how == "damaged":
        damage_metrics(run, 1)
    elif how == "cut":
        path.write_bytes(path.read_bytes()[:200])
    else:
        path.unlink()
    assert cli("resume", run.path, "-q")[0] == 7
    code, _, err = cli("resume", run.path, "-q", "--from-start")
    assert (code, err.splitlines()[-1]) == (0, "note: training restarts from the beginning")
    assert verify(run).faults == ()
    whole = interrupted[1].path / "metrics.csv"
    assert path.read_bytes() == whole.read_bytes()


def test_a_checkpoint_of_other_metrics_is_skipped(run, cli):
    damage_metrics(run, 9)
    _, _, err = cli("resume", run.path, "-q")
    assert "is skipped: metrics.csv is not the file it was written with" in err
    assert "training continues in epoch 3, " in err


def test_another_config_is_refused(run, cli):
    path = run.path / "config.yaml"
    path.write_text(path.read_text().replace("learning_rate: 0.01", "learning_rate: 0.02"))
    before = {path.name: path.read_bytes() for path in run.path.iterdir() if path.name != "lock"}
    code, _, err = cli("resume", run.path, "-q")
    assert (code, err.count("\n")) == (7, 1)
    assert "config.yaml: it is not the config that checkpoint-" in err
    assert {path.name: path.read_bytes() for path in run.path.iterdir() if path.name != "lock"} == before


@pytest.mark.parametrize("when", ["now", "before"])
def test_another_environment_is_a_note_and_not_exact(when, run, interrupted, cli):
    """Once there has been one, what comes out is not exact, wherever it ends."""
    for path in run.checkpoints():
        forge(run, path, lambda r, a: r["environment"].update(numpy="1.0") if when == "now" else r.update(exact=False))
    code, out, err = cli("resume", run.path, "--json")
    assert code == 0
    assert ("note: the environment has changed (numpy 1.0, now " in err) == (when == "now")
    result = json.loads(out)
    assert result["exact"] is False
    assert result["weights_sha256"] == list(interrupted[1].result.weights_sha256)


def test_other_data_are_refused(cli, tmp_path):
    (tmp_path / "data.csv").write_text("a,y\n1,2\n2,3\n3,5\n")
    (tmp_path / "x.yaml").write_text(
        "task: {table: {file: data.csv, target: y, sha256: null}}\ntraining: {epochs: 2}\n"
    )
    assert cli("train", "x.yaml", "-q")[0] == 0
    (run,) = list_runs(tmp_path / "runs")
    (run.path / "result.json").unlink()
    (run.path / "SHA256SUMS").unlink()
    (tmp_path / "data.csv").write_text("a,y\n1,2\n2,3\n3,7\n")
    sha256 = hashlib.sha256((tmp_path / "data.csv").read_bytes()).hexdigest()
    text = (run.path / "config.yaml").read_text()
    (run.path / "config.yaml").write_text(re.sub("[0-9a-f]{64}", sha256, text))
    code, _, err = cli("resume", "latest")
    assert (code, err.count("\n")) == (3, 1)
    assert "the data are not those this run was trained on" in err


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
@pytest.mark.parametrize("name", ["metrics.csv", "lock", "result.json", "SHA256SUMS", "weights.npz", "config.yaml"])
def test_nothing_is_written_through_a_link(name, run, cli, tmp_path):
    """Somebody's run directory may hold links to a file of ours."""
    target = tmp_path / "mine.txt"
    target.write_bytes((run.path / name).read_bytes() if (run.path / name).exists() else b"mine")
    before = target.read_bytes()
    (run.path / name).unlink(missing_ok=True)
    os.symlink(target, run.path / name)
    code, _, err = cli("resume", run.path, "-q")
    assert target.read_bytes() == before
    assert code in (0, 4, 7)
    assert "Traceback" not in err
