"""The composition root: from a document to a trained run in its directory."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from nncli.analysis.metrics import metric_names
from nncli.assembly import build_network, build_rows, build_settings
from nncli.config.load import load_document
from nncli.config.resolve import Experiment, plain, resolve
from nncli.config.yaml_writer import write_yaml
from nncli.errors import UserError
from nncli.results import summarize, weight_arrays, weights_hash
from nncli.runs.directory import RunDirectory
from nncli.runs.environment import describe_environment
from nncli.tasks.signature import Signature
from nncli.threads import limited_threads
from nncli.training.loop import train
from nncli.training.metrics import Metrics
from nncli.training.settings import Outcome


class Listener(Protocol):
    """Whoever watches a run go by, such as a progress line."""

    def tick(self, epoch: int, step: int, loss: NDArray[Any]) -> bool:
        """Called after every step with the losses of the replicas still training. True asks to stop now."""


class Silent:
    """Nobody watches."""

    def tick(self, epoch: int, step: int, loss: NDArray[Any]) -> bool:
        """Go on."""
        return False


@dataclass(frozen=True, slots=True)
class Finished:
    """A finished run: where it is, and what `result.json` says."""

    path: Path
    experiment: Experiment
    result: dict[str, Any]
    outcomes: list[Outcome]


def run(
    config: Path, overrides: Sequence[str] = (), *, runs_dir: Path = Path("runs"), listener: Listener | None = None
) -> Finished:
    """Train what a config file describes, and leave a run directory.

    >>> finished = run(Path("configs/xor.yaml"), ["seeds=3"])  # doctest: +SKIP
    >>> finished.result["solved"]  # doctest: +SKIP
    [True, True, True]

    Raises:
        UserError: for anything wrong with the config or the file system.
    """
    return run_stack([resolve(load_document(config, overrides))], runs_dir=runs_dir, listener=listener)[0]


def run_stack(
    experiments: Sequence[Experiment], *, runs_dir: Path = Path("runs"), listener: Listener | None = None
) -> list[Finished]:
    """Train complete descriptions together, as one stack, and leave a run directory for each.

    They may differ in their seeds and in numbers that each replica can have its own of. Each is trained to the same
    bits as by itself.

    Raises:
        UserError: for anything wrong with the file system, or too little memory.
    """
    with limited_threads(experiments[0].config.threads):
        try:
            return _run(experiments, runs_dir, listener or Silent())
        except MemoryError as error:
            seeds = sum(len(experiment.config.seed_list) for experiment in experiments)
            given = f"there is not enough memory for this network with {seeds} seed{'s' if seeds > 1 else ''}"
            raise UserError(given, hint="Try fewer units, fewer seeds or a smaller batch_size") from error


def _run(experiments: Sequence[Experiment], runs_dir: Path, listener: Listener) -> list[Finished]:
    started = time.perf_counter()
    network = build_network(experiments)
    segments = network.segments
    rows, settings = build_rows(experiments[0], network), build_settings(experiments)
    with ExitStack() as open_runs:
        recorder = StackRecorder(listener)
        for experiment in experiments:
            directory = open_runs.enter_context(RunDirectory.create(runs_dir, str(experiment.config.name)))
            directory.write_config(resolved_text(experiment))
            directory.write_environment(describe_environment(experiment.config.threads))
            directory.write_data(Signature.of(experiment.splits, experiment.config.task).as_plain())
            recorder.add(directory, experiment)
        training = time.perf_counter()
        try:
            outcomes = train(network, rows, settings, recorder)
        except Exception:
            for directory, experiment in recorder.runs:
                name = experiment.config.name
                directory.write_result({"run": directory.path.name, "name": name, "status": "failed"})
            raise
        seconds = time.perf_counter() - training
        finished = []
        for directory, experiment in recorder.runs:
            own = [outcomes[replica] for replica in recorder.replicas_of(experiment)]
            directory.write_weights(weight_arrays(segments, own), experiment.config.seed_list)
            result = summarize(experiment, directory.path.name, own)
            result["seconds"] = {"total": round(time.perf_counter() - started, 6), "training": round(seconds, 6)}
            steps = sum(outcome.step for outcome in outcomes)
            result["steps_per_second"] = round(steps / seconds, 1) if seconds > 0 else None
            result["weights_sha256"] = [weights_hash(outcome.theta) for outcome in own]
            directory.write_result(result)
            finished.append(Finished(directory.path, experiment, result, own))
    return finished


class StackRecorder:
    """Writes the metrics of each replica into its run directory, and passes ticks on to a listener."""

    def __init__(self, listener: Listener) -> None:
        self.listener = listener
        self.runs: list[tuple[RunDirectory, Experiment]] = []
        self._owners: list[tuple[int, int]] = []  # of each replica: its run and its seed
        self._metrics: tuple[str, ...] = ()

    def add(self, directory: RunDirectory, experiment: Experiment) -> None:
        """The next replicas are those of this run."""
        splits = experiment.splits
        names = metric_names(splits.train.kind, splits.validation is not None, test=False)
        self._metrics = (*names, "gradient_norm", "learning_rate")
        self._owners += [(len(self.runs), seed) for seed in experiment.config.seed_list]
        self.runs.append((directory, experiment))

    def replicas_of(self, experiment: Experiment) -> list[int]:
        """The replicas of a run."""
        index = next(i for i, (_, other) in enumerate(self.runs) if other is experiment)
        return [replica for replica, (owner, _) in enumerate(self._owners) if owner == index]

    def record(self, replicas: list[int], epoch: int, step: int, metrics: Metrics) -> None:
        """Append a row for each replica to the metrics of its run."""
        columns = [_cells(metrics[name]) for name in self._metrics]
        rows: dict[int, list[tuple[Any, ...]]] = {}
        for replica, *values in zip(replicas, *columns, strict=True):
            owner, seed = self._owners[replica]
            rows.setdefault(owner, []).append((seed, epoch, step, *values))
        for owner, own in rows.items():
            self.runs[owner][0].append_metrics(("seed", "epoch", "step", *self._metrics), own)

    def tick(self, epoch: int, step: int, loss: NDArray[Any]) -> bool:
        """Pass on."""
        return self.listener.tick(epoch, step, loss)


def _cells(values: NDArray[np.float64]) -> list[float | None]:
    """The values of a column; what is not a number is left empty."""
    cells: list[float | None] = values.tolist()
    return [None if cell != cell else cell for cell in cells] if np.isnan(values).any() else cells  # noqa: PLR0124


def resolved_text(experiment: Experiment) -> str:
    """The text of `config.yaml`: every default written out."""
    return write_yaml(plain(experiment.config))
