"""The run that training starts from: its weights are identified by their hash."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from nncli.config.conflicts import Conflict
from nncli.config.schema import ExperimentConfig
from nncli.errors import Edit, ExitCode, Suggestion, UserError
from nncli.runs.directory import WEIGHTS, is_run
from nncli.storage.checksums import file_sha256


def with_pinned_start(config: ExperimentConfig) -> ExperimentConfig:
    """The config with the hash of the weights to start from; a recorded one is checked when they are read.

    Raises: see `weights_to_start_from`.
    """
    start = config.training.start
    if start.run is None or start.sha256 is not None:
        return config
    start = start.model_copy(update={"sha256": weights_to_start_from(start.run)})
    return config.model_copy(update={"training": config.training.model_copy(update={"start": start})})


def weights_to_start_from(folder: str) -> str:
    """The SHA-256 of the weights of a run. Raises: `UserError` (code DATA) if there are none."""
    path = Path(folder)
    if not (os.path.isfile(path / WEIGHTS) and is_run(path)):
        given = "it has no weights yet" if is_run(path) else "this is not the folder of a run"
        raise UserError(given, where=folder, hint="nncli runs lists the runs that there are", code=ExitCode.DATA)
    return file_sha256(path / WEIGHTS)


def start_conflicts(config: ExperimentConfig) -> Iterator[Conflict]:
    """Keys of `training.start` that contradict each other, or need another."""
    start, at = config.training.start, ("training", "start")
    if start.run is not None and start.constructed is not None:
        of_run = [Edit((*at, key), None) for key in ("run", "seed", "sha256") if getattr(start, key) is not None]
        hint = Suggestion("Leave one out", [Edit((*at, "constructed"), None)], of_run)
        error = UserError("weights start from a run or are constructed, not both", hint=hint)
        yield Conflict((*at, "run"), error)
    if start.run is None:
        for key in ("seed", "sha256"):
            if getattr(start, key) is not None:
                hint = Suggestion("Set training.start.run, or leave it out", [Edit((*at, key), None)])
                yield Conflict((*at, key), UserError(f"{key} is given, but no run to start from", hint=hint))
