"""`SHA256SUMS`: the hashes of all files of a finished run or study, in the format of `sha256sum --check`."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Container, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from nncli.errors import ExitCode, UserError
from nncli.storage.files import digest_of, file_errors, open_to_read, read_if_there

SUMS = "SHA256SUMS"

_LINE = re.compile(r"([0-9a-f]{64})  ([\w.-]+)", re.ASCII)


def file_sha256(path: Path, size: int | None = None) -> str:
    """The hash of a file's content, or of its first bytes; a missing file hashes like an empty one.

    Raises: `UserError` (code FILES, or CORRUPT if it is not a file).
    """
    with file_errors(path, "read"), suppress(FileNotFoundError), open_to_read(path) as file:
        return digest_of(file, size).hexdigest()
    return hashlib.sha256().hexdigest()


def sums_text(sums: Mapping[str, str]) -> str:
    """The lines of the file, from hashes by file name."""
    return "".join(f"{digest}  {name}\n" for name, digest in sorted(sums.items()))


def check_sums(folder: Path, names: Iterable[str]) -> None:
    """Refuse, with a `UserError` (code CORRUPT), files that differ from their recorded hashes, if any."""
    if os.path.lexists(folder / SUMS):
        for error in wrong_sums(folder, (), {name for name in names if os.path.lexists(folder / name)}):
            raise error


def check_sum(path: Path, digest: str) -> None:
    """The same for a file that has been hashed. Args: its path, and its hash."""
    if os.path.lexists(path.parent / SUMS) and noted_sums(path.parent).get(path.name, digest) != digest:
        raise _changed(path)


def noted_sums(folder: Path) -> dict[str, str]:
    """The recorded hashes of a folder, by file name. Raises: `UserError` (code FILES or CORRUPT)."""
    path = folder / SUMS
    content = read_if_there(path)
    if content is None:
        raise UserError("it is missing, though the run has a result", where=str(path), code=ExitCode.CORRUPT)
    lines = content.decode("ascii", "replace").splitlines()
    found = [_LINE.fullmatch(line) for line in lines]
    if not lines or not all(found):
        raise UserError("not a list of SHA-256 sums", where=str(path), code=ExitCode.CORRUPT)
    return {match[2]: match[1] for match in found if match}


def wrong_sums(folder: Path, required: Iterable[str] = (), among: Container[str] | None = None) -> Iterator[UserError]:
    """The errors of the files named in a folder's sums, and of the sums themselves if a required file is missing.

    Args:
        among: the files to check; None for all.
    """
    try:
        sums = noted_sums(folder)
    except UserError as error:
        if error.code != ExitCode.CORRUPT:
            raise
        yield error
        return
    if missing := sorted({*required} - {*sums}):
        given = f"it does not list {', '.join(missing)}"
        yield UserError(given, where=str(folder / SUMS), code=ExitCode.CORRUPT)
    for name, digest in sums.items():
        if among is None or name in among:
            yield from _wrong_sum(folder / name, digest)


def _wrong_sum(path: Path, digest: str) -> Iterator[UserError]:
    if not path.is_file():
        yield UserError("it is missing", where=str(path), code=ExitCode.CORRUPT)
        return
    try:
        if file_sha256(path) != digest:
            yield _changed(path)
    except UserError as error:
        if error.code != ExitCode.CORRUPT:
            raise
        yield error


def _changed(path: Path) -> UserError:
    given = "it has changed since it was written: its SHA-256 differs"
    return UserError(given, where=str(path), code=ExitCode.CORRUPT)
