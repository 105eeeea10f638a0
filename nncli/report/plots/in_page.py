"""What a page needs of a figure besides its SVG: where its axes are, and what they show, in words."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.collections import QuadMesh
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.scale import SymmetricalLogTransform
from numpy.typing import NDArray

from nncli.report.page.markup import Html
from nncli.report.page.panel import Cells, Mark, Panel
from nncli.report.page.svg import page_svg
from nncli.report.plots.places import counted_cells, names_along
from nncli.report.plots.seed_marks import marked, seeds_of
from nncli.report.plots.style import picture

Numbers = NDArray[np.float64]

DOTS = 100
"""Per inch, of the parts of a picture that are pixels."""
LETTERS = 60
"""Of a name beside an axis."""
MOST_CELLS, MOST_COUNTED = 3600, 10_000
"""Of a map, those whose values scripts know; and of one whose cells each stand for one thing."""


def in_page(made: Figure, name: str, title: str) -> Html:
    """A figure as an element of a page. Args: name: unique in the page."""
    for number, axes in enumerate(made.axes, 1):
        axes.set_gid(f"panel-{number}")
    artists = [*marked(made)]
    marks = {f"mark-{number}": Mark(own.get_gid() or "", seeds_of(own)) for number, own in enumerate(artists)}
    for own, gid in zip(artists, marks, strict=True):
        own.set_gid(gid)
    svg = picture(made, "svg", DOTS)
    for own, mark in zip(artists, marks.values(), strict=True):
        own.set_gid(mark.name or None)
    return page_svg(svg, name, title, described(made), [*_panels(made)], marks)


def _panels(made: Figure) -> Iterator[Panel]:
    width, height = (72 * inches for inches in made.get_size_inches())
    for axes in made.axes:
        at, axis = axes.get_position(), (axes.xaxis, axes.yaxis)
        yield Panel(
            gid=str(axes.get_gid()),
            box=(at.x0 * width, (1 - at.y1) * height, at.width * width, at.height * height),
            x=axes.get_xlim(),
            y=axes.get_ylim(),
            scales=(_scale(axes.xaxis, axes), _scale(axes.yaxis, axes)),
            names=(axes.get_xlabel().replace("\n", " "), axes.get_ylabel().replace("\n", " ")),
            seed=next(iter(seeds_of(axes)), None),
            ticks=(_names(axis[0]), _names(axis[1])),
            cells=next(_maps(axes), None),
        )


def _scale(axis: Axis, axes: Axes) -> str:
    """What turns positions into numbers: `symlog 0.1` is linear up to 0.1; `none` where there are no numbers."""
    if not axes.axison or not any(text.get_text().strip() for text in axis.get_ticklabels()):
        return "none"
    scale, transform = axis.get_scale(), axis.get_transform()
    return f"{scale} {transform.linthresh:.9g}" if isinstance(transform, SymmetricalLogTransform) else scale


def _names(axis: Axis) -> dict[float, str]:
    return {place: name[:LETTERS] for place, name in names_along(axis).items()}


def _maps(axes: Axes) -> Iterator[Cells]:
    """The maps in axes, with at most some cells: of more, some evenly spread over all."""
    for own in (*axes.collections, *axes.images):
        name = own.colorbar.ax.get_ylabel() or own.colorbar.ax.get_xlabel() if own.colorbar else own.get_gid()
        values, sides = _cells(own)
        if not name or values is None:
            continue
        counted = counted_cells(own)
        most = _sides(values.shape, MOST_CELLS if counted is None else MOST_COUNTED)
        kept = [
            np.linspace(0, size, less + 1).round().astype(int) for size, less in zip(values.shape, most, strict=True)
        ]
        rows, columns = ((ends[1:] + ends[:-1]) // 2 for ends in kept)
        yield Cells(
            x=sides[0][kept[1]].tolist(),
            y=sides[1][kept[0]].tolist(),
            values=values[np.ix_(rows, columns)].tolist(),
            name=name,
            at=None if counted is None else (counted[0][columns].tolist(), counted[1][rows].tolist()),
        )


def _sides(shape: tuple[int, ...], most: int) -> tuple[int, int]:
    """How many rows and columns to keep of a map, at most `most` cells: the shorter side is thinned last."""
    rows, columns = shape
    short = min(rows, columns, math.isqrt(most))
    long = min(max(rows, columns), most // short)
    return (long, short) if rows > columns else (short, long)


def _cells(own: Artist) -> tuple[Numbers | None, tuple[Numbers, Numbers]]:
    """The values of a map (rows, columns), and the edges of its columns and rows; None for anything else."""
    if isinstance(own, AxesImage):
        values = np.ma.filled(np.ma.asarray(own.get_array(), np.float64), np.nan)
        left, right, bottom, top = own.get_extent()
        ends = (top, bottom) if own.origin == "upper" else (bottom, top)
        rows, columns = values.shape[:2]
        sides = np.linspace(left, right, columns + 1), np.linspace(*ends, rows + 1)
        return (values if values.ndim == 2 else None), sides
    if isinstance(own, QuadMesh):
        values = np.ma.filled(np.ma.asarray(own.get_array(), np.float64), np.nan)
        places = np.asarray(own.get_coordinates(), np.float64)
        x, y = places[0, :, 0], places[:, 0, 1]
        if values.size == len(x) * len(y):  # they are at the corners
            x, y = _between(x), _between(y)
        return values.reshape(len(y) - 1, len(x) - 1), (x, y)
    return None, (np.zeros(0), np.zeros(0))


def _between(places: Numbers) -> Numbers:
    """Edges halfway between places."""
    middle = (places[1:] + places[:-1]) / 2
    return np.concatenate([[places[0]], middle, [places[-1]]])


def described(made: Figure) -> str:
    """What a figure shows: `loss over epoch (train, validation); learning rate over epoch`."""
    own = [text for axes in made.axes if (text := _described(axes))]
    legends = [", ".join(text.get_text() for text in legend.get_texts()) for legend in made.legends]
    return "; ".join([*own, *legends])


def _described(axes: Axes) -> str:
    names = f"{axes.get_ylabel()} over {axes.get_xlabel()}" if axes.get_xlabel() else axes.get_ylabel()
    legend = axes.get_legend()
    entries = ", ".join(text.get_text() for text in legend.get_texts()) if legend else ""
    head = f"{axes.get_title()}: " if axes.get_title() and names else axes.get_title()
    return f"{head}{names}{f' ({entries})' if entries else ''}".replace("\n", " ")
