"""Where a run can go on: at its newest checkpoint that is whole, and of this config and these data."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nncli.config.resolve import Experiment
from nncli.errors import ExitCode, UserError, command
from nncli.runs.checkpoints import Checkpoint
from nncli.runs.directory import CONFIG, NO_METRICS, RunDirectory
from nncli.runs.environment import describe_environment, differences
from nncli.tasks.signature import Signature
from nncli.threads import limited_threads
from nncli.training.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Start:
    """Where training goes on.

    Attributes:
        snapshot: None for the beginning.
        metrics: size and hash of the metrics there.
        seconds: of training before it.
        signature: of the data.
        origin: what further checkpoints say of where they come from.
        differences: in words, between the environment of the checkpoint and this one.
        rejected: checkpoints that are newer, but damaged or not of this run, with what is wrong with them.
    """

    snapshot: Snapshot | None
    metrics: Mapping[str, Any]
    seconds: float
    signature: Signature
    origin: Mapping[str, Any]
    differences: tuple[str, ...]
    rejected: tuple[tuple[Path, UserError], ...]

    def notes(self) -> Iterator[str]:
        """What a user should know of it."""
        for path, error in self.rejected:
            yield f"{path.name} is passed over: {error.given}"
        if self.snapshot is None:
            yield "there is no checkpoint to go on from: it begins again"
        else:
            yield f"it goes on in epoch {self.snapshot.epoch}, behind step {self.snapshot.step}"
        if self.differences:
            yield f"the environment has changed ({'; '.join(self.differences)}), so the bits may differ from here on"


def origin(signature: Signature, environment: Mapping[str, Any], exact: bool = True) -> dict[str, Any]:
    """What checkpoints say of where they come from: data, environment, and whether that is one and the same."""
    return {"data_sha256": signature.sha256, "environment": environment, "exact": exact}


def find_start(run: RunDirectory, experiment: Experiment) -> Start:
    """Where to go on with a run that is not over.

    Raises:
        UserError: (code DATA) if the data are not those that it was trained on; (code FILES) if they cannot be read.
    """
    signature = Signature.of(experiment.splits, experiment.config.task)
    with limited_threads(experiment.config.threads):
        environment = describe_environment(experiment.config.threads)
    check_data(run, signature)
    rejected = []
    for path in run.checkpoints():
        try:
            checkpoint = run.read_checkpoint(path)
            snapshot = snapshot_of(path, checkpoint)
        except UserError as error:
            if error.code != ExitCode.CORRUPT:
                raise
            rejected.append((path, error))
            continue
        record = checkpoint.record
        if record["data_sha256"] != signature.sha256:
            raise _other_data(run)
        changes = tuple(differences(record["environment"], environment))
        exact = bool(record["exact"]) and not changes
        return Start(
            snapshot,
            record["metrics"],
            float(record["seconds"]),
            signature,
            origin(signature, environment, exact),
            changes,
            tuple(rejected),
        )
    return Start(None, NO_METRICS, 0.0, signature, origin(signature, environment), (), tuple(rejected))


def check_data(run: RunDirectory, signature: Signature) -> None:
    """Refuse other data than those that the run says it was trained on."""
    written = run.read_data()
    if written is not None and written.get("sha256", signature.sha256) != signature.sha256:
        raise _other_data(run)


def _other_data(run: RunDirectory) -> UserError:
    given = "the data are not those that this run was trained on"
    hint = f"Put them back, or train anew: {command('train', run.path / CONFIG)}"
    return UserError(given, where=str(run.path), hint=hint, code=ExitCode.DATA)


def snapshot_of(path: Path, checkpoint: Checkpoint) -> Snapshot:
    """The snapshot in a checkpoint that lies at a path. Errors: `UserError` (code CORRUPT) if it is none."""
    record = checkpoint.record
    try:
        whole = isinstance(record["environment"], dict) and type(record["exact"]) is bool
        whole = whole and isinstance(record["data_sha256"], str)
        whole = whole and 0 <= record["seconds"] < math.inf
        if whole:
            return Snapshot.from_plain(record, checkpoint.arrays)
    except (LookupError, TypeError, ValueError, AttributeError):
        pass
    raise UserError("its record is not one of a run", where=str(path), code=ExitCode.CORRUPT)
