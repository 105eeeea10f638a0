"""Rows held back until all of them are known to be valid: a few in memory, more in a temporary file."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

from nncli.errors import ExitCode, UserError

FEW = 1 << 22
"""Bytes of rows kept in memory."""


class Spool:
    """Rows of plain values that can be iterated over repeatedly, one block in memory at a time.

    Raises: `UserError` (code FILES) if the temporary file cannot be written.
    """

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(FEW, "w+", encoding="utf-8", newline="\n")  # noqa: SIM115 (see exit)
        self._count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[list[Any]]:
        for block in self.blocks():
            yield from block

    def extend(self, block: list[list[Any]]) -> None:
        """Add a block of rows."""
        with _errors():
            self._file.write(json.dumps(block) + "\n")
        self._count += len(block)

    def blocks(self) -> Iterator[list[list[Any]]]:
        """The rows, in the blocks they were added in."""
        with _errors():
            self._file.seek(0)
        for line in self._file:
            yield json.loads(line)


@contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UserError(
            f"cannot write a temporary file: {error.strerror or error}",
            hint="Set TMPDIR to a folder with more space",
            code=ExitCode.FILES,
        ) from error
