"""Pictures that follow each other as a film."""

from __future__ import annotations

import io
from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection, QuadMesh
from matplotlib.figure import Figure
from PIL import Image

from nncli.report.plots.style import SETTINGS, picture

LARGEST = 2_000_000
"""The most bytes of a film."""
DOTS = (110, 90, 70, 50)
"""Pixels per inch: the first with which it is small enough."""
SHOWN, HELD = 250, 3000
"""Milliseconds that a picture is shown, and the last one."""
COLORS = 96
"""Of a picture on a page."""
PALETTE_FROM = 4
"""Pictures whose colors all share: these many, evenly spread."""


def share_scales(figures: Sequence[Figure]) -> None:
    """Give pictures of one kind the same axes and color scales: wide enough for all of them."""
    for same in zip(*(_maps(figure) for figure in figures), strict=True):
        low, high = min(own.get_clim()[0] for own in same), max(own.get_clim()[1] for own in same)
        for own in same:
            if own.get_clim() != (low, high):
                own.set_clim(low, high)
    for panels in zip(*(figure.axes for figure in figures), strict=True):
        x, y = (_common([own(panel) for panel in panels]) for own in (Axes.get_xlim, Axes.get_ylim))
        for panel in panels:
            panel.set(xlim=x, ylim=y)
    _share_layout(figures)


def _share_layout(figures: Sequence[Figure]) -> None:
    """Lay all out as the last, whose epoch is the longest: nothing moves, and it is done once."""
    with mpl.rc_context(SETTINGS):
        figures[-1].draw_without_rendering()
    for figure in figures:
        figure.set_layout_engine("none")
        for panel, last in zip(figure.axes, figures[-1].axes, strict=True):
            panel.set_position(last.get_position(original=True))


def _maps(figure: Figure) -> list[QuadMesh | PathCollection | mpl.image.AxesImage]:
    """What has a scale of colors. Lines of equal height are left out, as there may be none."""
    own = [artist for axes in figure.axes for artist in (*axes.images, *axes.collections)]
    kinds = (QuadMesh, PathCollection, mpl.image.AxesImage)
    return [artist for artist in own if isinstance(artist, kinds) and artist.get_array() is not None]


def _common(limits: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """The least range that holds all, in their direction."""
    low, high = min(map(min, limits)), max(map(max, limits))
    return (high, low) if limits[0][0] > limits[0][1] else (low, high)


def animated(figures: Sequence[Figure]) -> bytes:
    """An animated GIF that repeats, and holds its last picture; the same pictures give the same bytes."""
    for dots in DOTS:
        made = _animated([_drawn(figure, dots) for figure in figures])
        if len(made) <= LARGEST:
            break
    return made


def still(figure: Figure, dots: int) -> bytes:
    """A small PNG file of a picture, for a page; the same picture gives the same bytes.

    Args:
        dots: pixels per inch.
    """
    stream = io.BytesIO()
    _drawn(figure, dots).quantize(COLORS, dither=Image.Dither.NONE).save(stream, "PNG", optimize=True)
    return stream.getvalue()


def _drawn(figure: Figure, dots: int) -> Image.Image:
    return Image.open(io.BytesIO(picture(figure, "png", dots))).convert("RGB")


def _animated(pictures: Sequence[Image.Image]) -> bytes:
    places = np.unique(np.linspace(0, len(pictures) - 1, PALETTE_FROM).round().astype(int))
    together = Image.fromarray(np.concatenate([np.asarray(pictures[place]) for place in places]))
    palette = together.quantize(method=Image.Quantize.MEDIANCUT)
    colors = np.array(palette.getpalette() or [], np.int64).reshape(-1, 3)
    colors[colors.sum(axis=1).argmax()] = 255  # so that paper is white, and not only almost
    palette.putpalette(colors.ravel().tolist())
    first, *others = (own.quantize(palette=palette, dither=Image.Dither.NONE) for own in pictures)
    stream = io.BytesIO()
    times = [SHOWN] * len(others) + [HELD]
    first.save(stream, "GIF", save_all=True, append_images=others, duration=times, loop=0, optimize=False)
    return stream.getvalue()
