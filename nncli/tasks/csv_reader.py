"""Reading CSV that anybody may have written: every fault has its row, and no row takes more memory than it may.

Source: Shafranovich (2005), RFC 4180, Common format and MIME type for comma-separated values files.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from nncli.errors import UserError, quoted
from nncli.tasks.files import data_error

MAX_ROW = 1 << 20
"""The longest row in bytes, over all of its lines: 1 MiB."""

MISSING = {"", "na", "n/a", "#n/a", "nan", "null"}
"""What stands for a value that is not there, in any case."""

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?", re.ASCII)
THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?", re.ASCII)

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
        delimiter: what stands between two fields.
        is_plain: whether the last record has neither underscores nor letters beyond ASCII: see `read_numbers`.

    Errors: `UserError` (code DATA) with the line, for text that is not UTF-8, a NUL byte, a row that is longer than
    `MAX_ROW`, and quotes that do not match.
    """

    def __init__(self, file: BinaryIO, delimiter: str, place: str) -> None:
        self._file, self.delimiter, self._place = file, delimiter, place
        self._begin, self._line, self._size = 1, 0, 0
        self.is_plain = True

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        reader = csv.reader(self._lines(), delimiter=self.delimiter, strict=True, skipinitialspace=True)
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
            if self._line == 1 and line.startswith(b"\x93NUMPY"):
                raise self._error("the file is an array of NumPy", "Save it by its name, with np.savez, as .npz")
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


def what_is_missing(field: str) -> tuple[str, str]:
    """That there is no value, in words, and what to do."""
    word = f": {quoted(field)}" if field else ""
    return f"the value is missing{word}", "Fill it in, or remove the row"


def what_is_wrong(field: str, delimiter: str = ",") -> tuple[str, str] | None:
    """Why a field is not a finite number, and what to do; None if it is one.

    Args:
        field: the text.
        delimiter: of the file: where it is a comma, one inside of a field is rather of thousands than of decimals.
    """
    if is_missing(field):
        return what_is_missing(field)
    if NUMBER.fullmatch(field):
        given = f"{quoted(field)} is too large for a number"
        return None if math.isfinite(float(field)) else (given, "The largest is about 1.8e308")
    if field.casefold().lstrip("+-") in ("inf", "infinity"):
        return f"{quoted(field)} is not finite", "Remove the row, or write a number"
    return f"{quoted(field)} is not a number", _without_commas(field, delimiter) or NO_NUMBER


def _without_commas(field: str, delimiter: str) -> str:
    """How to write a number that has commas; of one that could mean two numbers, both."""
    is_decimal, is_thousands = DECIMAL_COMMA.fullmatch(field), THOUSANDS.fullmatch(field)
    whole, decimal = field.replace(",", ""), field.replace(",", ".")
    if is_thousands and not is_decimal:
        return f"Write {whole}, without commas"
    if is_thousands and delimiter == ",":
        return f"Write {whole}, or {decimal.rstrip('0').rstrip('.')}"
    return f"Write {decimal}, with a decimal point" if is_decimal else ""
