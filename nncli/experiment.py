"""The composition root: from a document to a trained run in its directory."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
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
from nncli.nn.arrays import Array
from nncli.nn.network import Network
from nncli.runs.directory import RunDirectory
from nncli.runs.environment import describe_environment
from nncli.tasks import tasks
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
    return run_experiment(resolve(load_document(config, overrides)), runs_dir=runs_dir, listener=listener)


def run_experiment(
    experiment: Experiment, *, runs_dir: Path = Path("runs"), listener: Listener | None = None
) -> Finished:
    """Train a complete description, and leave a run directory."""
    with limited_threads(experiment.config.threads):
        try:
            return _run(experiment, runs_dir, listener or Silent())
        except MemoryError as error:
            seeds = len(experiment.config.seed_list)
            given = f"there is not enough memory for this network with {seeds} seed{'s' if seeds > 1 else ''}"
            raise UserError(given, hint="Try fewer units, fewer seeds or a smaller batch_size") from error


def _run(experiment: Experiment, runs_dir: Path, listener: Listener) -> Finished:
    started = time.perf_counter()
    config = experiment.config
    network = build_network(experiment)
    with RunDirectory.create(runs_dir, str(config.name)) as directory:
        directory.write_config(resolved_text(experiment))
        directory.write_environment(describe_environment(config.threads))
        names = parameter_names(network)
        recorder = RunRecorder(directory, experiment, listener)
        training = time.perf_counter()
        try:
            outcomes = train(network, build_rows(experiment, network), build_settings(experiment), recorder)
        except Exception:
            directory.write_result({"run": directory.path.name, "name": config.name, "status": "failed"})
            raise
        seconds = {"total": 0.0, "training": time.perf_counter() - training}
        directory.write_weights(weight_arrays(names, network, outcomes), config.seed_list)
        result = summarize(experiment, directory.path.name, outcomes, network)
        seconds["total"] = time.perf_counter() - started
        result["seconds"] = {name: round(value, 6) for name, value in seconds.items()}
        steps = sum(outcome.step for outcome in outcomes)
        result["steps_per_second"] = round(steps / seconds["training"], 1) if seconds["training"] > 0 else None
        result["weights_sha256"] = [weights_hash(outcome.theta) for outcome in outcomes]
        directory.write_result(result)
    return Finished(directory.path, experiment, result, outcomes)


class RunRecorder:
    """Writes metrics into a run directory, and passes ticks on to a listener."""

    def __init__(self, directory: RunDirectory, experiment: Experiment, listener: Listener) -> None:
        self.directory, self.listener = directory, listener
        self.seeds = experiment.config.seed_list
        splits = experiment.splits
        self.metrics = (
            *metric_names(splits.train.kind, splits.validation is not None, test=False),
            "gradient_norm",
            "learning_rate",
        )

    def record(self, replicas: list[int], epoch: int, step: int, metrics: Metrics) -> None:
        """Append a row for each replica."""
        columns = [[None if np.isnan(v) else v for v in metrics[name].tolist()] for name in self.metrics]
        rows = [(self.seeds[r], epoch, step, *values) for r, *values in zip(replicas, *columns, strict=True)]
        self.directory.append_metrics(("seed", "epoch", "step", *self.metrics), rows)

    def tick(self, epoch: int, step: int, loss: NDArray[Any]) -> bool:
        """Pass on."""
        return self.listener.tick(epoch, step, loss)


def resolved_text(experiment: Experiment) -> str:
    """The text of `config.yaml`: every default written out."""
    return write_yaml(plain(experiment.config))


def parameter_names(network: Network) -> list[str]:
    """A name for each segment, as in a textbook: W1, b1, W2, b2, ...; the count is of layers with parameters."""
    layers = sorted({segment.layer for segment in network.segments})
    return [f"{segment.spec.name}{layers.index(segment.layer) + 1}" for segment in network.segments]


def weight_arrays(names: Sequence[str], network: Network, outcomes: Sequence[Outcome]) -> dict[str, Array]:
    """The final parameters by name, each with a leading seed axis."""
    rows = outcomes[0].theta[None] if len(outcomes) == 1 else np.stack([outcome.theta for outcome in outcomes])
    return {name: segment.view(rows) for name, segment in zip(names, network.segments, strict=True)}


def weights_hash(theta: Array) -> str:
    """SHA-256 of a replica's parameters as contiguous little-endian bytes."""
    row = np.ascontiguousarray(theta, theta.dtype.newbyteorder("<"))
    return hashlib.sha256(row.data).hexdigest()


def summarize(experiment: Experiment, run_name: str, outcomes: Sequence[Outcome], network: Network) -> dict[str, Any]:
    """What `result.json` says of the outcomes; lists run along `seeds`."""
    config, splits = experiment.config, experiment.splits
    reasons = [outcome.stop_reason for outcome in outcomes]
    status = "diverged" if "diverged" in reasons else "interrupted" if "interrupted" in reasons else "completed"
    names = metric_names(splits.train.kind, splits.validation is not None, splits.test is not None)
    return {
        "run": run_name,
        "name": config.name,
        "status": status,
        "task": tasks.name_of(config.task),
        "seeds": config.seed_list,
        "solved": [outcome.solved for outcome in outcomes],
        "solved_epoch": [outcome.solved_epoch for outcome in outcomes],
        "epochs": [outcome.epoch for outcome in outcomes],
        "steps": [outcome.step for outcome in outcomes],
        "best_epoch": [outcome.best_epoch for outcome in outcomes],
        "stop_reason": reasons,
        "divergence": [_divergence(outcome) for outcome in outcomes],
        "cycle_from": [outcome.cycle_from for outcome in outcomes],
        "metrics": {name: [outcome.metrics.get(name) for outcome in outcomes] for name in names},
        "rows": {name: len(data.inputs) for name, data in splits.named().items()},
        "parameters": network.parameter_count,
    }


def _divergence(outcome: Outcome) -> dict[str, Any] | None:
    found = outcome.divergence
    if found is None:
        return None
    return {"what": found.what, "epoch": found.epoch, "step": found.step, "loss_before": found.loss_before}
