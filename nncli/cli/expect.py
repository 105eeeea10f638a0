"""`--expect`, which several commands share: parse the conditions and report which hold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nncli.analysis.conditions import Condition
    from nncli.report.expectations import Expected


def conditions(texts: Sequence[str], known: tuple[str, ...]) -> list[Condition]:
    """Parse conditions, each on a known quantity. Raises: `UserError`."""
    from nncli.analysis.conditions import parse_condition

    found = [parse_condition(text, where="--expect") for text in texts]
    for condition in found:
        condition.require(known, where="--expect")
    return found


def all_hold(expected: Iterable[Expected], *, quiet: bool = False) -> bool:
    """Report each outcome on stderr (if quiet, only failures). Returns: whether all hold."""
    from nncli.cli.console import fitted, note

    found = list(expected)
    for each in found:
        if not (each.holds and quiet):
            note(fitted(each.sentence))
    return all(each.holds for each in found)
