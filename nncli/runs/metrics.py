"""Metrics as CSV text: numbers in their shortest form that reads back to the same bits."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeAlias

from nncli.errors import ExitCode, UserError
from nncli.runs.files import file_errors, open_to_read, read_if_there
from nncli.text import is_number

Number: TypeAlias = int | float | None

LONGEST_HEADER = 1 << 16
LONGEST = 1 << 32
"""Bytes of a table of metrics that is read: some 100,000 seeds of 200 rows each."""

FORMULA = re.compile(r"'*(\s*[=+\-@＝＋－＠]|[\t\r\n])")
"""How a text begins that a spreadsheet may take for a formula, perhaps behind apostrophes."""

LARGEST = 2**63
"""Whole numbers from here on are read as floats: no column of metrics has any."""


def csv_text(rows: Iterable[Sequence[object]], width: int) -> str:
    """Lines of comma-separated cells; None is an empty cell, NaN and infinities are `nan`, `inf`, `-inf`.

    `str` of a Python float and of a NumPy scalar is its shortest round trip, and `csv` writes `str` of each cell. Text
    that a spreadsheet would take for a formula gets an apostrophe in front, and so does one that looks as if it had one
    already, so that `read_columns` can tell them apart.

    Source: OWASP, CSV injection.

    Errors: `ValueError` for a row that has not `width` cells.
    """
    lines = []
    for row in rows:
        if len(row) != width:
            raise ValueError(f"a row of {len(row)} cells under {width} columns")
        text = io.StringIO()  # a writer quotes only those line breaks that are in its own end of a line
        csv.writer(text, lineterminator="\r\n").writerow(
            [_inert(cell) if isinstance(cell, str) else cell for cell in row]
        )
        lines.append(text.getvalue().removesuffix("\r\n") + "\n")
    return "".join(lines)


def _inert(text: str) -> str:
    return f"'{text}" if FORMULA.match(text) and not is_number(text) else text


def read_header(path: Path) -> tuple[str, ...]:
    """The names of the columns, of a table that is not empty. Errors: `UserError` (code FILES or CORRUPT)."""
    with file_errors(path, "read"), open_to_read(path) as file:
        try:
            (header,) = csv.reader([file.readline(LONGEST_HEADER).decode()])
        except (ValueError, csv.Error) as error:
            raise UserError(f"not CSV text: {error}", where=str(path), code=ExitCode.CORRUPT) from error
    return tuple(_bare(name) for name in header)


def _bare(name: str) -> str:
    """A text as it was before `csv_text` made it inert."""
    return name[1:] if name.startswith("'") and FORMULA.match(name) else name


def read_columns(path: Path) -> dict[str, list[Number]]:
    """The columns by name, in order; none if there is no such file yet.

    A column of whole numbers is ints, any other floats, and an empty cell None. A last line without its newline was
    torn by a kill and is left out.

    Errors: `UserError` with code FILES if it cannot be read, CORRUPT for a cell that is no number or a row of another
    length.
    """
    content = read_if_there(path, LONGEST) or b""
    whole_lines = content[: content.rfind(b"\n") + 1]
    try:
        rows = list(csv.reader(io.StringIO(whole_lines.decode(), newline="")))
    except (ValueError, csv.Error) as error:
        raise UserError(f"not CSV text: {error}", where=str(path), code=ExitCode.CORRUPT) from error
    if not rows:
        return {}
    header, *body = rows
    for line, row in enumerate(body, start=2):
        if len(row) != len(header):
            given = f"{len(row)} cells under {len(header)} columns"
            raise UserError(given, where=f"{path}:{line}", code=ExitCode.CORRUPT)
    columns = zip(*body, strict=True) if body else [()] * len(header)
    return {_bare(name): _numbers(cells, f"{path}: {_bare(name)}") for name, cells in zip(header, columns, strict=True)}


def _numbers(cells: Sequence[str], where: str) -> list[Number]:
    try:
        whole = [int(cell) if cell else None for cell in cells]
        if all(number is None or -LARGEST <= number < LARGEST for number in whole):
            return list(whole)
    except ValueError:
        pass
    try:
        return [float(cell) if cell else None for cell in cells]
    except ValueError as error:
        raise UserError(f"a cell that is no number: {error}", where=where, code=ExitCode.CORRUPT) from error
