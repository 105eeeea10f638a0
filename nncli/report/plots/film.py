"""Films: a figure that is laid out once, and the content of its axes at each moment."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from PIL import Image

from nncli.report.plots.style import COLORS, SETTINGS, TWO_CLASSES
from nncli.report.plots.text import settle

T = TypeVar("T")

LARGEST = 2_000_000
"""The most bytes of a film."""
DOTS = (110, 90, 70, 50)
"""Pixels per inch: the first with which it is small enough; else it has fewer pictures."""
SHOWN, HELD = 250, 3000
"""Milliseconds that a picture is shown, and the last one."""
FEW_COLORS = 64
"""Of all pictures of a film on a page."""
PURE = [[round(255 * part) for part in to_rgb(own)] for own in ("white", *COLORS, *TWO_CLASSES)]
"""Colors that every picture has: paper stays white, and small marks keep the colors of the legend."""
PALETTE_FROM = 4
"""Pictures whose colors all share: these many, evenly spread."""


class Stage:
    """A figure whose axes stay, with the same limits at all moments, while what is drawn in them changes.

    Attributes:
        figure: as at the last moment that was shown; its layout is that of the last one.
        moments: how many there are.
    """

    def __init__(self, figure: Figure, moving: Sequence[Axes], draw: Callable[[int], object], moments: int) -> None:
        """Go through all moments once, if their limits differ, to find those that are wide enough for all of them.

        Args:
            figure: drawn as at the last moment.
            moving: its axes whose content changes.
            draw: draws the content of a moment into them while they are empty, and sets the titles.
            moments: how many there are.
        """
        self.figure, self.moments, self._moving, self._draw = figure, moments, moving, draw
        self._places: list[tuple[float, float]] = []
        if any(axes.get_autoscale_on() for axes in moving):
            seen = []
            for k in range(moments):
                self.show(k)
                seen.append([(axes.get_xlim(), axes.get_ylim()) for axes in figure.axes])
            for axes, own in zip(figure.axes, zip(*seen, strict=True), strict=True):
                x, y = zip(*own, strict=True)
                axes.set(xlim=_common(x), ylim=_common(y))
        with mpl.rc_context(SETTINGS):
            figure.draw_without_rendering()
        figure.set_layout_engine("none")
        self._places = [text.get_position() for text in figure.texts]
        for axes in moving:
            if legend := axes.get_legend():  # it stays where there is room for it at the last moment
                legend.set_loc(tuple(axes.transAxes.inverted().transform(legend.get_window_extent().p0)))

    def show(self, k: int) -> None:
        """Turn the figure to a moment."""
        for axes in self._moving:
            for artist in (*axes.lines, *axes.collections, *axes.patches, *axes.images, *axes.texts):
                artist.remove()
        with mpl.rc_context(SETTINGS):
            self._draw(k)
            settle(self.figure)
        for text, place in zip(self.figure.texts, self._places, strict=False):  # a new title has the default place
            text.set_position(place)

    def pictures(self, dots: int) -> Iterator[Image.Image]:
        """The figure at each moment, with this number of pixels per inch; what does not change is drawn once."""
        self.figure.set_dpi(dots)
        canvas: Any = FigureCanvasAgg(self.figure)  # its methods have no types
        with mpl.rc_context(SETTINGS):
            for artist in (hidden := self._changing()):
                artist.set_visible(False)
            canvas.draw()
            for artist in hidden:
                artist.set_visible(True)
            rest = canvas.copy_from_bbox(self.figure.bbox)
        for k in range(self.moments):
            self.show(k)
            canvas.restore_region(rest)
            with mpl.rc_context(SETTINGS):
                for artist in self._changing():
                    if artist.get_visible():
                        artist.draw(canvas.get_renderer())
            yield Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3])

    def _changing(self) -> list[Artist]:
        """What is drawn at each moment, the lowest first: all in the moving axes but their paper, ticks and grid."""
        found: list[Artist] = [*self.figure.texts]
        for axes in self._moving:
            fixed = (axes.patch, axes.xaxis, axes.yaxis)
            found += sorted((own for own in axes.get_children() if own not in fixed), key=Artist.get_zorder)
        return found


def _common(limits: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """The least range that holds all, in their direction."""
    low, high = min(map(min, limits)), max(map(max, limits))
    return (high, low) if limits[0][0] > limits[0][1] else (low, high)


def animated(stage: Stage) -> bytes:
    """An animated GIF of at most `LARGEST` bytes that repeats, and holds its last picture.

    The same stage gives the same bytes. With the fewest pixels, only every second of too many pictures is kept, and so
    on; the last one always is.
    """
    for dots in DOTS:
        pictures = [*stage.pictures(dots)]
        if len(made := _animated(pictures)) <= LARGEST:
            return made
    while len(made) > LARGEST and len(pictures) > 1:
        pictures = _every_second(pictures)
        made = _animated(pictures)
    return made


def stills(stage: Stage, dots: int, most: int) -> list[tuple[int, bytes]]:
    """Moments as small PNG files, for a page; the same stage gives the same bytes.

    Args:
        dots: pixels per inch.
        most: bytes of all files together: if all moments have more, only every second is kept, and so on.
    """
    made = [*enumerate(map(_png, _with_few_colors([*stage.pictures(dots)], FEW_COLORS)))]
    while sum(len(png) for _, png in made) > most and len(made) > 1:
        made = _every_second(made)
    return made


def _every_second(values: list[T]) -> list[T]:
    """The last one among them."""
    return values[::-2][::-1]


def _png(picture: Image.Image) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, "PNG", optimize=True)
    return stream.getvalue()


def _with_few_colors(pictures: Sequence[Image.Image], colors: int) -> list[Image.Image]:
    """Pictures with the same palette, chosen from a few of them."""
    places = np.unique(np.linspace(0, len(pictures) - 1, PALETTE_FROM).round().astype(int))
    together = Image.fromarray(np.concatenate([np.asarray(pictures[place]) for place in places]))
    palette = together.quantize(colors - len(PURE), method=Image.Quantize.MEDIANCUT)
    entries = np.array(palette.getpalette() or [], np.int64).reshape(-1, 3)[: colors - len(PURE)]
    entries[entries.min(axis=1) > 245] = 255  # paper is white, and not only almost
    palette.putpalette(np.concatenate([entries, PURE]).ravel().tolist())
    return [own.quantize(palette=palette, dither=Image.Dither.NONE) for own in pictures]


def _animated(pictures: Sequence[Image.Image]) -> bytes:
    first, *others = _with_few_colors(pictures, 256)
    stream = io.BytesIO()
    times = [SHOWN] * len(others) + [HELD]
    first.save(stream, "GIF", save_all=True, append_images=others, duration=times, loop=0, optimize=False)
    return stream.getvalue()
