"""What the places along axes and the cells of maps stand for, so that pages say it wherever readers point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axis import Axis
from matplotlib.ticker import FixedFormatter, FuncFormatter
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

_CELLS = "_cells "
"""How the label of a map of counted things begins; legends leave out labels that begin with an underscore."""


class Names(FuncFormatter):
    """The names of whole numbers along an axis, of which only some may be written.

    Attributes:
        names: by place, all of them.
    """

    def __init__(self, names: Mapping[int, str], written: Mapping[int, str]) -> None:
        super().__init__(lambda place, _: written.get(round(place), ""))
        self.names = names


def name_places(axis: Axis, names: Sequence[str], written: Sequence[str], most: int, first: int = 0) -> None:
    """Name the whole numbers of an axis from the first on, and write at most some of the names beside it.

    Args:
        written: the names, shorter.
    """
    shown = range(first, first + len(names), -(-len(names) // most))
    axis.set_ticks([*shown])
    axis.set_major_formatter(Names(dict(enumerate(names, first)), dict(enumerate(written, first))))


def names_along(axis: Axis) -> dict[float, str]:
    """The names of the whole numbers along an axis; none where they are the numbers themselves."""
    form = axis.get_major_formatter()
    if isinstance(form, Names):
        names: dict[float, str] = {float(place): name for place, name in form.names.items()}
    elif isinstance(form, FixedFormatter | FuncFormatter) and axis.get_scale() == "linear":
        named = zip(axis.get_majorticklocs(), axis.get_ticklabels(), strict=False)
        names = {float(place): text.get_text() for place, text in named if text.get_text().strip()}
    else:
        return {}
    counted = all(place.is_integer() for place in names)
    return names if counted and not all(_is(name, place) for place, name in names.items()) else {}


def _is(name: str, number: float) -> bool:
    try:
        return float(name.replace("−", "-")) == number
    except ValueError:
        return False


def count_cells(shown: Artist, columns: Sequence[int], rows: Sequence[int]) -> None:
    """Note that each cell of a map has the value of one whole number along x and one along y: not of all in it."""
    shown.set_label(f"{_CELLS}{';'.join(' '.join(map(str, own)) for own in (columns, rows))}")


def counted_cells(shown: Artist) -> tuple[Numbers, Numbers] | None:
    """The numbers of the columns and of the rows of a map of counted things; None for any other."""
    label = str(shown.get_label())
    if not label.startswith(_CELLS):
        return None
    columns, rows = (np.array(own.split(), np.float64) for own in label.removeprefix(_CELLS).split(";"))
    return columns, rows
