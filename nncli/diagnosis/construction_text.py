"""A constructed network in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from nncli.report.numbers import bound_text, count

if TYPE_CHECKING:
    from nncli.experiments.construction import Construction


def construction_lines(found: Construction) -> Iterator[str]:
    """What was constructed, the bound on its error, and how that is known."""
    low, high = found.domain
    power = "" if len(found.units.W1) == 1 else "²"
    yield f"{found.formula}   on [{low:.6g}, {high:.6g}]{power}"
    yield f"units      {count(found.units.count, 'relu unit')}: {found.method}"
    yield f"error      at most {bound_text(found.bound)} everywhere{' else' if found.excluded else ''}"
    if found.excluded:
        yield f"except     {_places(found.excluded)}, where the formula may jump"


def _places(excluded: tuple[tuple[float, float], ...]) -> str:
    shown = [f"[{low:.8g}, {high:.8g}]" for low, high in excluded[:3]]
    more = len(excluded) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")
