"""Names from files, as there is room for them."""

from __future__ import annotations

from nncli.errors import visible

LONGEST_NAME = 18
"""Characters of a name among others."""


def short_name(name: str, most: int = LONGEST_NAME) -> str:
    """A name from a file on one line: of a long one, its start and its end."""
    name = visible(name)
    return name if len(name) <= most else f"{name[: most - most // 3 - 1]}…{name[len(name) - most // 3 :]}"
