"""A run that is disturbed while it trains, and what must come of it nevertheless."""

from __future__ import annotations

import json
import random
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nncli
from nncli.experiments import train as experiment
from nncli.experiments.verify import verify
from nncli.runs.directory import RunDirectory

CONFIGS = Path(nncli.__file__).parents[1] / "configs"

RUNS = {
    "forty seeds, each of which stops when it has solved the task": [
        *("xor.yaml", "seeds=40", "training.learning_rate=0.01", "training.epochs=1000"),
        "training.checkpoint.every=20 epochs",
    ],
    "dropout, momentum, batches": [
        *("moons.yaml", "seeds=3", "regularizer={dropout: 0.2}", "training.optimizer={momentum: 0.9}"),
        *("training.epochs=150", "training.checkpoint.every=3 epochs"),
    ],
    "checkpoints of megabytes, which take long to write": [
        *("sine.yaml", "task.sine.samples=64", "architecture=[600, 600]", "training.batch_size=8"),
        *("training.epochs=24", "training.checkpoint.every=1 epochs"),
    ],
    "adam, a schedule, patience": [
        *("moons.yaml", "seeds=3", "training.schedule=cosine", "training.stop.patience=6", "training.epochs=240"),
        "training.checkpoint.every=5 epochs",
    ],
    "float64": ["deep_sine.yaml", "dtype=float64", "training.epochs=400", "training.checkpoint.every=8 epochs"],
    "batch normalization": [
        *("sine.yaml", "seeds=2", "architecture=[32, 32]", "regularizer={normalization: batch}"),
        *("training.batch_size=32", "training.epochs=120", "training.checkpoint.every=3 epochs"),
    ],
    "an lstm": [
        *("adding_lstm.yaml", "task.adding_problem={samples: 300, length: 12}"),
        *("training.epochs=60", "training.checkpoint.every=1 epochs"),
    ],
    "weights that go in circles": [
        *("perceptron_xor.yaml", "seeds=2", "training.epochs=2000", "training.checkpoint.every=40 epochs"),
    ],
}
"""Each takes about a second, and writes some dozens of checkpoints."""

FILES = {
    "lock",
    "config.yaml",
    "environment.json",
    "data.json",
    "metrics.csv",
    "weights.npz",
    "SHA256SUMS",
    "result.json",
}


def numbered(number: int) -> list[str]:
    """The arguments of a run for a number: all of `RUNS` in turn."""
    config, *overrides = list(RUNS.values())[number % len(RUNS)]
    return [str(CONFIGS / config), *overrides]


def moments(dice: random.Random, number: int, steps: int) -> list[float | None]:
    """When to disturb a run, given its steps and the number of times.

    At a random step in each of as many parts of it, so that a slow machine changes nothing; the last comes long before
    the end. One in four is None: before it trains on.
    """
    part, early = 0.85 * steps / number, dice.randrange(4)
    return [None if i % 4 == early else dice.uniform(i, i + 1) * part for i in range(number)]


def essence(path: Path) -> dict[str, Any]:
    """All that a finished run says of its training, but for its name and how long it took."""
    result = json.loads((path / "result.json").read_text())
    for key in ("run", "seconds", "steps_per_second"):
        del result[key]
    same = ("config.yaml", "data.json", "metrics.csv", "weights.npz")
    return {"result": result} | {name: (path / name).read_bytes() for name in same}


def steps(path: Path) -> int:
    """The step after which the newest checkpoint was written; 0 without any."""
    return max((int(name.stem.partition("-")[2]) for name in path.glob("checkpoint-*.npz")), default=0)


def kept_tails(path: Path) -> list[str]:
    """The files in which resumes have kept what they cut; each must be what was recorded again."""
    metrics = (path / "metrics.csv").read_bytes()
    tails = sorted(path.glob("metrics-cut-*.csv"))
    for tail in tails:
        assert metrics[int(tail.stem.rpartition("-")[2]) :].startswith(tail.read_bytes()), tail.name
    return [tail.name for tail in tails]


@dataclass
class Disturbed:
    """The one run in a folder `runs`, trained by one process after the other.

    Attributes:
        start: the fixture that starts `nncli`.
        folder: in which it works.
        arguments: of `nncli train`.
    """

    start: Any
    folder: Path
    arguments: list[str]
    process: Any = None

    @property
    def path(self) -> Any:
        """The path of the run; None until it exists."""
        return next((config.parent for config in self.folder.glob("runs/*/config.yaml")), None)

    @property
    def steps(self) -> int:
        """After which the newest checkpoint was written."""
        return steps(self.path) if self.path else 0

    @property
    def result(self) -> Any:
        """What it has left."""
        return RunDirectory(self.path).read_result() if self.path else None

    @property
    def hint(self) -> str:
        """What it says when a signal interrupts it."""
        return f"to resume: nncli resume {self.path.relative_to(self.folder)}\n" if self.path else ""

    def go_on(self) -> None:
        """Resume the run; train, where there is none."""
        path = self.path
        arguments = ["resume", path.relative_to(self.folder)] if path else ["train", *self.arguments]
        self.process = self.start(*arguments)

    def wait_for(self, step: float) -> None:
        """Wait until the process owns the run and the step is safe, or until it is over."""
        deadline = time.monotonic() + 60
        while self.process.poll() is None and not (self._is_owned() and self.steps >= step):
            assert time.monotonic() < deadline, f"step {step} does not come"
            time.sleep(0.002)

    def check(self) -> RunDirectory:
        """The run, of which every file must be whole."""
        assert self.path is not None
        run = RunDirectory(self.path)
        assert verify(run).faults == ()
        return run

    def finish(self) -> dict[str, Any]:
        """Resume it to its end: its essence."""
        self.go_on()
        _, err = self.process.communicate(timeout=120)
        assert self.process.returncode == 0, err
        assert self.check().status == "completed"
        return essence(self.path)

    def _is_owned(self) -> bool:
        path = self.path
        return path is not None and (path / "lock").read_text().startswith(f"process {self.process.pid} ")


def undisturbed(folder: Path, arguments: list[str]) -> tuple[dict[str, Any], int, float]:
    """The same run, left alone: its essence, steps, and seconds of training."""
    config, *overrides = arguments
    finished = experiment.run(Path(config), overrides, runs_dir=folder / "undisturbed")
    return essence(finished.path), max(finished.result.steps), finished.result.seconds.training
