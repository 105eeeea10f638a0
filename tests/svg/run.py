"""The runs whose pictures are compared with their files."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import textbook
import yaml
from numpy.typing import NDArray

from nncli.experiments.constructed_run import construct_run
from nncli.experiments.construction import Construction
from nncli.experiments.train import run as train
from nncli.pictures.subject import Subject, subject_of
from nncli.runs.directory import RunDirectory
from svg.file import Picture

Numbers = NDArray[np.float64]

CONFIGS = Path("configs").absolute()
SHORT = ["training.epochs=6", "training.stop.solved=false"]
PLANE = "{function: {expression: 'x*y + sqrt(x + 1)', samples: 700, sampling: random, noise: 0.1}}"
RUNS = {
    "xor": ("xor", ["seeds=8", "training.epochs=120", "training.learning_rate=0.1", "activation=relu",
                    "architecture=[2]", "training.record=[flow, weights]"]),
    "moons": ("moons", [*SHORT, "seeds=3", "task.noise=0.4"]),
    "sine": ("sine", [*SHORT, "seeds=3", "activation=relu", "task.noise=0.1", "task.samples=700", "training.test=0.2",
                      "training.record=[weights]", "dtype=float64"]),
    "plane": ("sine", [*SHORT, "seeds=3", f"task={PLANE}"]),
    "blobs": ("moons", [*SHORT, "seeds=6", "task={blobs: {classes: 4}}"]),
    "rows": ("sine", [*SHORT, "seeds=3", "task={table: {file: FOLDER/rows.csv, target: c}}"]),
    "wild": ("sine", [*SHORT, "seeds=3", "training.optimizer=sgd", "training.learning_rate=20", "activation=relu"]),
    "digits": ("digits_mlp", ["training.epochs=1"]),
}  # fmt: skip
"""By name: the config, and what is changed in it."""
TABLE = "a,b,c\n" + "".join(f"{k % 9},{k % 7},{k % 5 + k / 99}\n" for k in range(90))
MOST_ROWS = 500
"""Of a split, that are drawn."""
CONSTRUCTED = {
    "line": ("sine", 0.05, 3),
    "jump": ("{function: {expression: sign(x) + x}}", 0.1, 1),
    "piece": ("{function: {expression: 2*x + 1}}", 0.1, 1),
    "ridges": ("{function: {expression: x**2 + y/2}}", 0.2, 0),
}
"""The function, the tolerance, and for how long the network is trained then."""


@dataclass(frozen=True)
class Drawn:
    """A run, and the files that it consists of."""

    subject: Subject
    construction: Construction | None = None

    @property
    def path(self) -> Path:
        return self.subject.run.path

    @cached_property
    def result(self) -> dict[str, Any]:
        return dict(json.loads((self.path / "result.json").read_text()))

    @cached_property
    def config(self) -> dict[str, Any]:
        return dict(yaml.safe_load((self.path / "config.yaml").read_text()))

    def table(self, name: str, *keys: str) -> dict[str, Any]:
        """The columns of a file as numbers by its keys: `table["train_loss"][seed, epoch]`."""
        with (self.path / name).open() as file:
            rows = [*csv.DictReader(file)]
        places = [tuple(int(row[key]) for key in keys) for row in rows]
        return {
            column: {at: float(row[column] or "nan") for at, row in zip(places, rows, strict=True)}
            for column in rows[0]
            if column not in keys
        }

    def layers(self, seed: int, moment: int | None = None) -> list[Any]:
        """The network of a seed for `textbook.forward`, trained or at a recorded moment; the last one gives logits."""
        name = "weights.npz" if moment is None else "weights-history.npz"
        with np.load(self.path / name) as archive:
            row = (list(archive["seeds"]).index(seed), *(() if moment is None else (moment,)))
            values = {own: archive[own][row].astype(float) for own in archive["names"]}
        last = len(values) // 2
        kinds = [self.config["activation"]] * (last - 1) + ["linear"]
        return [(values[f"W{k}"], values[f"b{k}"], kinds[k - 1]) for k in range(1, last + 1)]

    def outputs(self, inputs: Numbers) -> Numbers:
        """Of all seeds (R, N, n_out), from `weights.npz`."""
        link = {"xor": textbook.sigmoid, "moons": textbook.sigmoid, "digits_mlp": textbook.softmax}
        found = [
            textbook.forward(self.layers(seed), inputs.reshape(len(inputs), -1))[1][-1] for seed in self.result["seeds"]
        ]
        return np.array([link.get(self.result["name"], lambda z: z)(z) for z in found])

    def moments(self) -> range:
        """Those at which weights are recorded; a seed that has stopped keeps its last ones."""
        with np.load(self.path / "weights-history.npz") as archive:
            return range(len(archive["epochs"]))

    def rows(self, split: str, picture: Picture | None = None) -> tuple[Numbers, Numbers]:
        """Inputs and targets of a split; given a picture, those drawn, which it counts if they are not all."""
        data = self.subject.splits[split]
        shown = np.arange(len(data.inputs))
        if picture is not None and len(shown) > MOST_ROWS:
            assert re.search(rf"\b{MOST_ROWS} of (the )?({len(shown)} )?{split}", picture.text)
            shown = np.linspace(0, len(shown) - 1, MOST_ROWS).round().astype(int)
        return data.inputs[shown], data.targets[shown]

    def shown_seed(self, picture: Picture) -> int:
        """The seed that a picture of one network says it shows."""
        return int(re.findall(r"seed (\d+)", picture.text)[0])


def trained(name: str, folder: Path) -> Drawn:
    """Train one of `RUNS`, or construct one of `CONSTRUCTED`."""
    if name in RUNS:
        (folder / "rows.csv").write_text(TABLE, "utf-8")
        config, changes = RUNS[name]
        changes = [own.replace("FOLDER", str(folder)) for own in changes]
        construction, path = None, train(CONFIGS / f"{config}.yaml", changes, runs_dir=folder).path
    else:
        task, tolerance, epochs = CONSTRUCTED[name]
        construction, ended = construct_run(task, tolerance, runs_dir=folder)
        path = ended.path
        if epochs:
            changes = [f"training.epochs={epochs}", "training.record=[weights]"]
            path = train(path / "config.yaml", changes, runs_dir=folder).path
    return Drawn(subject_of(RunDirectory(path)), construction)
