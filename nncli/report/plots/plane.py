"""How a network divides the plane into classes, with the rows it learned from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from numpy.typing import NDArray

from nncli.report.plots.style import COLORS, MARKERS, SIGNED_MAP

Numbers = NDArray[np.float64]

FAINT = 8.0
"""Lines of more hidden units than this are fainter, so that the rows stay visible."""


@dataclass(frozen=True, slots=True)
class Points:
    """The rows of one split in the plane.

    Attributes:
        split: `train`, `validation` or `test`.
        x: (N, 2).
        label: the class of each row (N,).
        wrong: which rows the network gets wrong (N,).
    """

    split: str
    x: Numbers
    label: NDArray[np.intp]
    wrong: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class PlaneMap:
    """A network on a grid in the plane.

    Attributes:
        x, y: the coordinates of columns and rows of the grid, increasing.
        values: (len(y), len(x)): of two classes, the probability of the second; of more, the class.
        classes: the names of the classes; two for probabilities.
        names: of the two inputs.
        points: the rows of each split.
        lines: w and b of the units of the first layer (units, 3), where w·x + b = 0; none if it is not dense.
    """

    x: Numbers
    y: Numbers
    values: Numbers
    classes: tuple[str, ...]
    names: tuple[str, ...]
    points: tuple[Points, ...]
    lines: Numbers


def draw_boundary(axes: Axes, plane: PlaneMap) -> None:
    """Draw the regions of the classes, the rows, rings around those that are wrong, and the lines of hidden units."""
    if len(plane.classes) == 2:
        axes.pcolormesh(plane.x, plane.y, plane.values, vmin=0, vmax=1, cmap=SIGNED_MAP, alpha=0.6, rasterized=True)
        if plane.values.min() < 0.5 < plane.values.max():
            axes.contour(plane.x, plane.y, plane.values, [0.5], colors="black", linewidths=1)
        colors: Sequence[str] = ("#7f3b08", "#2d004b")  # the ends of the map
    else:
        colors = [COLORS[c % len(COLORS)] for c in range(len(plane.classes))]
        axes.pcolormesh(
            plane.x,
            plane.y,
            plane.values,
            vmin=-0.5,
            vmax=len(colors) - 0.5,
            cmap=ListedColormap(colors),
            alpha=0.3,
            rasterized=True,
        )
    for w1, w2, b in plane.lines:
        _draw_line(axes, plane, w1, w2, b, alpha=min(0.7, FAINT / len(plane.lines)))
    for own in plane.points:
        for c, name in enumerate(plane.classes):
            rows = own.label == c
            axes.plot(
                *own.x[rows].T,
                MARKERS[c % len(MARKERS)],
                color=colors[c],
                markersize=3 if own.split == "train" else 4,
                markerfacecolor=colors[c] if own.split == "train" else "none",
                label=name if own.split == "train" else None,
                gid=f"{own.split} {name}",
            )
        axes.plot(
            *own.x[own.wrong].T, "o", markersize=8, markerfacecolor="none", color="black", gid=f"wrong {own.split}"
        )
    axes.set(xlabel=plane.names[0], ylabel=plane.names[1], xlim=plane.x[[0, -1]], ylim=plane.y[[0, -1]])
    axes.grid(visible=False)


def _draw_line(axes: Axes, plane: PlaneMap, w1: float, w2: float, b: float, alpha: float) -> None:
    """w1 x + w2 y + b = 0, as far as the axes go."""
    if abs(w2) > abs(w1):
        x = plane.x[[0, -1]]
        y = -(w1 * x + b) / w2
    elif w1:
        y = plane.y[[0, -1]]
        x = -(w2 * y + b) / w1
    else:
        return
    axes.plot(x, y, color="black", linewidth=0.6, linestyle="--", alpha=alpha, gid="hidden unit")
