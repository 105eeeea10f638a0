"""How every picture looks, and how it is saved."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nncli.errors import UserError
from nncli.report.plots.text import CHARACTER, settle
from nncli.storage.files import write_atomically

Format: TypeAlias = Literal["png", "svg", "pdf"]
FORMATS: tuple[Format, ...] = get_args(Format)

COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#F0E442")
"""The palette of Okabe & Ito (2008), told apart with any color vision; yellow last, as it is faint."""
DASHES = ("-", "--", ":", "-.", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)), (0, (5, 1, 1, 1, 1, 1)))
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
"""A line style and a marker for each color, so that grey print tells them apart as well."""
MAP, SIGNED_MAP = "cividis", "PuOr"
"""Perceptually uniform; for numbers around 0, two hues that stay apart."""

NARROW, WIDE = 3.5, 7.0
"""The width of a column and of a page, in inches."""

SETTINGS: Any = {  # its keys are a type of 300 names
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": "medium",
    "figure.constrained_layout.use": True,
    "figure.titlesize": "medium",
    "font.family": "DejaVu Sans",  # comes with matplotlib, so that a picture is the same everywhere
    "font.size": 8,
    "grid.alpha": 0.3,
    "legend.frameon": False,
    "pdf.fonttype": 42,  # fonts are embedded
    "savefig.dpi": 200,
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "nncli",  # the same picture has the same bytes
}


@contextmanager
def figure(
    columns: int,
    rows: int,
    width: float = WIDE,
    height: float = 2.2,
    heights: Sequence[float] = (),
    least: float = NARROW / 1.5,
) -> Iterator[tuple[Figure, list[Axes]]]:
    """A figure of panels in nncli's style, row by row.

    Args:
        width: of the figure, in inches; in one not wide enough for its columns, they go below each other.
        height: of a panel.
        heights: of the rows, as shares of each other; all alike without.
        least: the least width of a column.
    """
    if width < columns * least:
        columns, rows = 1, columns * rows
    with mpl.rc_context(SETTINGS):
        made = Figure(figsize=(width, height * rows))
        grid = made.add_gridspec(rows, columns, height_ratios=list(heights) or None)
        yield made, [made.add_subplot(grid[place]) for place in range(rows * columns)]
        settle(made)


def legend_below(made: Figure, axes: Axes) -> None:
    """The legend of these axes below the whole figure, in as many columns as have room; the figure grows with it."""
    if (own := axes.get_legend()) is not None:
        own.remove()
    handles, labels = axes.get_legend_handles_labels()
    room = made.get_figwidth() / CHARACTER / (max(map(len, labels)) + 8)
    columns = max(1, min(len(labels), int(room)))
    rows = -(-len(labels) // columns)
    made.set_figheight(made.get_figheight() + 0.17 * rows)
    made.legend(handles, labels, loc="outside lower center", ncols=columns)


def picture(made: Figure, form: Format) -> bytes:
    """The bytes of a figure as a file. They are the same each time; no date is in them."""
    stream = io.BytesIO()
    dates = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}
    with mpl.rc_context(SETTINGS), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font")  # an SVG keeps the text, and so the letter
        made.savefig(stream, format=form, metadata=dates.get(form))
    return stream.getvalue()


def save(made: Figure, path: Path) -> None:
    """Write a figure to a file, in the format of its extension.

    Raises:
        UserError: for another extension, or if it cannot be written.
    """
    write_atomically(path, picture(made, form_of(path)))


def form_of(path: Path) -> Format:
    """The format that the extension of a file names.

    Raises:
        UserError: if it names none.
    """
    form = next((known for known in FORMATS if path.suffix == f".{known}"), None)
    if form is None:
        raise UserError(f"{path.name} is not a picture", allowed=f"Extensions: {', '.join(FORMATS)}")
    return form
