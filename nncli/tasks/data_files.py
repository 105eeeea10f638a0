"""The common base of tasks whose rows come from a user's file."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import Any, ClassVar, Self

from nncli.errors import ExitCode, Place, UserError, quoted
from nncli.registry import changed, did_you_mean, option
from nncli.tasks import Task
from nncli.tasks.option_ranges import check_ranges

MAX_NUMBERS = 100_000_000
"""The most numbers kept from one file: 800 MB as float64."""

ESCAPES = {"\r": "r", "\n": "n", "\t": "t", "\a": "a", "\b": "b", "\v": "v", "\f": "f", "\x1b": "e", "\x85": "N"}
"""What YAML makes of a backslash and a letter in double quotes: characters that no file name has."""


def file_option(what: str) -> Any:
    """The required option `file`."""
    return option(
        help=f"the {what}; a relative path starts at the config's folder, on the command line at the working one"
    )


def sha256_option() -> Any:
    """The option `sha256`."""
    return option(None, "SHA-256 of the file's bytes: any other file is refused; filled in by training")


def split_seed_option() -> Any:
    """The option `seed` of a task that draws only its splits."""
    return option(0, "seed of the split into train, validation and test rows, the same for all replicas", ge=0)


def data_error(given: str, *place: str | int, hint: str = "", allowed: str = "") -> UserError:
    """The error for bad data: `data.csv:7:width: the value is missing. ...`.

    Args:
        given: what was found.
        place: the file, and if known the line, column or member.
        hint, allowed: see `UserError`.
    """
    source, *position = place
    return UserError(given, where=Place(str(source), tuple(position)), hint=hint, allowed=allowed, code=ExitCode.DATA)


def named(text: str) -> str:
    """A name from a file as part of a place: unchanged if it is short and printable."""
    return text if len(text) <= 40 and text.isprintable() else quoted(text)


@contextmanager
def opened(path: str, place: str, most: int, *, pipes: bool = False) -> Iterator[BufferedReader]:
    """Open a user's file at its beginning.

    Args:
        path: the path of the file.
        place: the path as messages show it.
        most: the most bytes that it may have.
        pipes: whether it may be a pipe, which can be read only once, and only from its beginning to its end.

    Raises: `UserError` (code DATA) if it is missing, unreadable, or too large.
    """
    try:
        status = os.stat(path)
        if stat.S_ISDIR(status.st_mode):
            raise data_error("this is a folder, not a data file", place)
        if not pipes and not stat.S_ISREG(status.st_mode):  # opening a pipe would wait for a writer
            raise data_error("this is not an ordinary file", place)
        if status.st_size > most:
            given = f"the file has {status.st_size} bytes"
            raise data_error(given, place, allowed=f"At most {most} ({most >> 20} MiB)")
        flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | (0 if pipes else getattr(os, "O_NONBLOCK", 0))
        with open(os.open(path, flags), "rb") as file:
            if not pipes and not stat.S_ISREG(os.fstat(file.fileno()).st_mode):  # another file has just replaced it
                raise data_error("this is not an ordinary file", place)
            yield file
    except FileNotFoundError:
        raise data_error("no such file", place, hint=_with_slashes(place) or _similar(path)) from None
    except OSError as error:
        raise data_error(f"the file cannot be read: {error.strerror}", place) from None


def _with_slashes(place: str) -> str:
    """The hint for a path with backslashes, or with what YAML makes of them in double quotes."""
    found = next((letter for control, letter in ESCAPES.items() if control in place), "")
    if not found and ("\\" not in place or os.sep == "\\"):
        return ""
    for control, letter in ESCAPES.items():
        place = place.replace(control, f"/{letter}")
    path = place.replace("\\", "/")
    return f"In double quotes, \\{found} is one character: write {path}" if found else f"Write {path}"


def _similar(path: str) -> str:
    try:
        names = sorted(entry.name for entry in Path(path).parent.iterdir())
    except OSError:
        return ""
    return did_you_mean(Path(path).name, filter(str.isprintable, names))


def shown(file: str) -> str:
    """A path as messages show it: relative to the working directory, if the file is inside it."""
    path = Path(file)
    try:
        return str(path.relative_to(Path.cwd()))
    except (ValueError, OSError):  # it is elsewhere, or the working directory is gone
        return str(path)


def check_recorded(file: str, sha256: str, most: int) -> None:
    """Check a file named by an untrusted run against its recorded hash, without quoting its content.

    Raises: `UserError` (code DATA) unless it is a regular file with this hash, within the size limit.
    """
    try:
        with opened(file, shown(file), most) as content:
            found = _hash(content)
    except UserError as error:
        raise error.replaced(hint="") from None  # without the names of neighboring files
    if found != sha256:
        raise data_error("this is not the file that was recorded: its SHA-256 differs", shown(file))


class FromFile:
    """A task that is made from a file, identified by the hash of its bytes.

    Attributes:
        MAX_BYTES: the most bytes of the file.
        file: the path. Paths from a config have been made absolute (`nncli.config.relative_paths`).
        sha256: the hash that the file must have.
        seed: the seed of the splits.
    """

    __slots__ = ()

    MAX_BYTES: ClassVar[int]
    file: str
    sha256: str | None
    seed: int

    def __post_init__(self) -> None:
        check_ranges(self)
        if not self.file or "\0" in self.file:
            hint = r"In double quotes, \0 is one character: write / in place of \ " if self.file else ""
            raise UserError(
                "file is not a path",
                hint=hint.rstrip(),
                allowed="Write the path of a file, such as data.csv",
                option="file",
            )
        if self.sha256 is not None and not re.fullmatch("[0-9a-f]{64}", self.sha256):
            allowed = "Write 64 hexadecimal digits, or null"
            raise UserError(f"sha256 is {quoted(self.sha256)}", allowed=allowed, option="sha256")

    @property
    def place(self) -> str:
        """The path as messages show it."""
        return shown(self.file)

    def pinned(self) -> Self:
        """The same task with the current hash of its file. Raises: see `opened`."""
        with self.opened() as file:
            return changed(self, sha256=_hash(file))

    @contextmanager
    def opened(self) -> Iterator[BufferedReader]:
        """Open the file at its beginning, after checking that it is the right one.

        Raises: `UserError` (code DATA) if it is missing, unreadable, larger than `MAX_BYTES`, or has another
        hash than it should.
        """
        with opened(self.file, self.place, self.MAX_BYTES) as file:
            if self.sha256 is not None and (found := _hash(file)) != self.sha256:
                raise data_error(
                    f"this is not the file of the config: its sha256 is {found[:12]}..., not {self.sha256[:12]}...",
                    self.place,
                    hint="Give the path of the original, or set sha256: null to accept this one",
                )
            yield file


def pinned(task: Task) -> Task:
    """The task; if made from a file, with the hash of that file. Raises: see `FromFile.opened`."""
    return task.pinned() if isinstance(task, FromFile) else task


def _hash(file: BufferedReader) -> str:
    digest = hashlib.file_digest(file, "sha256").hexdigest()
    file.seek(0)
    return digest
