"""A table of numbers in a run directory that grows while the run trains."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from nncli.runs.metrics_csv import Number, TableMark, csv_text, numbers_text, read_header
from nncli.storage.appender import Appender

NO_ROWS = TableMark(0, hashlib.sha256().hexdigest())
"""What a checkpoint records of a table that has no rows yet."""


class GrowingTable:
    """A CSV file, made with its first rows. Raises: every method, `UserError` (code FILES)."""

    __slots__ = ("_columns", "_file", "path")

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: Appender | None = None
        self._columns: tuple[str, ...] = ()

    def append(self, columns: Sequence[str], rows: Sequence[Sequence[Number]]) -> None:
        """Append rows, with a header of the columns before the first; NaN is an empty cell.

        Raises: `ValueError` for columns that differ from before, or a row of another length.
        """
        text = numbers_text(rows, len(columns))
        if self._file is None:
            self._file, self._columns = Appender(self.path), tuple(columns)
            text = csv_text([columns], len(columns)) + text
        if tuple(columns) != self._columns:
            raise ValueError(f"columns {', '.join(columns)} in a table of {', '.join(self._columns)}")
        self._file.write(text)

    def mark(self) -> TableMark:
        """Its size and hash, once its rows are on disk."""
        if self._file is None:
            return NO_ROWS
        self._file.fsync()
        return TableMark(self._file.size, self._file.sha256)

    def rewind(self, mark: TableMark) -> None:
        """Go back to a mark. The rows cut off are kept beside the table, as `metrics-cut-<byte>.csv`."""
        if not os.path.lexists(self.path):
            return
        file, size = Appender(self.path), mark.bytes
        if (rest := file.size - size) > 0:
            kept = self.path.with_name(f"{self.path.stem}-cut-{size}.csv")
            if not kept.exists() or kept.stat().st_size < rest:  # if rows were trained twice, the longer file
                file.copy_rest(size, kept)
            file.cut(size)
        if size:
            self._file, self._columns = file, read_header(self.path)
        else:
            file.close()

    def close(self) -> None:
        """Close the file; does nothing the second time."""
        if self._file is not None:
            self._file.close()
