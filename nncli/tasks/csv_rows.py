"""The rows of a user's CSV file, for training and for prediction alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import TypeAlias

from nncli.errors import UserError
from nncli.tasks.csv_header import CsvHeader
from nncli.tasks.csv_reader import CsvReader
from nncli.tasks.data_files import MAX_NUMBERS, data_error, named
from nncli.tasks.missing_values import what_is_missing

MAX_ROWS = 2_000_000

Fields: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CsvRows:
    """The rows below a header, one after the other: iterate for (line, numbers, the same as written, label).

    Attributes:
        reader: has read the header.
        header: the names of the columns.
        numbers: the columns that hold a finite number in each row.
        label: the column to read as text; None for no text.
        no_number: the hint for a field that is not a number, if its text gives no better one.
        too_long: the hint for a table that is too long.

    Raises: `UserError` (code DATA) with line and column, for a column or value that is missing, a field that is not a
    finite number, a row of another length than the header, and a table without rows or with too many.
    """

    reader: CsvReader
    header: CsvHeader
    numbers: Sequence[str]
    label: str | None
    no_number: str
    too_long: str = ""

    def __iter__(self) -> Iterator[tuple[int, list[float], Fields, str]]:
        names, as_numbers = self.header.names, self.reader.numbers
        most = min(MAX_ROWS, MAX_NUMBERS // len(self.numbers))
        pick = _picker(self.header.positions(self.numbers))
        at = None if self.label is None else self.header.positions((self.label,))[0]
        count = 0
        for line, fields in self.reader:
            if len(fields) != len(names):
                raise self.reader.wrong_length(fields, names, line)
            written = pick(fields)
            values = as_numbers(written)
            if values is None:
                raise self._no_number(written, line)
            count += 1
            if count > most:
                raise self.beyond_limit(line)
            yield line, values, written, "" if at is None else fields[at]
        if not count:
            raise data_error("no rows below the header", self.header.place)

    def beyond_limit(self, line: int) -> UserError:
        """The error for a table that is too long."""
        allowed = f"At most {MAX_ROWS} rows and {MAX_NUMBERS} numbers"
        return data_error("the table is too long", self.header.place, line, hint=self.too_long, allowed=allowed)

    def missing(self, label: str, line: int, also: str = "") -> UserError:
        """The error for a label that stands for a missing value; its hint ends with `also`."""
        given, hint = what_is_missing(label)
        return data_error(given, self.header.place, line, named(str(self.label)), hint=hint + also)

    def _no_number(self, written: Fields, line: int) -> UserError:
        """The error for the first field that is not a number."""
        wrong = ((name, self.reader.what_is_wrong(field)) for name, field in zip(self.numbers, written, strict=True))
        name, (given, hint) = next((name, found) for name, found in wrong if found)
        return data_error(given, self.header.place, line, named(name), hint=hint or self.no_number)


def _picker(positions: list[int]) -> Callable[[list[str]], Fields]:
    """A function that picks the fields at some positions from a row."""
    if len(positions) > 1:
        return itemgetter(*positions)
    (position,) = positions
    return lambda fields: (fields[position],)
