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


@dataclass(frozen=True, slots=True)
class Fit:
    """A function of one input, predicted by R seeds.

    Attributes:
        x: where it was predicted (N,), increasing.
        outputs: (R, N).
        rows: of each split, inputs and targets (n,).
        on_rows: of each split, the predictions for them (R, n).
        names: of the input and of the target.
        exact: the function itself (N,), if it is known.
    """

    x: Numbers
    outputs: Numbers
    rows: Mapping[str, tuple[Numbers, Numbers]]
    on_rows: Mapping[str, Numbers]
    names: tuple[str, str]
    exact: Numbers | None = None


def fit_figure(fit: Fit, title: str, width: float = WIDE) -> Figure:
    """The function, and the residuals below it."""
    with figure(1, 2, width, height=2.3, heights=(5, 2)) as (made, (axes, below)):
        draw_fit(axes, fit)
        axes.legend()
        draw_residuals_along(below, fit)
        below.set_xlim(axes.get_xlim())
        made.suptitle(title)
    return made


def draw_fit(axes: Axes, fit: Fit) -> None:
    """Draw a function of one input: the median prediction with a band over the seeds, and the rows."""
    x, outputs, names = fit.x, fit.outputs, fit.names
    for split, (inputs, targets) in fit.rows.items():
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
    if fit.exact is not None:
        axes.plot(x, fit.exact, color=COLORS[6], linestyle="--", linewidth=0.9, label="the function", gid="function")
    axes.set(xlabel=names[0], ylabel=names[1])


def draw_residuals_along(axes: Axes, fit: Fit) -> None:
    """Draw target minus prediction over the input: of the median prediction, with a line for 5–95 % of the seeds."""
    axes.axhline(0, color=COLORS[6], linewidth=0.8)
    for split, (inputs, targets) in fit.rows.items():
        outputs = fit.on_rows[split]
        if len(outputs) > 1:
            low, high = np.percentile(targets - outputs, BAND, axis=0)
            axes.vlines(inputs, low, high, color=COLORS[0], alpha=0.3, linewidth=0.8, gid=f"band {split}")
        _draw_rows(axes, split, inputs, targets - np.median(outputs, axis=0), f"residuals {split}")
    axes.set(xlabel=fit.names[0], ylabel="target -\nprediction")


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


def surfaces_figure(surface: Surface, title: str, width: float = WIDE, most: float = 0) -> Figure:
    """Maps of the target, of the prediction and of target minus prediction.

    Target and prediction have one scale, that of the target. If the function is not known, the target and the
    difference are drawn at the rows.

    Args:
        most: the end of the scale of differences; 0 for the greatest.
    """
    with figure(3, 1, width, height=2.5) as (made, panels):
        drawn = draw_surfaces(panels, surface, most or greatest(surface))
        for axes, own in zip(panels, drawn, strict=True):
            extend = beyond(np.asarray(own.get_array(), np.float64), *own.get_clim())
            bar = made.colorbar(own, ax=axes, label=surface.names[2], orientation="horizontal", extend=extend)
        mark_zero(bar)
        made.suptitle(title)
    return made


def greatest(surface: Surface) -> float:
    """The largest absolute difference of target and prediction; 1 if there is none."""
    return float(np.nanmax(np.abs(_difference(surface)))) or 1.0


def _difference(surface: Surface) -> Numbers:
    return surface.targets - surface.outputs if surface.exact is None else surface.exact - surface.predicted


def draw_surfaces(panels: Sequence[Axes], surface: Surface, most: float) -> list[Collection]:
    """Draw the target, the prediction and target minus prediction, on a scale that ends at `most`, into three axes."""
    target = surface.targets if surface.exact is None else surface.exact
    known, difference = target[np.isfinite(target)], _difference(surface)
    limits = (float(known.min()), float(known.max()))
    drawn = [
        draw_surface(panels[0], surface, target, limits),
        draw_surface(panels[1], surface, surface.predicted, limits),
        draw_surface(panels[2], surface, difference, (-most, most)),
    ]
    for axes, own, label in zip(panels, drawn, ("target", "prediction", "target - prediction"), strict=True):
        own.set_gid(label)
        axes.set_title(label)
    if np.nanmin(difference) < 0 < np.nanmax(difference) and difference.ndim == 2:
        panels[2].contour(surface.x, surface.y, difference, [0], colors="black", linewidths=0.6)
    return drawn


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
    axes.set(xlabel=surface.names[0], ylabel=surface.names[1], xlim=surface.x[[0, -1]], ylim=surface.y[[0, -1]])
    axes.grid(visible=False)
    return drawn
