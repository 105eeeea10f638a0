"""A network of one or two inputs as a function: what it predicts, beside what it should."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import Collection
from matplotlib.figure import Figure
from numpy.typing import NDArray

from nncli.report.curve_panels import BAND
from nncli.report.plots.style import COLORS, MAP, WIDE, beyond, figure, mark_zero

Numbers = NDArray[np.float64]

STYLES = {"train": (COLORS[7], "o"), "validation": (COLORS[4], "s"), "test": (COLORS[1], "^")}
"""The color and the marker of the rows of each split."""


def draw_fit(
    axes: Axes,
    x: Numbers,
    outputs: Numbers,
    rows: Mapping[str, tuple[Numbers, Numbers]],
    names: Sequence[str],
    exact: Numbers | None = None,
) -> None:
    """Draw a function of one input: the median prediction with a band over the seeds, and the rows.

    Args:
        x: where it was predicted (N,), increasing.
        outputs: (R, N), for R seeds.
        rows: of each split, inputs and targets (n,).
        names: of the input and of the target.
        exact: the function itself (N,), if it is known.
    """
    for split, (inputs, targets) in rows.items():
        _draw_rows(axes, split, inputs, targets, split)
    if len(outputs) > 1:
        low, high = np.percentile(outputs, BAND, axis=0)
        axes.fill_between(x, low, high, color=COLORS[0], alpha=0.25, linewidth=0, gid="band")
    axes.plot(
        x,
        np.median(outputs, axis=0),
        color=COLORS[0],
        label="prediction" if len(outputs) == 1 else "median prediction",
        gid="prediction",
    )
    if exact is not None:
        axes.plot(x, exact, color=COLORS[6], linestyle="--", linewidth=0.9, label="the function", gid="function")
    axes.set(xlabel=names[0], ylabel=names[1])
    axes.legend()


def draw_residuals_along(
    axes: Axes, rows: Mapping[str, tuple[Numbers, Numbers]], outputs: Mapping[str, Numbers], name: str
) -> None:
    """Draw target minus prediction over the input: of the median prediction, with a line for 5–95 % of the seeds.

    Args:
        rows: of each split, inputs and targets (n,).
        outputs: of each split, the predictions for them (R, n).
        name: of the input.
    """
    axes.axhline(0, color=COLORS[6], linewidth=0.8)
    for split, (inputs, targets) in rows.items():
        if len(outputs[split]) > 1:
            low, high = np.percentile(targets - outputs[split], BAND, axis=0)
            axes.vlines(inputs, low, high, color=COLORS[0], alpha=0.3, linewidth=0.8, gid=f"band {split}")
        _draw_rows(axes, split, inputs, targets - np.median(outputs[split], axis=0), f"residuals {split}")
    axes.set(xlabel=name, ylabel="target -\nprediction")


def _draw_rows(axes: Axes, split: str, x: Numbers, y: Numbers, gid: str) -> None:
    color, marker = STYLES[split]
    (drawn,) = axes.plot(x, y, marker, color=color, markersize=3, label=f"{split} rows", gid=gid)
    drawn.set(markeredgecolor=COLORS[6], markeredgewidth=0.4)


@dataclass(frozen=True, slots=True)
class Surface:
    """A function of two inputs.

    Attributes:
        x, y: the coordinates of columns and rows of a grid, increasing.
        predicted: on the grid (len(y), len(x)).
        exact: the function itself on the grid, if it is known.
        inputs, targets, outputs: of the rows (N, 2), (N,), (N,).
        names: of the two inputs and of the target.
    """

    x: Numbers
    y: Numbers
    predicted: Numbers
    exact: Numbers | None
    inputs: Numbers
    targets: Numbers
    outputs: Numbers
    names: tuple[str, ...]


def surfaces_figure(surface: Surface, title: str, width: float = WIDE) -> Figure:
    """Maps of the target, of the prediction and of target minus prediction.

    Target and prediction have one scale, that of the target. If the function is not known, the target and the
    difference are drawn at the rows.
    """
    exact = surface.exact
    known = surface.targets if exact is None else exact[np.isfinite(exact)]
    low, high = float(known.min()), float(known.max())
    difference = surface.targets - surface.outputs if exact is None else exact - surface.predicted
    most = float(np.nanmax(np.abs(difference))) or 1.0
    with figure(3, 1, width, height=2.5) as (made, (left, middle, right)):
        for axes, label, values, limits in (
            (left, "target", surface.targets if exact is None else exact, (low, high)),
            (middle, "prediction", surface.predicted, (low, high)),
            (right, "target - prediction", difference, (-most, most)),
        ):
            drawn = draw_surface(axes, surface, values, limits)
            drawn.set_gid(label)
            axes.set_title(label)
        if drawn.colorbar is not None:
            mark_zero(drawn.colorbar)
        if np.nanmin(difference) < 0 < np.nanmax(difference) and difference.ndim == 2:
            right.contour(surface.x, surface.y, difference, [0], colors="black", linewidths=0.6)
        made.suptitle(title)
    return made


def draw_surface(axes: Axes, surface: Surface, values: Numbers, limits: tuple[float, float]) -> Collection:
    """Draw values on the grid (len(y), len(x)), or at the rows (N,)."""
    drawn: Collection
    if values.ndim == 2:
        drawn = axes.pcolormesh(surface.x, surface.y, np.ma.masked_invalid(values), rasterized=True)
    else:
        drawn = axes.scatter(
            surface.inputs[:, 0], surface.inputs[:, 1], s=10, c=values, edgecolors="black", linewidths=0.3
        )
    drawn.set_cmap(MAP)
    drawn.set_clim(*limits)
    axes.figure.colorbar(
        drawn, ax=axes, label=surface.names[2], orientation="horizontal", extend=beyond(values, *limits)
    )
    axes.set(xlabel=surface.names[0], ylabel=surface.names[1], xlim=surface.x[[0, -1]], ylim=surface.y[[0, -1]])
    axes.grid(visible=False)
    return drawn
