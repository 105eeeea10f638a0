"""The trials of a sweep: what each axis explains, a map over two axes, and all trials as lines across the axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from numpy.typing import NDArray

from nncli.analysis.effects import Effect
from nncli.report.names import distinct_names
from nncli.report.numbers import percent, short
from nncli.report.plots.places import count_cells, name_places
from nncli.report.plots.style import COLORS, MAP, ink
from nncli.report.plots.text import CHARACTER

Numbers = NDArray[np.float64]

MOST_WRITTEN = 100
"""Cells of a map that have their number in them."""
MOST_TICKS = 16
"""Names along an axis."""
BY_CHANCE: Any = {
    "marker": "D", "markersize": 4, "color": "white", "markeredgecolor": "black", "markeredgewidth": 0.8,
    "linestyle": "none",
}  # fmt: skip
"""The mark of what chance alone would explain: seen on any bar."""


def draw_effects(axes: Axes, effects: Sequence[Effect]) -> None:
    """Draw the share of the variance that each source explains, with its 95 % interval over the seeds.

    The diamond is the share that a source without any effect would be expected to explain by chance.
    """
    for place, own in enumerate(effects):
        color = COLORS[0] if own.source not in ("seed", "rest", "axes together") else COLORS[5]
        (bar,) = axes.barh(place, own.share, 0.6, color=color, edgecolor=COLORS[6], linewidth=0.5)
        bar.set_gid(f"share {own.source}")
        end = own.share
        if own.interval is not None:
            low, high = own.interval
            end = max(end, high)
            axes.plot([low, high], [place, place], color=COLORS[6], linewidth=1, gid=f"interval {own.source}")
        if own.by_chance is not None:
            end = max(end, own.by_chance)
            axes.plot([own.by_chance], [place], **BY_CHANCE, gid=f"by chance {own.source}")
        axes.annotate(
            percent(own.share),
            (end, place),
            (4, 0),
            textcoords="offset points",
            va="center",
            fontsize=7,
        )
    axes.set(xlabel="share of the variance (η²)", xlim=(0, 1.15), ylim=(len(effects) - 0.5, -0.5))
    axes.set_yticks(range(len(effects)), distinct_names([own.source.rpartition(".")[2] for own in effects], 24))
    axes.plot([], [], **BY_CHANCE, label="by chance alone")


def _scale(values: Numbers, *, is_share: bool) -> Normalize:
    """Of colors: shares from 0 to 1, positive numbers over more than two decades on a logarithmic scale."""
    known = values[np.isfinite(values)]
    if is_share or not len(known):
        return Normalize(0, 1)
    if known.min() > 0 and known.max() / known.min() > 100:
        return LogNorm(known.min(), known.max())
    return Normalize(known.min(), known.max() if known.max() > known.min() else known.min() + 1)


def draw_heatmap(
    axes: Axes,
    values: Numbers,
    columns: Sequence[str],
    rows: Sequence[str],
    label: str,
    *,
    more_is_better: bool,
    is_share: bool,
) -> None:
    """Draw a number for each pair of values of two axes; bright is good, a cross is where there is none.

    Args:
        values: (rows, columns), NaN where there is none.
        columns, rows: the values along x and along y, the first row on top.
        label: of the scale.
    """
    cmap = MAP if more_is_better else f"{MAP}_r"
    norm = _scale(values, is_share=is_share)
    mesh = axes.imshow(np.ma.masked_invalid(values), cmap=cmap, norm=norm, aspect="auto")
    mesh.set_gid("cells")
    count_cells(mesh, range(len(columns)), range(len(rows)))
    axes.figure.colorbar(mesh, ax=axes, label=label)
    at = np.argwhere(~np.isfinite(values))
    axes.plot(at[:, 1], at[:, 0], "x", color=COLORS[1], markersize=5, gid="none")
    if values.size <= MOST_WRITTEN:
        for (row, column), value in np.ndenumerate(values):
            if np.isfinite(value):
                axes.text(
                    column,
                    row,
                    short(float(value), 2 if is_share else 3),
                    ha="center",
                    va="center",
                    fontsize=7 if len(columns) <= 8 else 5,
                    color=ink(mesh, float(value)),
                )
    _name_ticks(axes, columns, rows)
    axes.grid(visible=False)


def _name_ticks(axes: Axes, columns: Sequence[str], rows: Sequence[str]) -> None:
    name_places(axes.xaxis, columns, _written(columns, 16), MOST_TICKS)
    name_places(axes.yaxis, rows, _written(rows, 16), MOST_TICKS)
    written = [text.get_text() for text in axes.get_xticklabels()]
    figure = axes.get_figure(root=True)
    room = 0.55 * figure.get_figwidth() if figure is not None else 0.0
    if len(written) * (max(map(len, written)) + 2) * CHARACTER > room:
        axes.tick_params("x", rotation=30)
        for text in axes.get_xticklabels():
            text.set_horizontalalignment("right")


def _written(names: Sequence[str], room: int) -> Sequence[str]:
    """Values of an axis: numbers with three digits, if these are enough; others shortened."""
    try:
        rounded = [f"{float(name):.3g}" for name in names]
    except ValueError:
        rounded = []
    return rounded if len({*rounded}) == len(names) else distinct_names(names, room)


def draw_parallel(
    axes: Axes,
    places: Numbers,
    levels: Sequence[Sequence[str]],
    keys: Sequence[str],
    values: Numbers,
    label: str,
    *,
    more_is_better: bool,
    is_share: bool,
) -> None:
    """Draw each trial as a line across the axes, in the color of its result; the best on top, and bright.

    Trials with the same value on an axis are spread around it in the order of their results, so that lines stay apart.

    Args:
        places: which value each trial has on each axis (T, axes).
        levels: the values of each axis.
        keys: of the axes.
        values: the result of each trial (T,), NaN where there is none.
        label: of the results.
    """
    norm = _scale(values, is_share=is_share)
    cmap = mpl.colormaps[MAP if more_is_better else f"{MAP}_r"]
    order = np.argsort(np.nan_to_num(values if more_is_better else -values, nan=-np.inf), kind="stable")
    heights = np.empty(places.shape)
    for axis, names in enumerate(levels):
        n = len(names)
        own = places[:, axis]
        for level in np.unique(own):
            rows = [trial for trial in order if own[trial] == level]
            spread = np.linspace(-0.25, 0.25, len(rows)) if len(rows) > 1 else np.zeros(1)
            heights[rows, axis] = (level + 0.5 + spread) / n
    x = np.arange(len(levels))
    for trial in order:
        value = values[trial]
        color = cmap(norm(value)) if np.isfinite(value) else "0.7"
        width = 1.4 if len(values) <= 60 else 0.7
        axes.plot(x, heights[trial], color="0.25", linewidth=1.6 * width)  # bright lines stand out by their edge
        axes.plot(
            x,
            heights[trial],
            color=color,
            linewidth=width,
            linestyle="-" if np.isfinite(value) else ":",
            gid=f"trial {trial}",
        )
    for axis, names in enumerate(levels):
        axes.axvline(axis, color=COLORS[6], linewidth=0.8)
        step = -(-len(names) // MOST_TICKS)
        for level in range(0, len(names), step):
            last = axis == len(levels) - 1
            axes.annotate(
                _written(names, 14)[level],
                (axis, (level + 0.5) / len(names)),
                (4 if last else -4, 0),
                textcoords="offset points",
                ha="left" if last else "right",
                va="center",
                fontsize=7,
                bbox={"facecolor": "white", "alpha": 0.8, "edgecolor": "none", "pad": 0.5},
                annotation_clip=False,
            )
    axes.set(xlim=(-0.6, len(levels) - 0.4), ylim=(0, 1), yticks=[])
    axes.set_xticks(x, distinct_names([key.rpartition(".")[2] for key in keys]))
    axes.spines["left"].set_visible(False)
    axes.grid(visible=False)
    scale = mpl.cm.ScalarMappable(norm, cmap)
    axes.figure.colorbar(scale, ax=axes, label=label)
