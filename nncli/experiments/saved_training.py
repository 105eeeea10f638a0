"""What a checkpoint holds: the snapshot of a run's training, the time it took, and what the run comes from."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from nncli.errors import ExitCode, UserError
from nncli.runs.checkpoints import Checkpoint
from nncli.runs.environment import Environment
from nncli.training.snapshot import NamedArrays, Snapshot


@dataclass(frozen=True, slots=True)
class Origin:
    """What a run comes from, as its checkpoints record it.

    Attributes:
        data_sha256: the hash of its rows.
        environment: in which it trains.
        exact: whether the environment stayed the same from the start.
    """

    data_sha256: str
    environment: Environment
    exact: bool = True


@dataclass(frozen=True, slots=True)
class SavedTraining:
    """The contents of a checkpoint, except what ties it to the files of its run.

    Attributes:
        snapshot: of the training.
        origin: of the run.
        seconds: of training before it.
    """

    snapshot: Snapshot
    origin: Origin
    seconds: float

    def as_plain(self) -> tuple[dict[str, object], NamedArrays]:
        """The JSON record and the arrays of the checkpoint."""
        record, arrays = self.snapshot.as_plain()
        origin = self.origin
        return {
            **record,
            "data_sha256": origin.data_sha256,
            "environment": origin.environment,
            "exact": origin.exact,
            "seconds": self.seconds,
        }, arrays

    @classmethod
    def read_from(cls, path: Path, checkpoint: Checkpoint) -> Self:
        """Read it from a checkpoint at a path. Raises: `UserError` (code CORRUPT) if that is not one of a run."""
        record = checkpoint.record
        try:
            origin = Origin(record["data_sha256"], record["environment"], record["exact"])
            seconds = record["seconds"]
            whole = isinstance(origin.environment, dict) and type(origin.exact) is bool
            whole = whole and isinstance(origin.data_sha256, str)
            whole = whole and type(seconds) in (int, float) and 0 <= seconds <= sys.float_info.max
            if whole:
                return cls(Snapshot.from_plain(record, checkpoint.arrays), origin, float(seconds))
        except (LookupError, TypeError, ValueError, AttributeError):
            pass
        raise UserError("its record is not that of a run", where=str(path), code=ExitCode.CORRUPT)
