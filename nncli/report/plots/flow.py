"""What flows through the layers of a network, over the epochs of its training, and what theory expected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from nncli.analysis.forecast_record import LayerForecast
from nncli.report.curve_panels import spans_decades
from nncli.report.plots.places import count_cells, name_places
from nncli.report.plots.style import COLORS, MAP, WIDE, beyond, figure, mark_zero

Numbers = NDArray[np.float64]

PANELS = {
    "a_mean": ("mean of the activations", "mean of a"),
    "a_spread": ("standard deviation of the activations", "standard deviation"),
    "gradient_norm": ("gradient norm", "norm"),
    "dead": ("share of dead units", "share"),
    "saturated": ("share of saturated units", "share"),
}
"""The maps, in their order: of each, its title and the label of its scale."""
USUAL = 98.0
"""Percent of the values that are within a scale that is not logarithmic; those beyond have the color of its end."""
MOST_LAYERS = 12
"""Layers with a name beside a map; of more, some are named."""


@dataclass(frozen=True, slots=True)
class FlowMaps:
    """What flows through L layers, the median over seeds, at T moments.

    Attributes:
        layers: their numbers and names, the first one first.
        moments: the epochs, increasing; or names of moments.
        values: of each of `PANELS`, (L, T); NaN where a layer does not have it.
    """

    layers: tuple[str, ...]
    moments: tuple[int, ...] | tuple[str, ...]
    values: dict[str, Numbers]


def flow_figure(
    maps: FlowMaps, forecast: Sequence[LayerForecast], no_forecast: str, title: str, width: float = WIDE
) -> Figure:
    """A map of each quantity, and the forecast; without one, why there is none."""
    with figure(2, 3, width, height=2.0) as (made, panels):
        for axes, name in zip(panels, PANELS, strict=False):
            draw_flow(axes, maps, name)
            axes.set_title(PANELS[name][0])
        if forecast:
            draw_forecast(panels[-1], forecast)
        else:
            panels[-1].set_axis_off()
            panels[-1].text(0.5, 0.5, f"no forecast:\n{no_forecast}", ha="center", va="center", wrap=True)
        panels[-1].set_title("forecast of the first weights")
        made.suptitle(title)
    return made


def draw_flow(axes: Axes, maps: FlowMaps, name: str) -> None:
    """Draw one quantity of each layer (down) at each moment (across). Gray is where a layer does not have it.

    Shares have the scale from 0 to 1, means one with 0 in its middle; others are logarithmic if they span decades.
    """
    values = np.ma.masked_invalid(maps.values[name])
    is_share, is_signed = name in {"dead", "saturated"}, name == "a_mean"
    known = np.abs(values.compressed())
    most = 1.0 if is_share or not known.any() else float(np.percentile(known, USUAL) or known.max())
    is_log = not (is_share or is_signed) and spans_decades([known])
    mesh = axes.pcolormesh(
        _edges(maps.moments),
        np.arange(len(maps.layers) + 1) + 0.5,
        values,
        cmap=MAP,
        norm="log" if is_log else None,
        vmin=None if is_log else -most if is_signed else 0,
        vmax=None if is_log else most,
        rasterized=True,
    )
    mesh.set_gid(name)
    tips = "neither" if is_log else beyond(values.compressed(), -most, most)
    bar = axes.figure.colorbar(mesh, ax=axes, label=PANELS[name][1], extend=tips)
    if is_signed:
        mark_zero(bar)
    count_cells(mesh, [*map(int, _places(maps.moments))], range(1, len(maps.layers) + 1))
    name_places(axes.yaxis, maps.layers, maps.layers, MOST_LAYERS, first=1)
    axes.tick_params("y", labelsize=7)
    axes.set(ylim=(len(maps.layers) + 0.5, 0.5), facecolor="0.85", ylabel="layer")
    if isinstance(maps.moments[0], str):
        axes.set_xticks(range(len(maps.moments)), maps.moments)
        axes.set_xlabel("weights")
    else:
        axes.set_xlabel("epoch")
    axes.grid(visible=False)


def _edges(moments: Sequence[int] | Sequence[str]) -> Numbers:
    """The borders between moments: halfway between epochs."""
    places = _places(moments)
    if len(places) == 1:
        return np.array([places[0] - 0.5, places[0] + 0.5])
    middle = (places[1:] + places[:-1]) / 2
    edges: Numbers = np.concatenate([[2 * places[0] - middle[0]], middle, [2 * places[-1] - middle[-1]]])
    return edges


def _places(moments: Sequence[int] | Sequence[str]) -> Numbers:
    """Where moments are: at their epochs, or one after another."""
    return np.array([place if isinstance(own, str) else own for place, own in enumerate(moments)], np.float64)


def draw_forecast(axes: Axes, layers: Sequence[LayerForecast]) -> None:
    """Draw the mean squares of z and of its gradient in each dense layer: expected (lines) and measured (markers)."""
    numbers = [own.layer for own in layers]
    drawn = []
    for place, (name, text) in enumerate((("z_variance", "z"), ("gradient_variance", "gradient at z"))):
        expected, measured, error = (
            np.array([getattr(own, f"{name}{end}") for own in layers]) for end in ("", "_measured", "_error")
        )
        color, line, marker = COLORS[place], "-" if place == 0 else "--", "os"[place]
        axes.plot(numbers, expected, color=color, linestyle=line, label=f"{text}, expected", gid=f"expected {name}")
        bars = axes.errorbar(
            numbers,
            measured,
            np.nan_to_num(error),
            color=color,
            marker=marker,
            markersize=3,
            linestyle="none",
            elinewidth=0.6,
            label=f"{text}, measured",
        )
        bars.lines[0].set_gid(f"measured {name}")
        drawn += [expected, measured]
    if spans_decades([own[own > 0] for own in drawn]):
        axes.set_yscale("log")
    axes.set(xlabel="layer", ylabel="mean square")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(fontsize=7, frameon=True, framealpha=0.9, edgecolor="none")
    if len(numbers) == 1:
        axes.set_xticks(numbers)
