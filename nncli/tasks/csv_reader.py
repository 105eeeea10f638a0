"""Read untrusted CSV: every fault has its row, and the memory of a row is limited.

Source: Shafranovich (2005), RFC 4180, Common format and MIME type for comma-separated values files.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Collection, Iterator, Sequence
from io import BufferedReader

from nncli.errors import UserError, quoted
from nncli.tasks.data_files import data_error
from nncli.tasks.file_formats import HEAD_BYTES, other_format
from nncli.tasks.missing_values import MissingValues, what_is_missing
from nncli.tasks.number_spelling import NUMBER, as_decimal

MAX_ROW = 1 << 20
"""The most bytes of a row, over all of its lines: 1 MiB."""

BOM = b"\xef\xbb\xbf"
"""The byte order mark that may precede UTF-8 text, twice if a program has added a second one."""

NO_COMMENTS = "A line that begins with # is not a comment here: delete it"
QUOTES = "Write a quote inside a quoted field twice"
CSV_ERRORS = {
    "unexpected end of data": ("a quote is never closed", QUOTES),
    "field larger than field limit": (
        f"a field has more than {csv.field_size_limit()} characters",
        "Check for an unclosed quote",
    ),
    "expected after": ("something other than a delimiter follows a closing quote", QUOTES),
    "new-line character": ("a lone carriage return", "End each line with a line feed"),
}
"""The messages of Python's reader, and what they mean."""


class CsvReader:
    """The records of a CSV file, one after the other: iterate for (first line, fields).

    Fields are stripped of surrounding space, and empty lines are skipped.

    Attributes:
        delimiter: the text between two fields.
        missing: the words for a value that is missing.
        is_plain: whether the last record has neither underscores nor non-ASCII letters: see `read_numbers`.

    Raises: `UserError` (code DATA) with the line, for a file of another format, text that is not UTF-8, a NUL byte, a
    row that is longer than `MAX_ROW`, and quotes that do not match.
    """

    def __init__(
        self, file: BufferedReader, delimiter: str, place: str, missing: Collection[str] | None = None
    ) -> None:
        self._file, self.delimiter, self._place = file, delimiter, place
        self.missing = MissingValues(missing)
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

    def numbers(self, fields: Sequence[str]) -> list[float] | None:
        """Fields of the last record as finite numbers; None if one is not a number, or stands for a missing value."""
        if self.missing.among_numbers(fields):
            return None
        return read_numbers(fields, self.is_plain)

    def what_is_wrong(self, field: str) -> tuple[str, str] | None:
        """Why a field is not a finite number, and what to do if its text tells; None if it is one."""
        return what_is_missing(field) if field in self.missing else why_no_number(field, self.delimiter)

    def wrong_length(self, fields: Sequence[str], names: Sequence[str], line: int) -> UserError:
        """The error for a row that has more or fewer fields than the header has names."""
        count = "1 field" if len(fields) == 1 else f"{len(fields)} fields"
        given, hint = f"the row has {count}, but the header has {len(names)}", "Quote a field with a delimiter in it"
        hint = NO_COMMENTS if fields[0].startswith("#") else hint
        return data_error(given, self._place, line, hint=hint)

    def _lines(self) -> Iterator[str]:
        if other := other_format(self._file.peek(HEAD_BYTES)[:HEAD_BYTES], self._place):
            raise self._error(*other)
        while line := self._file.readline(MAX_ROW + 1 - self._size):
            self._line += 1
            self._size += len(line)
            if self._size > MAX_ROW:
                raise self._error(f"the row has more than {MAX_ROW} bytes", "Check for an unclosed quote")
            while self._line == 1 and line.startswith(BOM):
                line = line.removeprefix(BOM)
            if b"\0" in line:
                raise self._error("the row has a NUL byte, so this is not text", "Save the file as CSV in UTF-8")
            try:
                text = line.decode()
            except UnicodeDecodeError as error:
                given = f"the byte 0x{line[error.start]:02x} is not UTF-8"
                raise self._error(given, "Save the file as UTF-8") from None
            self.is_plain = self.is_plain and line.isascii() and b"_" not in line
            yield text

    def _error(self, given: str, hint: str) -> UserError:
        return data_error(given, self._place, self._begin, hint=hint)


def read_numbers(fields: Sequence[str], is_plain: bool) -> list[float] | None:
    """The fields as finite numbers; None if one is not.

    `float` also reads 1_000 and the digits of other scripts, so fields that are not plain are checked one by one.
    """
    if not is_plain and not all(map(NUMBER.fullmatch, fields)):
        return None
    try:
        numbers = list(map(float, fields))
    except ValueError:
        return None
    return numbers if all(map(math.isfinite, numbers)) else None


def why_no_number(field: str, delimiter: str = ",") -> tuple[str, str] | None:
    """Why a field that is not missing is not a finite number, and what to do if its text tells; None if it is one.

    Args:
        field: the text.
        delimiter: the delimiter of the file.
    """
    if NUMBER.fullmatch(field):
        given = f"{quoted(field)} is too large for a number"
        return None if math.isfinite(float(field)) else (given, "The largest is about 1.8e308")
    if field.casefold().lstrip("+-") in ("inf", "infinity"):
        return f"{quoted(field)} is not finite", "Remove the row, or write a number"
    hint = NO_COMMENTS if field.startswith("#") else as_decimal(field, delimiter)
    return f"{quoted(field)} is not a number", hint
