"""Which fields of a CSV file stand for a missing value; a row with one is an error."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from nncli.errors import quoted
from nncli.tasks.number_spelling import NUMBER

MISSING = frozenset(
    [
        *("", "na", "n/a", "#n/a", "#na", "#n/a n/a", "<na>", "nan", "-nan", "nat", "null", "none", "#null!"),
        *("?", "-", "--", ".", "\\n", "#div/0!", "#ref!", "#value!", "#name?", "#num!"),
        *("1.#ind", "-1.#ind", "1.#qnan", "-1.#qnan"),
    ]
)
"""Words for missing values, in upper or lower case: from pandas, R, SQL, spreadsheets and C."""


class MissingValues:
    """The words of a file for a missing value.

    Args:
        words: those of the user, besides the empty field; None for the usual ones.
    """

    def __init__(self, words: Collection[str] | None = None) -> None:
        own = MISSING if words is None else frozenset(["", *(word.strip().casefold() for word in words)])
        self._words = own
        self._numbers = {word for word in own if NUMBER.fullmatch(word)}

    def __contains__(self, field: str) -> bool:
        """Whether a field stands for a missing value."""
        return field.casefold() in self._words

    def among_numbers(self, fields: Sequence[str]) -> bool:
        """Whether one of these fields, such as -999, is a number that stands for a missing value."""
        return bool(self._numbers) and not self._numbers.isdisjoint(fields)


def what_is_missing(field: str) -> tuple[str, str]:
    """The message and the hint for a missing value."""
    word = f": {quoted(field)}" if field else ""
    return f"the value is missing{word}", "Fill it in, or remove the row"
