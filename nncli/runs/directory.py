"""One run, one folder: `runs/<name>-<utc>-<6 hex>/`.

| file | what | written |
|---|---|---|
| `lock` | held by the process that writes the run | first |
| `config.yaml` | the resolved config; makes the folder a run | once |
| `environment.json` | with what it ran | once |
| `data.json` | what its data were like: shapes, names, the mean and std that were taken out | once |
| `metrics.csv` | a row per seed and recorded epoch | as they come |
| `weights.npz` | an array per parameter with a leading seed axis | atomically |
| `result.json` | what came out | last |
"""

from __future__ import annotations

import os
import re
from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias, cast, get_args

from nncli.errors import ExitCode, UserError, did_you_mean
from nncli.runs.files import Appender, file_errors, make_folder, write_atomically
from nncli.runs.lock import Lock, is_held
from nncli.runs.metrics import Number, csv_text, read_columns
from nncli.runs.strict_json import read_json_object, to_json

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nncli.runs.weights import Weights

Outcome: TypeAlias = Literal["completed", "diverged", "interrupted", "failed"]
Status: TypeAlias = Outcome | Literal["running"]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_FOLDER = re.compile(r"(?P<name>.+)-(?P<started>\d{8}T\d{6}Z)-[0-9a-f]{6}")
_TIME = "%Y%m%dT%H%M%SZ"
_DEVICES = {"con", "prn", "aux", "nul"} | {f"{port}{n}" for port in ("com", "lpt") for n in range(10)}


class RunDirectory:
    """The files of one run.

    `create` gives one to write, locked until it is closed; `open` one to read. Writing to one that is not open for
    writing is a `ValueError`; what the file system refuses is a `UserError` (code FILES).
    """

    __slots__ = ("_columns", "_lock", "_metrics", "path")

    def __init__(self, path: Path, lock: Lock | None = None) -> None:
        self.path = path
        self._lock = lock
        self._metrics: Appender | None = None
        self._columns: tuple[str, ...] = ()

    @classmethod
    def create(cls, root: Path, name: str) -> Self:
        """Make `<root>/<name>-<utc>-<6 hex>`, which nobody else has made, and lock it.

        Errors: `UserError` for a name that is no folder name on every platform, or (code FILES) if it cannot be made.
        """
        check_name(name)
        while True:
            started = datetime.now(UTC).strftime(_TIME)
            path = root / f"{name}-{started}-{os.urandom(3).hex()}"
            if make_folder(path):
                return cls(path, Lock.acquire(path / "lock"))

    @classmethod
    def open(cls, path: Path) -> Self:
        """An existing run, to read. Errors: `UserError` (code FILES) if there is none."""
        if not os.path.isdir(path):
            raise UserError("no such folder", where=str(path), code=ExitCode.FILES)
        if not _is_run(path):
            raise UserError("not a run directory: it holds no config.yaml", where=str(path), code=ExitCode.FILES)
        return cls(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"RunDirectory({str(self.path)!r})"

    def close(self) -> None:
        """End the writing and free the lock; a second time does nothing."""
        metrics, lock, self._metrics, self._lock = self._metrics, self._lock, None, None
        try:
            if metrics:
                metrics.close()
        finally:
            if lock:
                lock.release()

    @property
    def name(self) -> str:
        """The run's name: its folder's without time and hex, or all of it if someone has renamed the folder."""
        folder = _folder_name(self.path)
        match = _FOLDER.fullmatch(folder)
        return match["name"] if match else folder

    @property
    def started(self) -> datetime | None:
        """When the run began, in UTC to the second, as its folder says; None if someone has renamed the folder."""
        match = _FOLDER.fullmatch(_folder_name(self.path))
        try:
            return datetime.strptime(match["started"], _TIME).replace(tzinfo=UTC) if match else None
        except ValueError:
            return None

    @property
    def status(self) -> Status:
        """What `result.json` says; without one that can be read, `running` if the lock is held, else `interrupted`."""
        # The lock first: whoever frees it between the two looks has written the result before.
        held = self._lock is not None or is_held(self.path / "lock")
        try:
            word = (self.read_result() or {}).get("status")
        except UserError:
            word = None
        if word in get_args(Outcome):
            return cast("Outcome", word)
        return "running" if held else "interrupted"

    def write_config(self, text: str) -> None:
        """Write `config.yaml`; from here on the folder is a run."""
        write_atomically(self._writable("config.yaml"), text)

    def write_environment(self, environment: Mapping[str, Any]) -> None:
        """Write `environment.json` as strict JSON."""
        write_atomically(self._writable("environment.json"), to_json(environment))

    def write_data(self, signature: Mapping[str, Any]) -> None:
        """Write `data.json`: what the data were like, as strict JSON."""
        write_atomically(self._writable("data.json"), to_json(signature))

    def write_result(self, result: Mapping[str, Any]) -> None:
        """Write `result.json` as strict JSON, after making sure that the metrics are on the disk."""
        path = self._writable("result.json")
        if self._metrics:
            self._metrics.fsync()
        write_atomically(path, to_json(result))

    def append_metrics(self, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Append rows to `metrics.csv`, under a header of the columns if they are the first.

        Errors: `ValueError` for other columns than before, or a row of another length.
        """
        path = self._writable("metrics.csv")
        text = csv_text(rows, len(columns))
        if self._metrics is None:
            self._metrics, self._columns = Appender(path), tuple(columns)
            text = csv_text([columns], len(columns)) + text
        if tuple(columns) != self._columns:
            raise ValueError(f"columns {', '.join(columns)} in a table of {', '.join(self._columns)}")
        self._metrics.write(text)

    def write_weights(self, arrays: Mapping[str, NDArray[Any]], seeds: Sequence[int]) -> None:
        """Write `weights.npz`: arrays of shape (R, ...) by parameter name, for R seeds.

        Errors: as `weights.write_weights`.
        """
        from nncli.runs.weights import write_weights

        write_weights(self._writable("weights.npz"), arrays, seeds)

    def read_config(self) -> str:
        """The text of `config.yaml`. Errors: `UserError` (code FILES, or CORRUPT if it is not UTF-8)."""
        path = self.path / "config.yaml"
        try:
            with file_errors(path, "read"):
                return path.read_bytes().decode()
        except UnicodeDecodeError as error:
            raise UserError(f"not UTF-8 text: {error}", where=str(path), code=ExitCode.CORRUPT) from error

    def read_environment(self) -> dict[str, Any] | None:
        """The object in `environment.json`, or None. Errors: `UserError` (code FILES or CORRUPT)."""
        return read_json_object(self.path / "environment.json")

    def read_data(self) -> dict[str, Any] | None:
        """The object in `data.json`, or None. Errors: `UserError` (code FILES or CORRUPT)."""
        return read_json_object(self.path / "data.json")

    def read_result(self) -> dict[str, Any] | None:
        """The object in `result.json`, or None. Errors: `UserError` (code FILES or CORRUPT)."""
        return read_json_object(self.path / "result.json")

    def read_metrics(self) -> dict[str, list[Number]]:
        """The columns of `metrics.csv`, or none. Errors: as `metrics.read_columns`."""
        return read_columns(self.path / "metrics.csv")

    def read_weights(self) -> Weights:
        """Names, arrays by name, and seeds of `weights.npz`. Errors: as `weights.read_weights`."""
        from nncli.runs.weights import read_weights

        return read_weights(self.path / "weights.npz")

    def _writable(self, name: str) -> Path:
        if self._lock is None:
            raise ValueError(f"{self.path} is not open for writing")
        return self.path / name


def check_name(name: str) -> None:
    """Refuse, with a `UserError`, a name that would be no folder name on some platform."""
    if not _NAME.fullmatch(name):
        allowed = "A name is up to 80 letters, digits, '.', '_' and '-', and begins with a letter or a digit"
        raise UserError(f"'{name}' cannot name a run", where="name", allowed=allowed)
    if name.split(".", maxsplit=1)[0].casefold() in _DEVICES:
        raise UserError(f"'{name}' cannot name a run: it is a device on Windows", where="name")


def list_runs(root: Path, names: Container[str] | None = None) -> list[RunDirectory]:
    """The runs in a folder, or those of some names, newest first; what is no run is passed over, a missing folder empty.

    Errors: `UserError` (code FILES) if the folder itself cannot be read.
    """
    with file_errors(root, "read"):
        try:
            found = [RunDirectory(root / name) for name in os.listdir(root)]
        except FileNotFoundError:
            return []
    wanted = found if names is None else [run for run in found if run.name in names]
    return sorted((run for run in wanted if _is_run(run.path)), key=_age, reverse=True)


def find_run(root: Path, text: str) -> RunDirectory:
    """The run that a user means.

    Args:
        root: the folder of runs.
        text: `latest`, the path of a run, its folder's name in `root`, an unambiguous beginning of that name, or the
            six digits at its end.

    Errors: `UserError` (code FILES) if it is none or several of them.
    """
    if text != "latest" and _is_run(Path(text)):
        return RunDirectory(Path(text))
    runs = list_runs(root)
    if text == "latest":
        matches = runs[:1]
    else:
        matches = [run for run in runs if run.path.name == text]
        matches = matches or [run for run in runs if run.name == text]
        matches = matches or [run for run in runs if text and run.path.name.startswith(text)]
        matches = matches or [run for run in runs if run.path.name.endswith(f"-{text}")]
    if len(matches) == 1:
        return matches[0]
    if matches:
        raise UserError(
            f"'{text}' could be {len(matches)} runs",
            allowed=f"The newest are {', '.join(run.path.name for run in matches[:3])}",
            code=ExitCode.FILES,
        )
    if os.path.isdir(text):
        return RunDirectory.open(Path(text))
    if not runs:
        raise UserError(f"'{text}' is no run: there are none in {root}", code=ExitCode.FILES)
    known = dict.fromkeys(["latest", *(run.name for run in runs), *(run.path.name for run in runs)])
    raise UserError(
        f"'{text}' is no run in {root}",
        hint=did_you_mean(text, known),
        allowed="Give a path, a run's name, its beginning or its last six digits, or 'latest'",
        code=ExitCode.FILES,
    )


def _folder_name(path: Path) -> str:
    return os.path.basename(os.path.abspath(path))  # also of "."


def _is_run(path: Path) -> bool:
    return os.path.isfile(path / "config.yaml")  # unlike Path.is_file, never raises


def _age(run: RunDirectory) -> tuple[datetime, int, str]:
    """A sorting key: the start, and, for runs of the same second, the moment that their config was written."""
    try:
        written = os.stat(run.path / "config.yaml").st_mtime_ns
    except OSError:
        written = 0
    return run.started or datetime.min.replace(tzinfo=UTC), written, run.path.name
