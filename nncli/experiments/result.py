"""The results of a run: its parameters by name, their hashes, and the object of `result.json`."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from nncli.config.experiment import Experiment
from nncli.errors import ExitCode, UserError
from nncli.nn.arrays import Array
from nncli.nn.parameters import Segment
from nncli.runs.directory import CONFIG, RESULT
from nncli.tasks import tasks
from nncli.training.outcome import Outcome


def parameter_names(segments: Sequence[Segment]) -> list[str]:
    """A name for each segment, as in a textbook: W1, b1, W2, b2, ...; the count is of layers with parameters."""
    layers = sorted({segment.layer for segment in segments})
    return [f"{segment.spec.name}{layers.index(segment.layer) + 1}" for segment in segments]


def weight_arrays(segments: Sequence[Segment], outcomes: Sequence[Outcome]) -> dict[str, Array]:
    """The final parameters by name, each with a leading seed axis."""
    rows = outcomes[0].theta[None] if len(outcomes) == 1 else np.stack([outcome.theta for outcome in outcomes])
    return {name: segment.view(rows) for name, segment in zip(parameter_names(segments), segments, strict=True)}


def weights_hash(*parameters: Array) -> str:
    """SHA-256 of a replica's parameters, as one row or as its parts in order, in little-endian bytes."""
    digest = hashlib.sha256()
    for values in parameters:
        digest.update(np.ascontiguousarray(values, values.dtype.newbyteorder("<")).data)
    return digest.hexdigest()


def check_fits(experiment: Experiment, result: Mapping[str, Any], path: Path) -> None:
    """Refuse a result that does not belong to a config, by the facts that both contain.

    Args:
        experiment: what `config.yaml` describes; its rows may be missing.
        result: the result of a run that has not failed.
        path: the run's directory.

    Raises: `UserError` (code CORRUPT).
    """
    config = experiment.config
    expected = {
        "name": config.name,
        "task": tasks.name_of(config.task),
        "seeds": config.seed_list,
        "epochs_planned": config.training.epochs,
        "parameters": experiment.parameter_count,
    }
    for name, value in expected.items():
        if result[name] != value:
            given = f"it is not the config of this run: {name} is {value!s:.40}, and in {RESULT} {result[name]!s:.40}"
            raise UserError(given, where=str(path / CONFIG), code=ExitCode.CORRUPT)


def summarize(experiment: Experiment, run_name: str, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """The object of `result.json` for the outcomes; lists are in the order of `seeds`."""
    config, splits = experiment.config, experiment.splits
    reasons = [outcome.stop_reason for outcome in outcomes]
    status = next((end for end in ("interrupted", "diverged") if end in reasons), "completed")
    names = experiment.metric_names
    return {
        "run": run_name,
        "name": config.name,
        "status": status,
        "task": tasks.name_of(config.task),
        "seeds": config.seed_list,
        "solved": [outcome.solved for outcome in outcomes],
        "solved_epoch": [outcome.solved_epoch for outcome in outcomes],
        "epochs": [outcome.epoch for outcome in outcomes],
        "epochs_planned": config.training.epochs,
        "steps": [outcome.step for outcome in outcomes],
        "best_epoch": [outcome.best_epoch for outcome in outcomes],
        "lowest_validation": [
            None if outcome.lowest_epoch is None else {"epoch": outcome.lowest_epoch, "loss": outcome.lowest_loss}
            for outcome in outcomes
        ],
        "stop_reason": reasons,
        "divergence": [outcome.divergence and asdict(outcome.divergence) for outcome in outcomes],
        "cycle_from": [None if outcome.solved else outcome.cycle_from for outcome in outcomes],
        "metrics": {name: [outcome.metrics.get(name) for outcome in outcomes] for name in names},
        "complete": splits.train.complete,
        "rows": {name: len(data.inputs) for name, data in splits.named().items()},
        "parameters": experiment.parameter_count,
    }
