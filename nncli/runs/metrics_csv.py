"""Metrics as CSV text: numbers are written in the shortest form that reads back to the same bits."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import NoneType
from typing import BinaryIO, TypeAlias

from nncli.errors import ExitCode, Place, UserError
from nncli.storage.files import file_errors, open_to_read

Number: TypeAlias = int | float | None

LONGEST_ROW = 1 << 16
"""The most bytes of a line in a table of metrics."""

PLAIN = frozenset((int, float, NoneType))
"""The types of cells that are written without quotes."""

EXPONENT = re.compile(r"e([+-]?)(\d+)")
SMALL = re.compile(r"0\.0000([1-9])(\d*)")
"""Where the text of a number in JSON is not that of Python: exponents without sign or second digit, 1e-5 up to 1e-4.

Both begin with a fixed text, which is found much faster than a choice.
"""

FORMULA = re.compile(r"'*(\s*[=+\-@＝＋－＠]|[\t\r\n])")
"""The beginning of a text that a spreadsheet may take for a formula, possibly after apostrophes."""


def csv_text(rows: Iterable[Sequence[object]], width: int) -> str:
    """Lines of comma-separated cells; None is an empty cell, NaN and infinities are `nan`, `inf`, `-inf`.

    `str` of a Python float and of a NumPy scalar is its shortest round trip, and `csv` writes `str` of each cell. Text
    that a spreadsheet would take for a formula gets a leading apostrophe, and so does one that looks as if it had one
    already, so that `MetricsTable` can tell them apart.

    Source: OWASP, CSV injection.

    Raises: `ValueError` for a row that does not have `width` cells.
    """
    lines = []
    for row in rows:
        if len(row) != width:
            raise ValueError(f"a row of {len(row)} cells under {width} columns")
        if width > 1 and PLAIN.issuperset(map(type, row)):  # the same text as `csv` writes, in half the time
            lines.append(",".join(["" if cell is None else str(cell) for cell in row]) + "\n")
            continue
        text = io.StringIO()  # a writer quotes only the line breaks that occur in its own line terminator
        csv.writer(text, lineterminator="\r\n").writerow(
            [_inert(cell) if isinstance(cell, str) else cell for cell in row]
        )
        lines.append(text.getvalue().removesuffix("\r\n") + "\n")
    return "".join(lines)


def numbers_text(rows: Sequence[Sequence[Number]], width: int) -> str:
    """Lines of numbers alone: the text of `csv_text` in less than half the time, but NaN is an empty cell.

    Raises: `ValueError` for a row that does not have `width` cells.
    """
    from pydantic_core import to_json

    if not rows:
        return ""
    if any(len(row) != width for row in rows):
        raise ValueError(f"rows of {', '.join(map(str, {*map(len, rows)}))} cells under {width} columns")
    text = to_json(rows, inf_nan_mode="constants")[2:-2].decode().replace("],[", "\n") + "\n"
    for written, wanted in (("null", ""), ("NaN", ""), ("Infinity", "inf")):
        if written in text:
            text = text.replace(written, wanted)
    if "e" in text:
        text = EXPONENT.sub(lambda found: f"e{found[1] or '+'}{found[2]:0>2}", text)
    return SMALL.sub(_as_in_python, text) if "0.0000" in text else text


def _as_in_python(number: re.Match[str]) -> str:
    """`0.000012` as `1.2e-05`."""
    if number.string[number.start() - 1].isdecimal():  # 10.000012
        return number[0]
    first, others = number.groups()
    return f"{first}{'.' if others else ''}{others}e-05"


def _inert(text: str) -> str:
    return f"'{text}" if FORMULA.match(text) and not is_number(text) else text


def read_header(path: Path) -> tuple[str, ...]:
    """The column names of a table that is not empty. Raises: `UserError` (code FILES or CORRUPT)."""
    with file_errors(path, "read"), open_to_read(path) as file:
        try:
            (header,) = csv.reader([file.readline(LONGEST_ROW).decode()])
        except (ValueError, csv.Error) as error:
            raise UserError(f"not CSV text: {error}", where=str(path), code=ExitCode.CORRUPT) from error
    return tuple(_bare(name) for name in header)


def _bare(name: str) -> str:
    """Undo the escaping of `csv_text`."""
    return name[1:] if name.startswith("'") and FORMULA.match(name) else name


@dataclass(frozen=True, slots=True)
class TableMark:
    """The size and the hash of a table as it was when a checkpoint was written."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class MetricsTable:
    """A table of metrics that is read row by row, with one row in memory.

    A last line without a newline was torn by a kill and is skipped.

    Attributes:
        columns: their names, in order; empty if the table has no rows yet.
        rows: each has a number per column, None for an empty cell; they can be read only once.

    Raises: while rows are read, `UserError` with code FILES if the file cannot be read, CORRUPT for a cell that is not
    a number or a row of another length.
    """

    columns: tuple[str, ...]
    rows: Iterator[list[Number]]

    @classmethod
    def open(cls, path: Path) -> MetricsTable:
        """The table in a file; without columns if the file does not exist."""
        records = _records(path)
        _, header = next(records, (1, []))
        columns = tuple(map(_bare, header))
        return cls(columns, _numbers(records, columns, path))


def _records(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The cells of each row, including the header, and the line that it ends on."""
    with file_errors(path, "read"), suppress(FileNotFoundError), open_to_read(path) as file:
        reader = csv.reader(_whole_lines(file))
        try:
            for cells in reader:
                yield reader.line_num, cells
        except (ValueError, csv.Error) as error:
            raise UserError(f"not CSV text: {error}", where=str(path), code=ExitCode.CORRUPT) from error


def _whole_lines(file: BinaryIO) -> Iterator[str]:
    """The complete lines. Raises: `ValueError` for one that is too long, or not UTF-8."""
    while line := file.readline(LONGEST_ROW):
        if line.endswith(b"\n"):
            yield line.decode()
        elif len(line) == LONGEST_ROW:
            raise ValueError(f"a line has more than {LONGEST_ROW} bytes")


def _numbers(records: Iterator[tuple[int, list[str]]], columns: Sequence[str], path: Path) -> Iterator[list[Number]]:
    for line, cells in records:
        if len(cells) != len(columns):
            given = f"{len(cells)} cells under {len(columns)} columns"
            raise UserError(given, where=Place(str(path), (line,)), code=ExitCode.CORRUPT)
        try:
            row: list[Number] = [int(c) if c.isdecimal() and len(c) < 20 else float(c) if c else None for c in cells]
        except ValueError as error:
            given = f"a cell that is not a number: {error}"
            raise UserError(given, where=Place(str(path), (line,)), code=ExitCode.CORRUPT) from error
        yield row


def is_number(text: str) -> bool:
    """Whether Python reads the text as a number, including infinities and NaN."""
    try:
        float(text)
    except ValueError:
        return False
    return True
