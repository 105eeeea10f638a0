"""`SHA256SUMS`: what every file of a finished run hashes to, in the format of `sha256sum --check`."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Container, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from nncli.errors import ExitCode, UserError
from nncli.storage.files import LONGEST, digest_of, file_errors, file_size, open_to_read, read_if_there

SUMS = "SHA256SUMS"
LONGEST_OF = {"metrics.csv": 1 << 38, "weights.npz": 1 << 38}
"""The most bytes of those files that grow with a run; of any other it is `LONGEST`."""

_LINE = re.compile(r"([0-9a-f]{64})  ([\w.-]+)", re.ASCII)


def file_sha256(path: Path, size: int | None = None) -> str:
    """The hash of a file's content, or of so many bytes at its beginning; of a missing one that of no bytes.

    Raises: `UserError` (code FILES, or CORRUPT if it is no file).
    """
    with file_errors(path, "read"), suppress(FileNotFoundError), open_to_read(path) as file:
        return digest_of(file, size).hexdigest()
    return hashlib.sha256().hexdigest()


def sums_text(sums: Mapping[str, str]) -> str:
    """The lines for hashes by the names of their files."""
    return "".join(f"{digest}  {name}\n" for name, digest in sorted(sums.items()))


def check_sums(folder: Path, names: Iterable[str]) -> None:
    """Refuse, with a `UserError` (code CORRUPT), files that are not as the run left them, if it noted that."""
    if os.path.lexists(folder / SUMS):
        for error in wrong_sums(folder, (), {name for name in names if os.path.lexists(folder / name)}):
            raise error


def wrong_sums(folder: Path, required: Iterable[str] = (), among: Container[str] | None = None) -> Iterator[UserError]:
    """What is wrong with the files that a folder's sums name, or with the sums, if they miss what is required.

    Args:
        among: the files that are looked at; None for all.
    """
    path = folder / SUMS
    content = read_if_there(path)
    if content is None:
        yield UserError("it is missing, though the run has a result", where=str(path), code=ExitCode.CORRUPT)
        return
    lines = content.decode("ascii", "replace").splitlines()
    found = [_LINE.fullmatch(line) for line in lines]
    if not lines or not all(found):
        yield UserError("not a list of SHA-256 sums", where=str(path), code=ExitCode.CORRUPT)
        return
    sums = {match[2]: match[1] for match in found if match}
    if missing := sorted({*required} - {*sums}):
        yield UserError(f"it does not name {', '.join(missing)}", where=str(path), code=ExitCode.CORRUPT)
    for name, digest in sums.items():
        member = folder / name
        if among is not None and name not in among:
            continue
        if not member.is_file():
            yield UserError("it is missing", where=str(member), code=ExitCode.CORRUPT)
        elif (size := file_size(member)) > (most := LONGEST_OF.get(name, LONGEST)):
            given = f"{size} bytes are more than such a file ever has ({most})"
            yield UserError(given, where=str(member), code=ExitCode.CORRUPT)
        elif file_sha256(member) != digest:
            given = "it is not as the run left it: its SHA-256 is another"
            yield UserError(given, where=str(member), code=ExitCode.CORRUPT)
