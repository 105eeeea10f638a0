"""A run's folder may be somebody else's: of the files of ours that it names, none is read, repeated or waited for."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import socket
from typing import Any

import numpy as np
import pytest
from faults.limits import bounded
from faults.sentences import check_sentence
from read_back import read_weights
from samples import crossed

from nncli.config.yaml_reader import read_yaml
from nncli.experiments import train as experiment
from nncli.runs.weights import write_weights
from nncli.storage.checksums import SUMS, file_sha256
from nncli.studies.plan import make_plan
from nncli.studies.sweep import sweep
from nncli.studies.variants import make_variants

pytestmark = pytest.mark.skipif(os.name == "nt", reason="pipes and devices")

SECRET = "hunter2,swordfish"
ROWS = "a,b,y\n" + "".join(f"{n},{n % 3},{n % 2}\n" for n in range(12))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A finished and a killed run of a table and of an archive, and a sweep over the table."""

    class Death(BaseException):
        pass

    class Reaper:
        def tick(self, epoch, step, loss):
            if epoch == 4:
                raise Death
            return False

    root = tmp_path_factory.mktemp("made")
    (root / "mine.csv").write_text(ROWS)
    rows = np.array([line.split(",") for line in ROWS.split()[1:]], float)
    np.savez(root / "mine.npz", X=rows[:, :2], y=rows[:, 2])
    for name, task in (("table", "{table: {file: mine.csv, target: y}}"), ("arrays", "{arrays: mine.npz}")):
        (root / f"{name}.yaml").write_text(
            f"task: {task}\narchitecture: [2]\ntraining: {{epochs: 5, checkpoint: {{every: 2 epochs}}}}\n"
        )
        experiment.run(root / f"{name}.yaml", [f"name={name}"], runs_dir=root / "runs")
        with contextlib.suppress(Death):
            experiment.run(root / f"{name}.yaml", [f"name=killed_{name}"], runs_dir=root / "runs", listener=Reaper())
    axes, variants = make_variants(root / "table.yaml", ["activation=tanh,relu"])
    sweep(make_plan("table", axes, variants), runs_dir=root / "runs")
    return root


@pytest.fixture
def runs(made, tmp_path, monkeypatch):
    """A copy to spoil, in which one works: the folder of each by its name."""
    shutil.copytree(made, tmp_path / "copy")
    monkeypatch.chdir(tmp_path / "copy")
    return {path.name.split("-")[0]: path for path in (tmp_path / "copy" / "runs").iterdir()}


def change_task(run, **options):
    """Name another file, as somebody would who knows how the sums are made."""
    path = run / "config.yaml"
    config: Any = read_yaml(path.read_text(), str(path)).data
    ((_, own),) = config["task"].items()
    own.update(options)
    path.write_text(json.dumps(config))
    reseal(run)


def reseal(run):
    """Make the sums right again."""
    if (run / SUMS).exists():
        names = [line.split()[1] for line in (run / SUMS).read_text().splitlines()]
        (run / SUMS).write_text("".join(f"{file_sha256(run / name)}  {name}\n" for name in names))


def fifo(path):
    os.mkfifo(path)


def listening(path):
    with socket.socket(socket.AF_UNIX) as end:
        end.bind(os.path.relpath(path))


def archive(path):
    with open(path, "wb") as file:
        np.savez(file, secret=[SECRET])


TARGETS = {
    "a file of ours": lambda path: path.write_text(f"{SECRET}\n1,2\n"),
    "a link to a file of ours": lambda path: (path.with_name("it").write_text(SECRET), path.symlink_to("it")),
    "a pipe": fifo,
    "a link to a pipe": lambda path: (fifo(path.with_name("it")), path.symlink_to("it")),
    "a socket": listening,
    "a device": lambda path: path.symlink_to("/dev/zero"),
    "a folder": lambda path: path.mkdir(),
    "a link to itself": lambda path: path.symlink_to(path.name),
    "nothing": lambda path: None,
    "an enormous file": lambda path: (path.touch(), os.truncate(path, 1 << 40)),
    "an archive of ours": archive,
}

COMMANDS = ["show NAME", "evaluate NAME", "predict NAME other.csv", "resume NAME", "verify NAME", "reproduce NAME"]
COMMANDS += ["compare NAME NAME", "runs"]


RUNS, SUMS_OF_FILE = ["table", "arrays", "killed_table", "killed_arrays"], ["recorded", None, "of another"]

CASES = [
    pytest.param(target, RUNS[(i + j) % 4], sha256, marks=[pytest.mark.exhaustive] if j != i % 3 else [])
    for i, target in enumerate(TARGETS)
    for j, sha256 in enumerate(SUMS_OF_FILE)
]


@pytest.mark.parametrize(("target", "name", "sha256"), CASES)
def test_no_command_reads_what_a_run_names(target, name, sha256, runs, cli, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path / "copy")
    (tmp_path / "copy" / "other.csv").write_text(ROWS)
    path = tmp_path / "elsewhere"
    TARGETS[target](path)
    given = {} if sha256 == "recorded" else {"sha256": sha256 and hashlib.sha256(b"another").hexdigest()}
    change_task(runs[name], file=str(path), **given)
    for command in COMMANDS:
        with bounded():
            code, out, err = cli(*command.replace("NAME", name).split())
        assert "hunter2" not in out + err
        assert "swordfish" not in out + err
        assert code != 1
        if code:
            assert code in (2, 3, 4, 7)
            check_sentence(err.splitlines()[-1]) if command[:6] != "verify" else None
        if command.startswith(("evaluate", "reproduce")):
            assert code in (3, 4, 7) or (command.startswith("reproduce") and code == 2 and "killed" in name)


def test_what_is_recorded_but_does_not_fit_is_not_repeated(runs, cli, tmp_path, monkeypatch):
    """Who knows the hash of a file knows the file; its words are shown to nobody all the same."""
    monkeypatch.chdir(tmp_path / "copy")
    secret = tmp_path / "secret"
    secret.write_text(f"{SECRET}\nswordfish,hunter2\n")
    change_task(runs["table"], file=str(secret), sha256=file_sha256(secret))
    code, out, err = cli("evaluate", "table")
    assert (code, out) == (7, "")
    assert "the rows of its file cannot be read as this says" in err
    assert "hunter2" not in err


def test_a_file_of_its_own_is_read(runs, cli, tmp_path, monkeypatch):
    """A relative path starts in the run's folder."""
    monkeypatch.chdir(tmp_path / "copy")
    shutil.move("mine.csv", runs["table"] / "rows.csv")
    change_task(runs["table"], file="rows.csv")
    assert cli("evaluate", "table")[0] == 0
    change_task(runs["table"], file="../../mine.csv")
    assert cli("evaluate", "table")[0] == 3


def test_reproduce_says_what_it_reads(runs, cli, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path / "copy")
    change_task(runs["table"], file=str(tmp_path / "copy" / "mine.csv"))
    code, _, err = cli("reproduce", "table")
    assert (code, err) == (0, "note: reading mine.csv, if its SHA-256 matches the recorded one\n")


@pytest.mark.parametrize("target", ["a file of ours", "a pipe", "a device"])
def test_a_sweep_reads_nothing_else(target, runs, cli, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path / "copy")
    path = tmp_path / "elsewhere"
    TARGETS[target](path)
    plan = json.loads((runs["sweep"] / "plan.json").read_text())
    for trial in plan["trials"]:
        trial["config"]["task"]["table"].update(file=str(path), sha256=None)
    (runs["sweep"] / "plan.json").write_text(json.dumps(plan))
    with bounded():
        code, out, err = cli("show", runs["sweep"].name)
    assert (code, out) == (7, "")
    assert not re.search("hunter2|swordfish", err)


EDITS = {
    "another activation": ("config.yaml", lambda b: re.sub(b"(?m)^activation: .*", b"activation: relu", b)),
    "another learning rate": ("config.yaml", lambda b: b.replace(b"learning_rate:", b"learning_rate: 0.5 #", 1)),
    "another moment": ("data.json", lambda b: b.replace(b'"y"', b'"z"', 1)),
}


@pytest.mark.parametrize("what", EDITS)
@pytest.mark.parametrize("command", ["show", "evaluate", "predict", "resume", "reproduce"])
def test_an_edited_run_is_named_and_not_used(command, what, runs, cli, tmp_path, monkeypatch):
    """Nothing is said of a network that was never trained."""
    monkeypatch.chdir(tmp_path / "copy")
    name, edit = EDITS[what]
    path = runs["table"] / name
    before = path.read_bytes()
    path.write_bytes(edit(before))
    assert path.read_bytes() != before
    code, out, err = cli(command, "table", *(["mine.csv"] * (command == "predict")))
    assert (code, out) == (7, "")
    assert f"{name}: it has changed since it was written" in err
    assert cli("runs")[0] == 0


@pytest.mark.parametrize("command", ["show", "resume", "verify"])
def test_an_edited_result_is_not_told(command, runs, cli, tmp_path, monkeypatch):
    """Whoever prints a result has held it to its hash; what is not read may be in any state, but for `verify`."""
    monkeypatch.chdir(tmp_path / "copy")
    (runs["table"] / "weights.npz").write_bytes(b"")
    assert cli(command, "table")[0] == (7 if command == "verify" else 0)
    path = runs["table"] / "result.json"
    path.write_text(path.read_text().replace('"train_loss": [\n      0.', '"train_loss": [\n      1.'))
    code, out, err = cli(command, "table")
    assert code == 7
    assert "result.json: it has changed since it was written" in " ".join((out + err).split())


@pytest.mark.parametrize("command", ["evaluate", "predict"])
def test_swapped_weights_are_named(command, runs, cli, tmp_path, monkeypatch):
    """Whole by their own seal, they are those of another run."""
    monkeypatch.chdir(tmp_path / "copy")
    _, arrays, seeds = read_weights(runs["table"] / "weights.npz")
    write_weights(runs["table"] / "weights.npz", {name: -array for name, array in arrays.items()}, seeds)
    code, out, err = cli(command, "table", *(["mine.csv"] * (command == "predict")))
    assert (code, out) == (7, "")
    assert "weights.npz: it has changed since it was written" in err


@pytest.mark.parametrize("file", ["config.yaml", "data.json", "metrics.csv", "weights.npz", "result.json"])
def test_an_enormous_file_is_refused_before_it_is_hashed(file, runs, cli, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path / "copy")
    os.truncate(runs["table"] / file, 1 << 40)
    for command in ("verify", "show", "evaluate", "resume"):
        with bounded():
            code, *_ = cli(command, "table")
        assert code == 7 or (command, file) in (
            ("evaluate", "metrics.csv"),
            ("evaluate", "result.json"),
            ("show", "metrics.csv"),
            ("show", "weights.npz"),
            ("resume", "metrics.csv"),
            ("resume", "weights.npz"),
        ), "only what a command does not read may be as large as it likes"


LARGE = {"checkpoint": 7, "metrics.csv": 7, "config.yaml": 7, "data.json": 7, "environment.json": 7}
"""What of a run that was killed somebody makes enormous, and with which code `resume` ends."""


@pytest.mark.parametrize("file", LARGE)
def test_an_enormous_file_of_a_killed_run_is_refused_before_it_is_read(file, runs, cli, tmp_path, monkeypatch):
    """By its size alone, even if its end is the end of an archive."""
    monkeypatch.chdir(tmp_path / "copy")
    run = runs["killed_table"]
    paths = sorted(run.glob("checkpoint-*")) if file == "checkpoint" else [run / file]
    for path in paths:
        end = path.read_bytes()[-86:]
        with path.open("r+b") as stream:
            stream.seek((1 << 40) - len(end))
            stream.write(end)
    for command, *options in (["verify"], ["resume"], ["resume", "--drop-metrics"], ["show"], ["runs"]):
        with bounded():
            code, _, err = cli(command, *([] if command == "runs" else ["killed_table"]), *options)
        assert code in (0, 7), err
        if command in ("verify", "resume"):
            assert code == LARGE[file], (command, options, err)
        if code and command != "verify":
            assert f"{1 << 40} bytes are more than such a file can have" in err, (command, err)


OWN = [
    "config.yaml",
    "data.json",
    "environment.json",
    "metrics.csv",
    "weights.npz",
    "result.json",
    "SHA256SUMS",
    "lock",
]


@pytest.mark.parametrize(
    ("file", "target"),
    crossed(OWN, ["a pipe", "a device"])
    + [("result.json", target) for target in ("a link to a pipe", "a socket", "a folder", "a link to itself")],
)
def test_no_command_waits_for_a_file_of_a_run(file, target, runs, cli, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path / "copy")
    (tmp_path / "copy" / "other.csv").write_text(ROWS)
    path = runs["table"] / file
    path.unlink()
    TARGETS[target](path)
    for command in COMMANDS:
        with bounded():
            code, _, err = cli(*command.replace("NAME", "table").split())
        assert code != 1, err
