"""What a page needs of a figure besides its SVG: where its axes are, and what they show, in words."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from nncli.report.page.markup import Html
from nncli.report.page.svg import Panel, page_svg
from nncli.report.plots.style import SETTINGS

DOTS = 100
"""Per inch, of the parts of a picture that are pixels."""


def in_page(made: Figure, name: str, title: str) -> Html:
    """A figure as an element of a page. Args: name: unique in the page."""
    for number, axes in enumerate(made.axes, 1):
        axes.set_gid(f"panel-{number}")
    return page_svg(_svg(made), name, title, described(made), [*_panels(made)])


def _svg(made: Figure) -> bytes:
    """The figure as an SVG file: the bytes of `picture`, drawn once rather than first to measure it."""
    stream = io.BytesIO()
    with mpl.rc_context(SETTINGS), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font")  # an SVG keeps the text, and so the letter
        made.set_dpi(DOTS)
        canvas: Any = FigureCanvasSVG(made)  # its method has no types
        canvas.print_svg(stream, metadata={"Date": None})
    return stream.getvalue()


def _panels(made: Figure) -> Iterator[Panel]:
    width, height = (72 * inches for inches in made.get_size_inches())
    for axes in made.axes:
        at = axes.get_position()
        yield Panel(
            str(axes.get_gid()),
            (at.x0 * width, (1 - at.y1) * height, at.width * width, at.height * height),
            axes.get_xlim(),
            axes.get_ylim(),
            (axes.get_xscale(), axes.get_yscale()),
            (axes.get_xlabel(), axes.get_ylabel()),
            axes.get_title(),
        )


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
