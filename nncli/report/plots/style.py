"""How every picture looks, and how it is saved."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backend_bases import get_registered_canvas_class
from matplotlib.cm import ScalarMappable
from matplotlib.colorbar import Colorbar
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from nncli.errors import UserError
from nncli.report.plots.text import CHARACTER, settle
from nncli.storage.files import write_atomically

Format: TypeAlias = Literal["png", "svg", "pdf"]
FORMATS: tuple[Format, ...] = get_args(Format)

COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#F0E442")
"""The palette of Okabe & Ito (2008), told apart with any color vision; yellow last, as it is faint."""
DASHES = ("-", "--", ":", "-.", (0, (9, 2)), (0, (6, 1.5, 1, 1.5, 1, 1.5)), (0, (1, 4)), (0, (4, 1.5) + 3 * (1, 1.5)))
FAINT = 7
"""Which of them is too faint on white without a black edge: yellow."""
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
"""A line style and a marker for each color, so that gray print tells them apart as well."""
MAP = "cividis"
"""Perceptually uniform with any color vision, from dark blue over gray to bright yellow, and lighter all the way: of
numbers around 0, the two signs stay apart in gray print as well. Source: Nuñez, Anderton & Renslow (2018)."""
TINT = 0.4
"""The opacity of a map behind rows and lines, so that they stand out."""
TWO_CLASSES = ("#00224e", "#a84300")
"""The colors of two classes on a tinted map: darker than it is anywhere, and apart in lightness as well as in hue."""

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
    "legend.handlelength": 3.2,  # room for a whole period of dashes
    "pdf.fonttype": 42,  # fonts are embedded
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


def class_marks(classes: int) -> list[tuple[str, str, str]]:
    """The color, the marker and the edge of each class; those of eight more classes form other pairs."""
    if classes == 2:
        return [(color, marker, "white") for color, marker in zip(TWO_CLASSES, MARKERS, strict=False)]
    turned = [(c % len(COLORS), (c + c // len(COLORS)) % len(MARKERS)) for c in range(classes)]
    return [(COLORS[color], MARKERS[marker], "black" if color == FAINT else "white") for color, marker in turned]


def edge_faint(line: Line2D, place: int) -> None:
    """Give a line an edge if the color at this place of the cycle is too faint without one."""
    if place % len(COLORS) == FAINT:
        line.set_path_effects([withStroke(linewidth=line.get_linewidth() + 1, foreground="black")])


def ink(shown: ScalarMappable, value: float) -> str:
    """Black or white, whichever stands out more from the color of a value: by 4.58 at least.

        (L + 0.05) / 0.05 > 1.05 / (L + 0.05), with the relative luminance L of the color

    Source: WCAG 2.2, contrast ratio.
    """
    color = np.array(shown.to_rgba(np.array([value])))[0, :3]
    linear = np.where(color <= 0.04045, color / 12.92, ((color + 0.055) / 1.055) ** 2.4)
    luminance = float(linear @ [0.2126, 0.7152, 0.0722])
    return "black" if (luminance + 0.05) ** 2 > 1.05 * 0.05 else "white"


def legend_below(made: Figure, axes: Axes) -> None:
    """The legend of these axes below the whole figure, in as many columns as have room; the figure grows with it."""
    if (own := axes.get_legend()) is not None:
        own.remove()
    handles, labels = axes.get_legend_handles_labels()
    room = made.get_figwidth() / CHARACTER / (max(len(line) for label in labels for line in label.splitlines()) + 10)
    columns = max(1, min(len(labels), int(room)))
    rows = -(-len(labels) // columns) * (1 + max(label.count("\n") for label in labels))
    made.set_figheight(made.get_figheight() + 0.17 * rows)
    made.legend(handles, labels, loc="outside lower center", ncols=columns)


def legend_columns(labels: Sequence[str], width: float, most: int) -> int:
    """How many columns of a legend have room in this many inches, at most: each as wide as its longest label."""
    for columns in range(min(most, len(labels)), 1, -1):
        parts = np.array_split(np.array([len(label) for label in labels]), columns)
        if sum(int(part.max()) + 8 for part in parts) * CHARACTER <= width:
            return columns
    return 1


def beyond(values: NDArray[np.float64], low: float, high: float) -> Literal["neither", "min", "max", "both"]:
    """On which sides of a scale there are values beyond it: its bar has a tip there."""
    below, above = bool((values < low).any()), bool((values > high).any())
    return "both" if below and above else "min" if below else "max" if above else "neither"


def mark_zero(bar: Colorbar) -> None:
    """A line at 0 on the scale of a map of numbers around 0."""
    line = bar.ax.axhline if bar.orientation == "vertical" else bar.ax.axvline
    line(0, color="black", linewidth=1)


def picture(made: Figure, form: Format, dots: int = 200) -> bytes:
    """The bytes of a figure as a file. They are the same each time; no date is in them.

    It is drawn once; `Figure.savefig` would draw it twice, first to lay it out.

    Args:
        dots: pixels per inch, of what is pixels.
    """
    stream = io.BytesIO()
    dates = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}
    with mpl.rc_context(SETTINGS), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font")  # an SVG keeps the text, and so the letter
        made.set_dpi(dots)
        canvas = get_registered_canvas_class(form)(made)
        getattr(canvas, f"print_{form}")(stream, metadata=dates.get(form))
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
