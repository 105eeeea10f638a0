"""Reading CSV that anybody may have written: every fault has its row, and no row takes more memory than it may.

Source: Shafranovich (2005), RFC 4180, Common format and MIME type for comma-separated values files.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from nncli.errors import UserError
from nncli.tasks.files import data_error, named, quoted

MAX_ROW = 1 << 20
"""The longest row in bytes, over all of its lines: 1 MiB."""

MAX_COLUMNS = 100_000

MISSING = {"", "na", "n/a", "#n/a", "nan", "null"}
"""What stands for a value that is not there, in any case."""

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?", re.ASCII)

NO_NUMBER = "Write numbers in this column, or leave it out: name the others in inputs"
QUOTES = "A quote inside of a quoted field is written twice"
CSV_ERRORS = {
    "unexpected end of data": ("a quote is opened and never closed", QUOTES),
    "field larger than field limit": (
        f"a field has more than {csv.field_size_limit()} characters",
        "Is a quote never closed?",
    ),
    "expected after": ("something other than a delimiter follows a closing quote", QUOTES),
    "new-line character": ("a carriage return stands alone", "End each line with a line feed"),
}
"""What Python's reader says, and what that means."""


class CsvReader:
    """The records of a CSV file, one after the other: iterate for (line that it begins in, fields).

    Fields are stripped of the space around them, and empty lines are passed over.

    Attributes:
        is_plain: whether the last record has neither underscores nor letters beyond ASCII: see `read_numbers`.

    Errors: `UserError` (code DATA) with the line, for text that is not UTF-8, a NUL byte, a row that is longer than
    `MAX_ROW`, and quotes that do not match.
    """

    def __init__(self, file: BinaryIO, delimiter: str, place: str) -> None:
        self._file, self._delimiter, self._place = file, delimiter, place
        self._begin, self._line, self._size = 1, 0, 0
        self.is_plain = True

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        reader = csv.reader(self._lines(), delimiter=self._delimiter, strict=True, skipinitialspace=True)
        while True:
            self._begin, self._size, self.is_plain = self._line + 1, 0, True
            try:
                fields = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                said = str(error)
                given, hint = next((words for part, words in CSV_ERRORS.items() if part in said), (said, ""))
                raise self._error(given, hint) from None
            if any(fields) or len(fields) > 1:
                yield self._begin, [field.strip() for field in fields]

    def _lines(self) -> Iterator[str]:
        while line := self._file.readline(MAX_ROW + 1 - self._size):
            self._line += 1
            self._size += len(line)
            if self._size > MAX_ROW:
                raise self._error(f"the row has more than {MAX_ROW} bytes", "Is a quote never closed?")
            if self._line == 1 and line.startswith((b"\xff\xfe", b"\xfe\xff")):
                raise self._error("the file is UTF-16", "Save it as UTF-8")
            if self._line == 1 and line.startswith(b"PK\x03\x04"):
                raise self._error("the file is an archive or a spreadsheet", "Save it as CSV")
            if b"\0" in line:
                raise self._error("the row has a NUL byte, so this is no text", "Save the file as CSV in UTF-8")
            try:
                text = line.decode("utf-8-sig" if self._line == 1 else "utf-8")
            except UnicodeDecodeError as error:
                given = f"the byte 0x{line[error.start]:02x} is not UTF-8"
                raise self._error(given, "Save the file as UTF-8") from None
            self.is_plain = self.is_plain and line.isascii() and b"_" not in line
            yield text

    def _error(self, given: str, hint: str) -> UserError:
        return data_error(given, self._place, self._begin, hint=hint)


def check_header(names: Sequence[str], line: int, place: str) -> None:
    """Refuse too many columns, and names that are missing or there twice. Errors: `UserError` (code DATA)."""
    if len(names) > MAX_COLUMNS:
        raise data_error(f"there are {len(names)} columns", place, line, allowed=f"At most {MAX_COLUMNS}")
    seen: dict[str, int] = {}
    for number, name in enumerate(names, 1):
        if not name:
            hint = "Name it; pandas leaves its index out with index=False" if number == 1 else "Name it"
            raise data_error(f"column {number} has no name", place, line, hint=hint)
        if name in seen:
            given = f"columns {seen[name]} and {number} have the same name"
            raise data_error(given, place, line, named(name), hint="Rename one of them")
        seen[name] = number


def read_numbers(fields: Sequence[str], is_plain: bool) -> list[float] | None:
    """The fields as finite numbers; None if one is not.

    `float` also reads 1_000 and the digits of other scripts, so fields that are not plain are looked at one by one.
    """
    if not is_plain and not all(map(NUMBER.fullmatch, fields)):
        return None
    try:
        numbers = list(map(float, fields))
    except ValueError:
        return None
    return numbers if all(map(math.isfinite, numbers)) else None


def is_missing(field: str) -> bool:
    """Whether a field says that there is no value."""
    return field.casefold() in MISSING


def what_is_wrong(field: str) -> tuple[str, str] | None:
    """Why a field is not a finite number, and what to do; None if it is one."""
    if is_missing(field):
        word = f": {quoted(field)}" if field else ""
        return f"the value is missing{word}", "Fill it in, or remove the row"
    if NUMBER.fullmatch(field):
        given = f"{quoted(field)} is too large for a number"
        return None if math.isfinite(float(field)) else (given, "The largest is about 1.8e308")
    if field.casefold().lstrip("+-") in ("inf", "infinity"):
        return f"{quoted(field)} is not finite", "Remove the row, or write a number"
    if DECIMAL_COMMA.fullmatch(field):
        return f"{quoted(field)} is not a number", f"Write {field.replace(',', '.')}, with a decimal point"
    return (
        f"{quoted(field)} is not a number",
        "Write numbers in this column, or leave it out: name the others in inputs",
    )
