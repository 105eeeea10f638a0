"""Rows of a task in the space of a hidden layer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from nncli.analysis.principal_components import principal_components
from nncli.report.names import short_name
from nncli.report.numbers import percent
from nncli.report.plots.style import COLORS, FAINT, MAP, MARKERS, WIDE, class_marks, figure

Numbers = NDArray[np.float64]

MOST_CLASSES = 12
"""Classes that have a name in the legend."""
_LETTER = re.compile("[0-9A-Za-z]")
REACH = 20
"""How far a line goes beyond its axes, in their lengths, as they grow in a film."""
FEW_ROWS = 50
"""Up to this number of rows, each has a large marker."""


@dataclass(frozen=True, slots=True)
class Targets:
    """What the rows should become.

    Attributes:
        name: of the target.
        values: of each row (N,): a number, or that of its class.
        classes: the names of the classes; none for a regression.
    """

    name: str
    values: Numbers
    classes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plane:
    """Rows of n numbers in a plane.

    Attributes:
        x: (N, 2).
        names: of the two axes.
    """

    x: Numbers
    names: tuple[str, str]


def flattened(hidden: Numbers, targets: Targets, plane_of: Numbers | None = None) -> Plane:
    """Finite rows (N, n): one unit beside the target, two as they are, more on two principal components.

    Args:
        plane_of: the rows whose components these are, those of the end of training; None for the same.
    """
    if hidden.shape[1] == 1:
        return Plane(np.column_stack([hidden[:, 0], targets.values]), ("unit 1", short_name(targets.name)))
    if hidden.shape[1] == 2:
        return Plane(hidden, ("unit 1", "unit 2"))
    found = principal_components(hidden if plane_of is None else plane_of)
    when = "" if plane_of is None else " at the end"
    first, second = (
        f"{place} principal component\n{percent(float(share))} of the variance{when}"
        for place, share in zip(("first", "second"), found.shares, strict=True)
    )
    return Plane(found.of(hidden), (first, second))


def hidden_figure(
    panels: Mapping[str, Numbers],
    targets: Targets,
    title: Sequence[str],
    line: Numbers | None,
    width: float = WIDE,
    plane_of: Numbers | None = None,
) -> Figure:
    """Representations beside each other.

    Args:
        panels: the rows (N, n) in the space of the layer, by the title of the panel.
        targets: of the rows.
        title: each part on a line of its own.
        line: w1, w2, b of the output unit, for the last panel; None for more than two units or classes.
        plane_of: rows whose principal components all panels show; None for the own ones of each.
    """
    with figure(len(panels), 1, width, height=2.9) as (made, axes):
        for place, (name, hidden) in enumerate(panels.items(), 1):
            draw_rows(axes[place - 1], name, hidden, targets, line if place == len(panels) else None, plane_of)
        if plane_of is not None:
            axes[0].sharex(axes[-1])
            axes[0].sharey(axes[-1])
        if targets.classes and not _are_letters(targets):
            _legend(made, axes[-1], len(targets.classes))
        if not targets.classes:
            drawn = [own for panel in axes for own in panel.collections]
            if drawn:
                made.colorbar(drawn[0], ax=axes, label=short_name(targets.name), aspect=30)
        made.suptitle("\n".join(title))
    return made


def draw_rows(
    axes: Axes, name: str, hidden: Numbers, targets: Targets, line: Numbers | None, plane_of: Numbers | None = None
) -> None:
    """Draw one representation with its title; the arguments are those of `hidden_figure`."""
    axes.set_title(name)
    finite = np.isfinite(hidden).all(axis=1)
    if not finite.any():
        axes.text(0.5, 0.5, "not finite", ha="center", va="center", transform=axes.transAxes)
        return
    if plane_of is not None:
        plane_of = plane_of[np.isfinite(plane_of).all(axis=1)]
        plane_of = plane_of if len(plane_of) else None
    known = Targets(targets.name, targets.values[finite], targets.classes)
    draw_hidden(axes, flattened(hidden[finite], known, plane_of), known)
    for drawn in axes.collections:
        drawn.set_clim(float(targets.values.min()), float(targets.values.max()))
    if hidden.shape[1] == 1 and targets.classes:
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    if line is not None:
        _draw_line(axes, line)


def draw_hidden(axes: Axes, plane: Plane, targets: Targets) -> None:
    """Draw rows in a plane: each class with a color and a marker of its own, numbers on a continuous map.

    Of more classes than there are markers, those with names of a letter or a digit are drawn as that.
    """
    are_letters = _are_letters(targets)
    size = 7 if len(plane.x) <= FEW_ROWS else 4 + are_letters
    if targets.classes:
        for c, (name, (color, marker, edge)) in enumerate(
            zip(targets.classes, class_marks(len(targets.classes)), strict=True)
        ):
            axes.plot(
                *plane.x[targets.values == c].T,
                marker=f"${name}$" if are_letters else marker,
                color=COLORS[c % FAINT] if are_letters else color,  # letters would be too faint in yellow
                markersize=size,
                markeredgecolor=edge,
                markeredgewidth=0.0 if are_letters else 0.3,
                linestyle="none",
                label=short_name(name),
                gid=f"class {c}",
            )
    else:
        axes.scatter(
            plane.x[:, 0],
            plane.x[:, 1],
            c=targets.values,
            cmap=MAP,
            s=size**2,
            edgecolors="black",
            linewidths=0.3,
            gid="rows",
        )
    axes.set(xlabel=plane.names[0], ylabel=plane.names[1])
    axes.xaxis.set_major_locator(MaxNLocator(5))


def _are_letters(targets: Targets) -> bool:
    """Whether the classes are drawn as their names."""
    return len(targets.classes) > len(MARKERS) and all(map(_LETTER.fullmatch, targets.classes))


def _draw_line(axes: Axes, line: Numbers) -> None:
    """w1 x + w2 y + b = 0, beyond the axes and without changing them."""
    (w1, w2, b), limits = line, (axes.get_xlim(), axes.get_ylim())
    x, y = (np.array([low - REACH * (high - low), high + REACH * (high - low)]) for low, high in limits)
    if abs(w2) > abs(w1):
        ends = (x, -(w1 * x + b) / w2)
    elif w1:
        ends = (-(w2 * y + b) / w1, y)
    else:
        return
    drawn = Line2D(*ends, color="black", linestyle="--", linewidth=1, label="output 0.5", gid="output unit")
    axes.add_artist(drawn)


def _legend(made: Figure, axes: Axes, total: int) -> None:
    """The names of the classes below all panels; of very many, those of the first."""
    found = dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))
    shown = [*found][:MOST_CLASSES]
    if total > MOST_CLASSES:
        found[more := f"{shown[-1]}, and {total - MOST_CLASSES} more"] = found.pop(shown[-1])
        shown[-1] = more
    columns = int(made.get_figwidth() / (0.5 + 0.07 * max(map(len, shown), default=1)))
    handles = [found[name] for name in shown]
    made.legend(handles, shown, loc="outside lower center", ncols=max(1, min(6, columns)))
