"""The loss on a plane through the weights before and after training."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from numpy.typing import NDArray

from nncli.report.numbers import short
from nncli.report.plots.style import COLORS, MAP, WIDE, figure

Numbers = NDArray[np.float64]

LEVELS = 12
"""Contours."""
TOP = 90
"""Above this percentile of the losses, all have one color: walls at the edge would hide the valley."""


@dataclass(frozen=True, slots=True)
class LossSurface:
    """The loss of L(a, b) = loss(θ_start + a u + b v), where u = θ_end - θ_start and v ⊥ u, |v| = |u|.

    Attributes:
        a, b: the coordinates of columns and rows of the grid.
        loss: (rows, columns); not finite where it overflows.
        path: the coordinates (K, 2) of the weights during training, projected on the plane: from the start, at (0, 0),
            to the end, at (1, 0).
        ends: the losses at the start and at the end.
        direction: what v is, in words.
        note: on which rows the loss was measured.
    """

    a: Numbers
    b: Numbers
    loss: Numbers
    path: Numbers
    ends: tuple[float, float]
    direction: str
    note: str


def loss_surface_figure(surface: LossSurface, title: str, width: float = WIDE) -> Figure:
    """The surface with its scale."""
    with figure(1, 1, width, height=min(width * 0.8, 4.8)) as (made, (axes,)):
        draw_loss_surface(axes, surface)
        axes.set_title(f"{title}\nloss of {surface.note}")
    return made


def draw_loss_surface(axes: Axes, surface: LossSurface) -> None:
    """Draw the loss as a map with contours, the path of training from a square to a star, and the losses at both.

    The scale is logarithmic if positive losses span more than a decade.
    """
    loss = np.where(np.isfinite(surface.loss), surface.loss, np.nan)
    ends = [value for value in surface.ends if np.isfinite(value)]
    low = float(np.nanmin([np.nanmin(loss), *ends])) if np.isfinite(loss).any() else 0.0
    most = float(np.nanpercentile(loss, TOP)) if np.isfinite(loss).any() else 1.0
    high = max(most, *ends, low + max(1e-12, 1e-6 * abs(low)))  # also where the loss is the same everywhere
    wide = low > 0 and high / low > 10
    norm: Normalize = LogNorm(low, high) if wide else Normalize(low, high)
    levels = np.geomspace(low, high, LEVELS) if wide else np.linspace(low, high, LEVELS)
    mesh = axes.pcolormesh(
        surface.a, surface.b, np.ma.masked_invalid(loss), norm=norm, cmap=f"{MAP}_r", shading="gouraud", rasterized=True
    )
    mesh.set_gid("loss")
    lines = ["black" if norm(level) < 0.5 else "white" for level in levels[1:-1]]  # low losses are bright
    axes.contour(surface.a, surface.b, np.ma.masked_invalid(loss), levels[1:-1], colors=lines, linewidths=0.4)
    axes.figure.colorbar(
        mesh, ax=axes, label="loss", extend="max" if np.nanmax(loss, initial=low) > high else "neither"
    )
    x, y = surface.path.T
    axes.plot(x, y, color="white", linewidth=2.6)
    axes.plot(x, y, "o-" if len(x) > 2 else "-", color=COLORS[1], linewidth=1.2, markersize=2, gid="path")
    marks = ((0, "s", "before training"), (1, "*", "after training"))
    for place, marker, label in marks:
        axes.plot(
            [float(place)],
            [0.0],
            marker,
            color=COLORS[1],
            markeredgecolor="white",
            markersize=12 if marker == "*" else 7,
            label=f"{label}: {short(surface.ends[place])}",
            linestyle="none",
            gid=label,
        )
    axes.set(xlabel="from initial (0) to final weights (1)", ylabel=f"{surface.direction},\nsame length")
    axes.set_aspect("equal")
    axes.grid(visible=False)
    axes.legend(loc="best", frameon=True, framealpha=0.85, edgecolor="none")
