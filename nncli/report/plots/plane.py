"""How a network divides the plane into classes, with the rows it learned from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from nncli.report.plots.style import MAP, TINT, WIDE, class_marks, figure, legend_columns

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
    with figure(columns, -(-panels // columns), width, height=2.4 if panels > 1 else 3.2) as (made, axes):
        draw_maps(axes, maps, agreement)
        axes[0].set_box_aspect(1 if panels == 1 else None)  # alone, it would be as wide as the figure
        if agreement is not None:
            mesh, of_two = axes[panels - 1].collections[0], len(agreement.classes) == 2
            label = f"share of seeds that say {agreement.classes[1]}" if of_two else "share of seeds that agree"
            made.colorbar(mesh, ax=axes[panels - 1], label=label)
        for spare in axes[panels:]:
            spare.remove()
        handles = _legend(first)
        columns = legend_columns([str(own.get_label()) for own in handles], width, 2 if width < WIDE else 5)
        made.legend(handles=handles, loc="outside lower center", ncols=columns)
        made.suptitle(title)
    return made


def draw_maps(axes: Sequence[Axes], maps: Mapping[str, PlaneMap], agreement: Agreement | None) -> None:
    """Draw a map for each seed into axes of its own, and then how far all seeds agree."""
    for panel, (name, plane) in zip(axes, maps.items(), strict=False):
        draw_boundary(panel, plane)
        panel.set_title(name)
    if agreement is not None:
        names, panel = next(iter(maps.values())).names, axes[len(maps)]
        draw_agreement(panel, agreement)
        panel.set(xlabel=names[0], ylabel=names[1])
        panel.set_title("all seeds" if len(maps) > 1 else "agreement")


def draw_agreement(axes: Axes, agreement: Agreement) -> None:
    """Draw how far the seeds agree, first as a map; lines are the borders between the classes that most of them say."""
    mesh = axes.pcolormesh(agreement.x, agreement.y, agreement.share, rasterized=True, gid="agreement")
    mesh.set(cmap=MAP, clim=(0, 1))
    borders = agreement.share if len(agreement.classes) == 2 else agreement.most
    _draw_borders(axes, agreement.x, agreement.y, borders, agreement.classes)
    axes.set(xlim=agreement.x[[0, -1]], ylim=agreement.y[[0, -1]])
    axes.grid(visible=False)


def _legend(plane: PlaneMap) -> list[Line2D]:
    """What the marks on a map mean."""
    shown = plane.classes[:MOST_NAMES]
    marks = [
        Line2D([], [], color=color, marker=marker, markersize=5, linestyle="none", label=name, markeredgecolor=edge)
        for name, (color, marker, edge) in zip(shown, class_marks(len(plane.classes)), strict=False)
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
    marks = class_marks(len(plane.classes))
    mesh = axes.pcolormesh(plane.x, plane.y, plane.values, alpha=TINT, rasterized=True)
    if len(plane.classes) == 2:
        mesh.set(cmap=MAP, clim=(0, 1), gid=f"probability of {plane.classes[1]}")
    else:
        mesh.set(cmap=ListedColormap([color for color, _, _ in marks]), clim=(-0.5, len(marks) - 0.5), gid="class")
    _draw_borders(axes, plane.x, plane.y, plane.values, plane.classes)
    for w1, w2, b in plane.lines:
        _draw_line(axes, plane, w1, w2, b, alpha=min(0.7, FAINT / len(plane.lines)))
    for own in plane.points:
        is_filled = own.split == "train"
        for c, (name, (color, marker, edge)) in enumerate(zip(plane.classes, marks, strict=True)):
            axes.plot(
                *own.x[own.label == c].T,
                marker,
                color=color,
                markersize=3.5 if is_filled else 4,
                markeredgewidth=0.3 if is_filled else 1,
                markeredgecolor=edge if is_filled else color,
                markerfacecolor=color if is_filled else "none",
                label=name if is_filled else None,
                gid=f"{own.split} {name}",
            )
        axes.plot(
            *own.x[own.wrong].T,
            "o",
            markersize=8,
            markeredgewidth=0.8,
            markerfacecolor="none",
            color="black",
            zorder=3,  # above the rows of the other splits
            gid=f"wrong {own.split}",
        )
    axes.set(xlabel=plane.names[0], ylabel=plane.names[1], xlim=plane.x[[0, -1]], ylim=plane.y[[0, -1]])
    axes.grid(visible=False)


def _draw_borders(axes: Axes, x: Numbers, y: Numbers, values: NDArray[Any], classes: Sequence[str]) -> None:
    """Draw where one class meets another: of two, where the second has ½; of more, around each, from their numbers."""
    parts = [values] if len(classes) == 2 else [(values == c).astype(np.float64) for c in range(len(classes))]
    for part in parts:
        if part.min() < 0.5 < part.max():
            axes.contour(x, y, part, [0.5], colors="black", linewidths=1)


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
