"""One run, one folder: `runs/<name>-<utc>-<6 hex>/`.

| file | what | written |
|---|---|---|
| `lock` | held by the process that writes the run | first |
| `config.yaml` | the resolved config; makes the folder a run | once |
| `environment.json` | the environment it ran in | once |
| `data.json` | the form of its data: shapes, names, the mean and std of standardization | once |
| `metrics.csv` | a row per seed and recorded epoch | continuously |
| `flow.csv` | a row per layer, seed and recorded epoch, with `training.record: [flow]` | continuously |
| `checkpoint-<step>.npz` | everything that a resume needs | at intervals, until the run is finished |
| `metrics-cut-<byte>.csv`, `flow-cut-<byte>.csv` | rows cut off, because training resumed before them | by a resume |
| `rejected-checkpoint-<step>.npz` | a checkpoint that was damaged or not of this run | by a resume |
| `weights.npz` | an array per parameter with a leading seed axis | at the end |
| `weights-history.npz` | the same at about 30 epochs, with `training.record: [weights]` | at the end |
| `SHA256SUMS` | the hashes of all permanent files, including `result.json` | before the last |
| `result.json` | the result | last |

Files are replaced as a whole. A resumed run first loses its `result.json`, so that an old result never
describes new files.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self, TypeAlias, cast, get_args

from nncli.errors import ExitCode, UserError, command
from nncli.runs.growing_table import NO_ROWS, GrowingTable
from nncli.runs.metrics_csv import MetricsTable, Number, TableMark
from nncli.runs.result_record import Ending
from nncli.storage.checksums import SUMS, file_sha256, sums_text
from nncli.storage.files import (
    file_errors,
    file_size,
    make_folder,
    read_if_there,
    remove,
    remove_leftovers,
    rename,
    write_atomically,
)
from nncli.storage.lock import Lock, is_held
from nncli.storage.names import check_name
from nncli.storage.strict_json import PlainObject, read_json_object, to_json, write_json

if TYPE_CHECKING:
    from nncli.runs.checkpoints import Checkpoint
    from nncli.runs.weights import OpenWeights
    from nncli.runs.weights_history import OpenHistory
    from nncli.storage.npz import StoredArray

Status: TypeAlias = Ending | Literal["running"]

OVER: tuple[Ending, ...] = ("completed", "diverged")
"""The statuses of a run that has nothing left to train."""

CONFIG, ENVIRONMENT, DATA, METRICS = "config.yaml", "environment.json", "data.json", "metrics.csv"
FLOW, WEIGHTS, HISTORY, RESULT = "flow.csv", "weights.npz", "weights-history.npz", "result.json"
SUMMED = (CONFIG, ENVIRONMENT, DATA, METRICS, WEIGHTS)
"""The permanent files of a finished run besides the result; a failed run lacks some of them."""

RECORDED = (FLOW, HISTORY)
"""Permanent files that are there only if the config asks for them."""

TABLES = (METRICS, FLOW)
"""The tables that grow while a run trains; `flow.csv` only if the config asks for it."""

CHECKPOINT = "checkpoint-{:012d}.npz"
"""The name of the checkpoint after a step: names sort by step."""

_FOLDER = re.compile(r"(?P<name>.+)-(?P<started>\d{8}T\d{6}Z)-[0-9a-f]{6}")
_TIME = "%Y%m%dT%H%M%SZ"
_CHECKPOINT = re.compile(r"checkpoint-\d{12}\.npz")


class RunDirectory:
    """The files of one run.

    `create` returns one to write, locked until it is closed; `open` one to read. Writing to one not open for
    writing is a `ValueError`; a failure of the file system is a `UserError` (code FILES).
    """

    __slots__ = ("_lock", "_tables", "path")

    def __init__(self, path: Path, lock: Lock | None = None) -> None:
        self.path = path
        self._lock = lock
        self._tables = {name: GrowingTable(path / name) for name in TABLES}

    @classmethod
    def create(cls, root: Path, name: str) -> Self:
        """Create a new folder `<root>/<name>-<utc>-<6 hex>` and lock it.

        Raises: `UserError` for a name that is not portable as a folder name, or (code FILES) if it cannot be created.
        """
        check_name(name)
        while True:
            started = datetime.now(UTC).strftime(_TIME)
            path = root / f"{name}-{started}-{os.urandom(3).hex()}"
            if make_folder(path):
                return cls(path, Lock.acquire(path / "lock"))

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open an existing run for reading. Raises: `UserError` (code FILES) if it is missing."""
        if not os.path.isdir(path):
            raise UserError("no such folder", where=str(path), code=ExitCode.FILES)
        if not is_run(path):
            check_permission(path)
            raise UserError("not a run directory: it holds no config.yaml", where=str(path), code=ExitCode.FILES)
        return cls(path)

    @classmethod
    def take(cls, path: Path) -> Self:
        """Open an existing run to resume it. Raises: `UserError` (code FILES) if it is missing, or being written."""
        cls.open(path)
        return cls(path, Lock.acquire(path / "lock"))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"RunDirectory({str(self.path)!r})"

    def close(self) -> None:
        """Stop writing and release the lock; does nothing the second time."""
        lock, self._lock = self._lock, None
        try:
            for table in self._tables.values():
                table.close()
        finally:
            if lock:
                lock.release()

    @property
    def folder(self) -> str:
        """The name of the run's folder, even if its path is `.`."""
        return os.path.basename(os.path.abspath(self.path))

    @property
    def is_renamed(self) -> bool:
        """Whether the folder has been renamed to something other than a run's name."""
        return _FOLDER.fullmatch(self.folder) is None

    @property
    def name(self) -> str:
        """The run's name: the folder name without time and hex, or all of it if the folder has been renamed."""
        match = _FOLDER.fullmatch(self.folder)
        return match["name"] if match else self.folder

    @property
    def started(self) -> datetime | None:
        """The start of the run in UTC, to the second, from the folder name; None if the folder has been renamed."""
        match = _FOLDER.fullmatch(self.folder)
        try:
            return datetime.strptime(match["started"], _TIME).replace(tzinfo=UTC) if match else None
        except ValueError:
            return None

    @property
    def status(self) -> Status:
        """The status in `result.json`; without a readable one, `running` if the lock is held, else `interrupted`."""
        # The lock first: whoever releases it between the two checks has already written the result.
        held = self._lock is not None or is_held(self.path / "lock")
        try:
            word = (self.read_result() or {}).get("status")
        except UserError:
            word = None
        if word in get_args(Ending):
            return cast("Ending", word)
        return "running" if held else "interrupted"

    @property
    def is_over(self) -> bool:
        """Whether there is nothing left to train."""
        return self.status in OVER

    def write_config(self, text: str) -> None:
        """Write `config.yaml`, which makes the folder a run."""
        write_atomically(self._writable(CONFIG), text)

    def write_environment(self, environment: Mapping[str, object]) -> None:
        """Write `environment.json` as strict JSON."""
        write_json(self._writable(ENVIRONMENT), environment)

    def write_data(self, signature: Mapping[str, object]) -> None:
        """Write `data.json`, the form of the data, as strict JSON."""
        write_json(self._writable(DATA), signature)

    def write_result(self, result: Mapping[str, object]) -> None:
        """Write `SHA256SUMS` and then, as strict JSON, `result.json`, once the tables are on disk."""
        path, text = self._writable(RESULT), to_json(result)
        for table in self._tables.values():
            table.mark()
        sums = {name: file_sha256(self.path / name) for name in (*SUMMED, *RECORDED) if (self.path / name).is_file()}
        sums[RESULT] = hashlib.sha256(text.encode()).hexdigest()
        write_atomically(self.path / SUMS, sums_text(sums))
        write_atomically(path, text)

    def write_checkpoint(
        self, step: int, record: Mapping[str, object], arrays: Mapping[str, StoredArray], keep: int
    ) -> None:
        """Write a checkpoint, once the tables are on disk, and remove all but the `keep` newest.

        Adds to the record the hash of the config, and the size and hash of each table: of `flow.csv`, if it is there.
        """
        from nncli.runs.checkpoints import TABLE_KEYS, write_checkpoint

        self._writable(METRICS)
        marks = {TABLE_KEYS[name]: table.mark() for name, table in self._tables.items()}
        own = {key: asdict(mark) for key, mark in marks.items() if mark != NO_ROWS or key == TABLE_KEYS[METRICS]}
        record = {"config_sha256": file_sha256(self.path / CONFIG), **own, **record}
        write_checkpoint(self.path / CHECKPOINT.format(step), record, arrays)
        self.drop_checkpoints(keep)

    def drop_checkpoints(self, keep: int = 0) -> None:
        """Remove all checkpoints except the newest."""
        self._writable("")
        for path in self.checkpoints()[keep:]:
            remove(path)

    def rewind(self, marks: Mapping[str, TableMark], rejected: Iterable[Path] = ()) -> None:
        """Go back to where a checkpoint was written: each table to its mark, or without one to its start.

        The result is removed first, so that it never describes other files. Rows cut from a table are kept beside
        it, and rejected checkpoints are renamed.
        """
        self._writable(METRICS)
        remove(self.path / RESULT)
        remove(self.path / SUMS)
        remove_leftovers(self.path)
        for checkpoint in rejected:
            rename(checkpoint, checkpoint.with_name(f"rejected-{checkpoint.name}"))
        for name, table in self._tables.items():
            table.rewind(marks.get(name, NO_ROWS))

    def append_metrics(self, columns: Sequence[str], rows: Sequence[Sequence[Number]]) -> None:
        """Append rows to `metrics.csv`, with a header of the columns before the first; NaN is an empty cell.

        Raises: `ValueError` for columns that differ from before, or a row of another length.
        """
        self._writable(METRICS)
        self._tables[METRICS].append(columns, rows)

    def append_flow(self, columns: Sequence[str], rows: Sequence[Sequence[Number]]) -> None:
        """Append rows to `flow.csv`, likewise."""
        self._writable(FLOW)
        self._tables[FLOW].append(columns, rows)

    def write_weights(self, arrays: Mapping[str, StoredArray], seeds: Sequence[int]) -> None:
        """Write `weights.npz`: arrays of shape (R, ...) by parameter name, for R seeds.

        Raises: see `weights.write_weights`.
        """
        from nncli.runs.weights import write_weights

        write_weights(self._writable(WEIGHTS), arrays, seeds)

    def write_history(
        self, arrays: Mapping[str, StoredArray], seeds: Sequence[int], epochs: Sequence[int], stopped: Sequence[int]
    ) -> None:
        """Write `weights-history.npz`. Args and errors: see `weights_history.write_history`."""
        from nncli.runs.weights_history import write_history

        write_history(self._writable(HISTORY), arrays, seeds, epochs, stopped)

    def read_config(self) -> str:
        """The text of `config.yaml`. Raises: `UserError` (code FILES, or CORRUPT if it is not UTF-8)."""
        path = self.path / CONFIG
        content = read_if_there(path)
        if content is None:
            raise UserError("it is missing", where=str(path), code=ExitCode.FILES)
        try:
            return content.decode()
        except UnicodeDecodeError as error:
            raise UserError(f"not UTF-8 text: {error}", where=str(path), code=ExitCode.CORRUPT) from error

    def read_environment(self) -> PlainObject | None:
        """The object in `environment.json`, or None. Raises: `UserError` (code FILES or CORRUPT)."""
        return read_json_object(self.path / ENVIRONMENT)

    def read_data(self) -> PlainObject | None:
        """The object in `data.json`, or None. Raises: `UserError` (code FILES or CORRUPT)."""
        return read_json_object(self.path / DATA)

    def read_result(self) -> PlainObject | None:
        """The object in `result.json`, or None. Raises: `UserError` (code FILES or CORRUPT)."""
        return read_json_object(self.path / RESULT)

    def open_metrics(self) -> MetricsTable:
        """The table in `metrics.csv`, to read row by row. Raises: see `metrics.MetricsTable`."""
        return MetricsTable.open(self.path / METRICS)

    def open_flow(self) -> MetricsTable:
        """The table in `flow.csv`, likewise; without columns if it was not recorded."""
        return MetricsTable.open(self.path / FLOW)

    def checkpoints(self) -> list[Path]:
        """The paths of the checkpoints, newest first."""
        found = (path for path in self.path.glob("checkpoint-*.npz") if _CHECKPOINT.fullmatch(path.name))
        return sorted(found, reverse=True)

    def read_checkpoint(self, path: Path) -> Checkpoint:
        """Read a checkpoint, and check that it was made with the present config.

        Raises: `UserError` (code FILES or CORRUPT; DATA for another format), at the config if that has changed.
        """
        from nncli.runs.checkpoints import read_checkpoint

        found = read_checkpoint(path)
        if not found.has_marks:
            raise UserError("its record is not that of a run", where=str(path), code=ExitCode.CORRUPT)
        if found.record.get("config_sha256") != file_sha256(self.path / CONFIG):
            given = f"it is not the config that {path.name} was made with"
            hint = f"Restore it, or train it as a separate run: {command('train', self.path / CONFIG)}"
            raise UserError(given, where=str(self.path / CONFIG), hint=hint, code=ExitCode.CORRUPT)
        return found

    def other_table(self, checkpoint: Checkpoint) -> str | None:
        """The first table that no longer begins as when a checkpoint was written. Raises: `UserError` (code FILES)."""
        for name, then in checkpoint.marks.items():
            path = self.path / name
            if then.bytes > file_size(path) or file_sha256(path, then.bytes) != then.sha256:
                return name
        return None

    def open_weights(self) -> AbstractContextManager[OpenWeights]:
        """`weights.npz`, to read in groups of replicas. Raises: see `weights.open_weights`."""
        from nncli.runs.weights import open_weights

        return open_weights(self.path / WEIGHTS)

    def open_history(self) -> AbstractContextManager[OpenHistory]:
        """`weights-history.npz`, likewise. Raises: see `weights_history.open_history`."""
        from nncli.runs.weights_history import open_history

        return open_history(self.path / HISTORY)

    def _writable(self, name: str) -> Path:
        if self._lock is None:
            raise ValueError(f"{self.path} is not open for writing")
        return self.path / name


def check_permission(path: Path) -> None:
    """Raises: `UserError` (code FILES) if a folder cannot be accessed or listed."""
    with file_errors(path, "read"):
        try:
            os.stat(path / CONFIG)
        except PermissionError:
            raise
        except (OSError, ValueError):  # missing, or not a path: the caller reports it
            pass


def is_run(path: Path) -> bool:
    """Whether a path is that of a run: a folder with a config."""
    return os.path.isfile(path / CONFIG)  # unlike Path.is_file, never raises
