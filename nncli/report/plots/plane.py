"""How a network divides the plane into classes, with the rows it learned from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from nncli.report.plots.style import COLORS, MAP, MARKERS, SIGNED_MAP, WIDE, figure

Numbers = NDArray[np.float64]

MOST_NAMES = 8
"""Classes in the legend."""
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


@dataclass(frozen=True, slots=True)
class Agreement:
    """What R seeds say on a grid.

    Attributes:
        x, y: the coordinates of columns and rows of the grid, increasing.
        share: (len(y), len(x)): of two classes, the share of the seeds that say the second; of more, of those that say
            what most say.
        most: (len(y), len(x)), the class that most seeds say.
        classes: their names.
    """

    x: Numbers
    y: Numbers
    share: Numbers
    most: NDArray[np.intp]
    classes: tuple[str, ...]


def agreement_of(x: Numbers, y: Numbers, votes: NDArray[np.intp], classes: tuple[str, ...]) -> Agreement:
    """How far seeds agree, from the class that each says at each point of a grid, (R, len(y), len(x))."""
    shares = np.stack([(votes == c).mean(axis=0) for c in range(len(classes))])
    most = shares.argmax(axis=0)
    return Agreement(x, y, shares[1] if len(classes) == 2 else shares.max(axis=0), most, classes)


def boundary_figure(
    maps: Mapping[str, PlaneMap], agreement: Agreement | None, title: str, width: float = WIDE
) -> Figure:
    """A map for each seed, by its title, and one of how far all seeds agree; a legend below them."""
    panels = len(maps) + (agreement is not None)
    first = next(iter(maps.values()))
    columns = 1 if width < WIDE else 2 if panels == 4 else min(3, panels)
    with figure(columns, -(-panels // columns), width, height=2.4) as (made, axes):
        for panel, (name, plane) in zip(axes, maps.items(), strict=False):
            draw_boundary(panel, plane)
            panel.set_title(name)
        if agreement is not None:
            draw_agreement(axes[panels - 1], agreement)
            axes[panels - 1].set(xlabel=first.names[0], ylabel=first.names[1])
            axes[panels - 1].set_title("all seeds" if len(maps) > 1 else "agreement")
        for spare in axes[panels:]:
            spare.remove()
        handles = _legend(first)
        made.legend(handles=handles, loc="outside lower center", ncols=min(len(handles), 2 if width < WIDE else 5))
        made.suptitle(title)
    return made


def draw_agreement(axes: Axes, agreement: Agreement) -> None:
    """Draw how far the seeds agree; lines are the borders between the classes that most of them say."""
    of_two = len(agreement.classes) == 2
    mesh = axes.pcolormesh(agreement.x, agreement.y, agreement.share, rasterized=True, gid="agreement")
    mesh.set_cmap(MAP)
    mesh.set_clim(0, 1)
    label = f"share of seeds that say {agreement.classes[1]}" if of_two else "share of seeds that agree"
    axes.figure.colorbar(mesh, ax=axes, label=label)
    borders = agreement.share if of_two else agreement.most
    levels = [0.5] if of_two else [c + 0.5 for c in range(int(borders.min()), int(borders.max()))]
    if levels and borders.min() < levels[0] < borders.max():
        axes.contour(agreement.x, agreement.y, borders, levels, colors="black", linewidths=1 if of_two else 0.6)
    axes.set(xlim=agreement.x[[0, -1]], ylim=agreement.y[[0, -1]])
    axes.grid(visible=False)


def class_colors(classes: int) -> Sequence[str]:
    """The color of each class; of two, the ends of the map of probabilities."""
    return ("#7f3b08", "#2d004b") if classes == 2 else [COLORS[c % len(COLORS)] for c in range(classes)]


def _legend(plane: PlaneMap) -> list[Line2D]:
    """What the marks on a map mean."""
    colors, shown = class_colors(len(plane.classes)), plane.classes[:MOST_NAMES]
    marks = [
        Line2D([], [], color=colors[c], marker=MARKERS[c % len(MARKERS)], markersize=4, linestyle="none", label=name)
        for c, name in enumerate(shown)
    ]
    if rest := len(plane.classes) - len(shown):
        marks.append(Line2D([], [], linestyle="none", label=f"and {rest} more"))
    rings = ([(4, "held out (hollow)")] if len(plane.points) > 1 else []) + [(8, "misclassified")]
    for size, text in rings:
        ring = Line2D([], [], color="black", marker="o", markersize=size, linestyle="none", label=text)
        ring.set_markerfacecolor("none")
        marks.append(ring)
    if len(plane.lines):
        marks.append(Line2D([], [], color="black", linewidth=0.6, linestyle="--", label="hidden unit"))
    return marks


def draw_boundary(axes: Axes, plane: PlaneMap) -> None:
    """Draw the regions of the classes, the rows, rings around those that are wrong, and the lines of hidden units."""
    colors = class_colors(len(plane.classes))
    if len(plane.classes) == 2:
        axes.pcolormesh(plane.x, plane.y, plane.values, vmin=0, vmax=1, cmap=SIGNED_MAP, alpha=0.6, rasterized=True)
        if plane.values.min() < 0.5 < plane.values.max():
            axes.contour(plane.x, plane.y, plane.values, [0.5], colors="black", linewidths=1)
    else:
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
