"""Text in pictures: as it was written, on lines that fit."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import FixedFormatter, FuncFormatter

from nncli.errors import visible

CHARACTER = 0.066
"""The width of a character on average, in inches, at 8 points."""
LINES = 3
"""Of a title; what is longer is cut off."""


def settle(made: Figure) -> None:
    """Wrap long titles, and take all text literally: no `$` begins a formula, and no control character is drawn."""
    for text in _written(made):
        text.set_text("\n".join(visible(line) for line in text.get_text().split("\n")))
        text.set_parse_math(False)
    if title := made.get_suptitle():
        made.suptitle(_wrapped(title, made.get_figwidth()))
    for axes in made.axes:
        place = axes.get_subplotspec()
        width, height = (made.get_figwidth(), made.get_figheight())
        if place is not None:
            width *= len(place.colspan) / place.get_gridspec().ncols
            height *= len(place.rowspan) / place.get_gridspec().nrows
        axes.set_title(_wrapped(axes.get_title(), width))
        axes.set(xlabel=_cut(axes.get_xlabel(), width), ylabel=_cut(axes.get_ylabel(), height))


def _written(made: Figure) -> Iterator[Text]:
    """All texts but the numbers that matplotlib writes itself beside axes, powers of ten as formulas."""
    yield from made.texts
    legends = [*made.legends, *(own for axes in made.axes if (own := axes.get_legend()))]
    yield from (text for legend in legends for text in (legend.get_title(), *legend.get_texts()))
    for axes in made.axes:
        yield from (axes.title, axes.xaxis.label, axes.yaxis.label, *axes.texts)
        axis: tuple[Axis, Axis] = (axes.xaxis, axes.yaxis)
        for side in axis:
            if isinstance(side.get_major_formatter(), FixedFormatter | FuncFormatter):
                yield from side.get_ticklabels()
            if isinstance(side.get_minor_formatter(), FixedFormatter | FuncFormatter):
                yield from side.get_ticklabels(minor=True)


def _wrapped(title: str, width: float) -> str:
    most = max(20, int(width / CHARACTER))
    lines = [part for line in title.split("\n") for part in textwrap.wrap(line, most)]
    return "\n".join(lines if len(lines) <= LINES else [*lines[: LINES - 1], lines[LINES - 1][: most - 1] + "…"])


def _cut(label: str, length: float) -> str:
    most = max(16, int(0.8 * length / CHARACTER))  # beside the numbers
    return "\n".join(line if len(line) <= most else line[: most - 1] + "…" for line in label.split("\n"))
