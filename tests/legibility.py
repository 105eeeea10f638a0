"""What makes a picture hard to read: texts over each other or cut off, axes without a label, no title."""

from __future__ import annotations

from itertools import combinations
from unittest.mock import patch

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from nncli.report.plots.style import SETTINGS

LEAST = 5.0
"""The smallest type, in points."""
TOUCH = 1.0
"""Points by which boxes may overlap: a box is larger than what is written in it."""


def drawn_texts(figure: Figure) -> list[tuple[Text, Bbox]]:
    """Every text that is really drawn (of ticks, only those inside their axis), with its box in points."""
    seen: list[Text] = []
    draw = Text.draw

    def recorded(self, renderer, *args, **kwargs):
        seen.append(self)
        return draw(self, renderer, *args, **kwargs)

    with mpl.rc_context(SETTINGS):
        canvas = FigureCanvasAgg(figure)
        canvas.draw()  # the layout needs a first time
        with patch.object(Text, "draw", recorded):
            canvas.draw()
        texts = {id(text): text for text in seen if text.get_visible() and text.get_text().strip()}.values()
        scale = 72 / figure.dpi
        boxes = [Bbox(text.get_window_extent(canvas.get_renderer()).get_points() * scale) for text in texts]
    return list(zip(texts, boxes, strict=True))


def faults(figure: Figure) -> list[str]:
    """What is hard to read in it, in words."""
    texts = drawn_texts(figure)
    found = []
    for (one, a), (other, b) in combinations(texts, 2):
        slanted = one.get_rotation() % 90 and one.get_rotation() == other.get_rotation()
        width, height = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
        if min(width, height) > TOUCH and not slanted:
            found.append(f"{one.get_text()!r} overlaps {other.get_text()!r}")
    width, height = figure.get_size_inches() * 72
    for text, box in texts:
        if box.x0 < -TOUCH or box.y0 < -TOUCH or box.x1 > width + TOUCH or box.y1 > height + TOUCH:
            found.append(f"{text.get_text()!r} is cut off")
        if float(text.get_fontsize()) < LEAST:
            found.append(f"{text.get_text()!r} is small: {text.get_fontsize()}")
    drawn = {id(text) for text, _ in texts}
    for place, axes in enumerate(figure.axes):
        for name, axis, common in (
            ("x", axes.xaxis, figure.get_supxlabel()),
            ("y", axes.yaxis, figure.get_supylabel()),
        ):
            has_ticks = any(id(label) in drawn for label in axis.get_ticklabels())
            if has_ticks and not (axis.get_label_text() or common):
                found.append(f"axes {place} has no {name} label")
    if not (figure.get_suptitle() or any(axes.get_title() for axes in figure.axes)):
        found.append("there is no title")
    return found
