"""Each number in each file of a run or a study, replaced by a value of another type, or an impossible number."""

from __future__ import annotations

import copy
import json
import math
import random
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from faults.limits import bounded
from faults.sentences import check_sentence
from forged import sums_again

from nncli.experiments import train as experiment
from nncli.experiments.recorder import Silent
from nncli.runs.checkpoints import read_checkpoint, write_checkpoint
from nncli.runs.directory import RunDirectory
from nncli.storage.checksums import SUMS

DIVERGES = [
    "training.optimizer=sgd",
    "training.learning_rate=1e6",
    "activation=relu",
    "output={activation: linear, loss: mean_squared_error}",
    "training.epochs=30",
    "architecture=[8, 8]",
]

VALUES = [-1, 10**12, 2**62, 2**70, 1e308, 1.5, True, "x", None, [], {}, math.nan, math.inf]
ALLOWED = {0, 2, 3, 4, 5, 7, 8}

ROWS = "a,b,y\n" + "".join(f"{n},{n % 3},{n % 2}\n" for n in range(12))
CONFIG = """
task: {table: {file: rows.csv, target: y}}
architecture: [2, {dropout: 0.2}]
training: {epochs: 4, batch_size: 4, validation: 0.25, standardize: true, checkpoint: {every: 1 epochs}}
seeds: 2
"""

IMAGE = ["training.standardize=false"]
IMAGE += ["architecture=[{conv: {filters: 2, kernel: 2}}, global_average_pool, 2]"]

RUN_COMMANDS = ["show NAME", "show NAME --json", "evaluate NAME", "predict NAME rows.csv", "verify NAME"]
RUN_COMMANDS += ["runs", "compare NAME other", "reproduce NAME -q --runs-dir again", "resume NAME"]
STUDY_COMMANDS = ["show NAME", "show NAME --json", "verify NAME", "runs"]

FILES = {
    ("whole", "data.json"): RUN_COMMANDS,
    ("whole", "result.json"): RUN_COMMANDS,
    ("whole", "environment.json"): RUN_COMMANDS,
    ("diverged", "result.json"): RUN_COMMANDS,
    ("image", "data.json"): ["show NAME", "show NAME --weights", "evaluate NAME", "predict NAME", "verify NAME"],
    ("cut", "result.json"): ["show NAME", "show NAME --json", "runs", "verify NAME", "resume NAME -q"],
    ("cut", "checkpoint"): ["show NAME", "runs", "verify NAME", "resume NAME -q"],
    ("compare", "study.json"): [*STUDY_COMMANDS, "show NAME --json"],
    ("sweep", "plan.json"): [*STUDY_COMMANDS, "sweep sweep.yaml training.learning_rate=0.1,0.2 -q"],
    ("sweep", "study.json"): [*STUDY_COMMANDS, "sweep sweep.yaml training.learning_rate=0.1,0.2 -q"],
}
"""By the name of a folder and of a file in it: the commands that read it."""


class AskToStop(Silent):
    """Stops a run in its third epoch."""

    def tick(self, epoch, step, loss):
        return epoch == 3


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A run, a diverged one, an interrupted one, a comparison and a sweep."""
    root = tmp_path_factory.mktemp("made")
    (root / "rows.csv").write_text(ROWS)
    images = np.arange(12 * 9, dtype=float).reshape(12, 3, 3, 1) % 7
    np.savez(root / "images.npz", X=images, y=np.arange(12) % 2)
    (root / "x.yaml").write_text(CONFIG)
    shutil.copy(root / "x.yaml", root / "sweep.yaml")
    for name, changes, listener in (
        ("whole", [], None),
        ("other", ["activation=relu"], None),
        ("diverged", [*DIVERGES], None),
        ("image", [f"task={{arrays: {root / 'images.npz'}}}", *IMAGE], None),
        ("cut", [], AskToStop()),
    ):
        experiment.run(root / "x.yaml", [f"name={name}", *changes], runs_dir=root / "runs", listener=listener)
    return root


@pytest.fixture
def folder(made, cli, monkeypatch):
    """Where they are, with a comparison and a sweep, and where one works; whoever spoils a file mends it."""
    monkeypatch.chdir(made)
    if not any(path.name.startswith("sweep") for path in (made / "runs").iterdir()):
        assert cli("compare", "x.yaml", "activation=tanh,relu", "-q")[0] == 0
        assert cli("sweep", "sweep.yaml", "training.learning_rate=0.1,0.2", "-q")[0] == 0
    return made


@dataclass(frozen=True)
class Mutant:
    """A file in which one number is another value."""

    folder: str
    file: str
    place: tuple[str | int, ...]
    value: object

    def __str__(self):
        return f"{self.folder}/{self.file}: {'.'.join(map(str, self.place))} = {self.value!r}"


def find(root: Path, folder: str, file: str) -> tuple[Path, str]:
    """The path of a file, and the name of its run or study."""
    (path,) = [path for path in (root / "runs").iterdir() if path.name.startswith(f"{folder}-")]
    if file == "checkpoint":
        return RunDirectory.open(path).checkpoints()[0], path.name
    return path / file, path.name


def read(path: Path):
    return read_checkpoint(path).record if path.suffix == ".npz" else json.loads(path.read_text())


def numbers(value, place=()):
    """The place of each number."""
    if type(value) in (int, float):
        yield place
    elif isinstance(value, (dict, list)):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from numbers(item, (*place, key))


def mutants(root: Path) -> list[Mutant]:
    return [
        Mutant(folder, file, place, value)
        for folder, file in FILES
        for place in numbers(read(find(root, folder, file)[0]))
        for value in VALUES
    ]


def write(path: Path, place, value):
    """Spoil a file and make the sums right again."""
    data = copy.deepcopy(read(path))
    parent = data
    for key in place[:-1]:
        parent = parent[key]
    parent[place[-1]] = value
    if path.suffix == ".npz":
        arrays = read_checkpoint(path).arrays
        write_checkpoint(path, data, arrays)
    else:
        path.write_text(json.dumps(data, indent=2))
    if (path.parent / SUMS).exists():
        sums_again(path.parent)


def survive(mutant: Mutant, root: Path, cli):
    """No command does worse than to refuse a spoilt file in a sentence."""
    path, name = find(root, mutant.folder, mutant.file)
    kept = root / "kept"
    shutil.copytree(path.parent, kept)
    write(path, mutant.place, mutant.value)
    whole = None
    for command in FILES[mutant.folder, mutant.file]:
        with bounded():
            code, out, err = cli(*command.replace("NAME", name).split())
        said = f"{mutant}: {command}: exit code {code}\n{out}{err}"
        assert code in ALLOWED, said
        assert "Warning" not in err, said
        if code not in (0, 5):
            check_sentence(err.splitlines()[-1]) if err else None
        if command.startswith("verify"):
            whole = code == 0
        if whole and command.startswith("resume"):
            assert code != 7, said
    shutil.rmtree(path.parent)
    shutil.rmtree(root / "again", ignore_errors=True)
    kept.rename(path.parent)


def test_some_numbers(folder, cli):
    dice, every = random.Random(0), mutants(folder)
    for of, file in FILES:
        (mutant,) = dice.sample([mutant for mutant in every if (mutant.folder, mutant.file) == (of, file)], 1)
        survive(mutant, folder, cli)


@pytest.mark.exhaustive
@pytest.mark.parametrize(("of", "file"), FILES)
def test_every_number(of, file, folder, cli):
    for mutant in mutants(folder):
        if (mutant.folder, mutant.file) == (of, file):
            survive(mutant, folder, cli)
