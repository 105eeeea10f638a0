"""The first row of a CSV file: the names of its columns, or whatever else is there."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from nncli.errors import UserError, quoted
from nncli.registry import did_you_mean
from nncli.tasks.csv_reader import NO_COMMENTS, CsvReader, why_no_number
from nncli.tasks.data_files import data_error, named

DELIMITERS = {"comma": ",", "semicolon": ";", "bar": "|", "tab": "\t"}
"""The delimiters, and their names."""

MAX_COLUMNS = 100_000

SPACES = "The fields seem to be separated by spaces, which are not supported: use commas instead"
LOOKS_LIKE_DATA = "The first row must name the columns, but this one looks like data"


def to_change(delimiter: str) -> str:
    """The hint if fields are separated by a delimiter other than the config's."""
    return f"Try delimiter: {_name_of(delimiter)}"


def to_save_with(own: str) -> Callable[[str], str]:
    """The hint if fields are separated by a delimiter other than the run's."""
    return lambda delimiter: f"Save it with {_name_of(own)}s, which this run reads, instead of {_name_of(delimiter)}s"


@dataclass(frozen=True, slots=True)
class CsvHeader:
    """The names of the columns of a file.

    Attributes:
        names: from left to right.
        place: the file.
        line: the line that they are on.
        on_delimiter: gives the hint for a delimiter other than the one used for reading.
    """

    names: list[str]
    place: str
    line: int
    on_delimiter: Callable[[str], str]

    @classmethod
    def read(cls, reader: CsvReader, place: str, on_delimiter: Callable[[str], str]) -> CsvHeader:
        """Read the first row of a file. Raises: `UserError` (code DATA) if it is missing, or an Excel directive."""
        line, names = next(iter(reader), (0, []))
        if not names:
            raise data_error("the file is empty", place)
        if order := re.fullmatch("sep=(.?)", reader.delimiter.join(names), re.IGNORECASE):
            given = f"the first row is {quoted(order[0])}, which is an Excel directive, not column names"
            is_other = order[1] in DELIMITERS.values() and order[1] != reader.delimiter
            raise data_error(given, place, line, hint="Delete it", allowed=on_delimiter(order[1]) if is_other else "")
        return cls(names, place, line, on_delimiter)

    def check(self, used: Collection[str] | None = None) -> None:
        """Refuse too many columns, and names that are missing or duplicated.

        Args:
            used: the columns that are read, or None for all; names of other columns do not matter.

        Raises: `UserError` (code DATA).
        """
        if len(self.names) > MAX_COLUMNS:
            given, allowed = f"there are {len(self.names)} columns", f"At most {MAX_COLUMNS}"
            raise data_error(given, self.place, self.line, allowed=allowed)
        seen: dict[str, int] = {}
        read = set(self.names if used is None else used)
        for number, name in enumerate(self.names, 1):
            if name not in read:
                continue
            if not name:
                hint = "Name it, or delete it" + ("; in pandas, index=False leaves out the index" * (number == 1))
                raise data_error(f"column {number} has no name", self.place, self.line, hint=hint)
            if name in seen:
                given = f"columns {seen[name]} and {number} have the same name"
                hint = LOOKS_LIKE_DATA if _is_number(name) else "Rename one of them"
                raise data_error(given, self.place, self.line, named(name), hint=hint)
            seen[name] = number

    def positions(self, wanted: Sequence[str]) -> list[int]:
        """The indices of some columns. Raises: `UserError` (code DATA) that says why one may be missing."""
        position_of = {name: position for position, name in enumerate(self.names)}
        name = next((name for name in wanted if name not in position_of), None)
        if name is not None:
            raise self._no_column(name)
        return [position_of[name] for name in wanted]

    def _no_column(self, name: str) -> UserError:
        hint = did_you_mean(name, filter(str.isprintable, self.names))
        if len(self.names) == 1 and (other := next((d for d in DELIMITERS.values() if d in self.names[0]), "")):
            hint = self.on_delimiter(other)
        elif self.names[0].startswith("#"):
            hint = "Remove the # before the names" if self.names[0].lstrip("# ") == name else NO_COMMENTS
        elif len(self.names) == 1 and len(self.names[0].split()) > 1:
            hint = SPACES
        elif not hint and any(map(_is_number, self.names)):
            hint = LOOKS_LIKE_DATA
        known = ", ".join(map(named, self.names[:10])) + (", ..." if len(self.names) > 10 else "")
        given = f"no column {quoted(name)}"
        return data_error(given, self.place, self.line, hint=hint, allowed=f"Known: {known}")


def _is_number(field: str) -> bool:
    return why_no_number(field) is None


def _name_of(delimiter: str) -> str:
    return next(name for name, own in DELIMITERS.items() if own == delimiter)
