"""Names from files, as there is room for them."""

from __future__ import annotations

from collections.abc import Sequence

from nncli.errors import visible

LONGEST_NAME = 18
"""Characters of a name among others."""


def short_name(name: str, most: int = LONGEST_NAME) -> str:
    """A name from a file on one line: of a long one, its start and its end."""
    name = visible(name)
    return name if len(name) <= most else f"{name[: most - most // 3 - 1]}…{name[len(name) - most // 3 :]}"


def distinct_names(names: Sequence[str], most: int = LONGEST_NAME) -> list[str]:
    """Names on one line, shortened so that they can still be told apart.

    Those that are alike at both ends lose what they have in common; numbers follow those that are alike nevertheless.
    """
    shown = [short_name(name, most) for name in names]
    for same in {own for own in shown if shown.count(own) > 1}:
        places = [place for place, own in enumerate(shown) if own == same]
        group = [visible(names[place]) for place in places]
        start = _alike(group)
        end = _alike([name[start:][::-1] for name in group])
        for place, name in zip(places, group, strict=True):
            shown[place] = f"…{short_name(name[start : len(name) - end], most - 2)}…"
    for same in {own for own in shown if shown.count(own) > 1}:
        for number, place in enumerate([place for place, own in enumerate(shown) if own == same], 1):
            shown[place] = f"{same} #{number}"
    return shown


def _alike(names: Sequence[str]) -> int:
    """The number of characters with which all of them begin."""
    least, most = min(names), max(names)
    return next((place for place, one in enumerate(least) if one != most[place]), len(least))
