"""A checkpoint: a sealed archive of arrays, one of which is the JSON text of a record of plain data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nncli.errors import ExitCode, UserError
from nncli.runs.metrics_csv import TableMark
from nncli.storage.npz import StoredArray
from nncli.storage.sealed import open_sealed, write_sealed
from nncli.storage.strict_json import PlainObject

FORMAT = 1
"""The version of the format; other versions are refused."""

_RECORD = "record"

TABLE_KEYS = {"metrics.csv": "metrics", "flow.csv": "flow"}
"""The key in the record for the mark of each table."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The contents of a checkpoint.

    Attributes:
        record: plain JSON data.
        arrays: by name.
    """

    record: PlainObject
    arrays: dict[str, StoredArray]

    @property
    def has_marks(self) -> bool:
        """Whether its record says where the tables were: that of metrics, and others if they were there."""
        marks = [
            self.record.get(key) for name, key in TABLE_KEYS.items() if key in self.record or name == "metrics.csv"
        ]
        return all(isinstance(mark, dict) and type(mark.get("bytes")) is int and mark["bytes"] >= 0 for mark in marks)

    @property
    def marks(self) -> dict[str, TableMark]:
        """The tables when it was written, by file name; for a record checked by `RunDirectory.read_checkpoint`."""
        found = {name: self.record[key] for name, key in TABLE_KEYS.items() if key in self.record}
        return {name: TableMark(mark["bytes"], str(mark.get("sha256"))) for name, mark in found.items()}


def write_checkpoint(path: Path, record: Mapping[str, object], arrays: Mapping[str, StoredArray]) -> None:
    """Write a checkpoint, atomically. Raises: `UserError` (code FILES)."""
    text = json.dumps({"format": FORMAT, **record}, allow_nan=True)
    write_sealed(path, {_RECORD: np.frombuffer(text.encode(), np.uint8), **arrays})


def read_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint.

    Raises: `UserError` with code FILES if it cannot be read, CORRUPT if it is damaged, DATA if it is of another format.
    """
    with open_sealed(path) as (archive, _):
        try:
            record = json.loads(archive.read(_RECORD).tobytes())
            found = record["format"]
        except (ValueError, LookupError, TypeError, RecursionError) as error:
            raise UserError("not a checkpoint", where=str(path), code=ExitCode.CORRUPT) from error
        if found != FORMAT:
            given = f"a checkpoint of format {found!r:.20}"
            allowed = f"This version of nncli reads format {FORMAT}"
            raise UserError(given, where=str(path), allowed=allowed, code=ExitCode.DATA)
        return Checkpoint(record, {name: archive.read(name) for name in archive.names if name != _RECORD})
