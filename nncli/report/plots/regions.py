"""The linear regions of a network: a function of one input with its kinks, or the plane in facets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

from nncli.report.plots.style import COLORS, DASHES, MAP, WIDE, figure
from nncli.report.region_pieces import Bent, Faceted

FEW = 100
"""Facets with a wide border."""


def regions_figure(
    found: Mapping[str, Bent | Faceted], title: str, names: Sequence[str], width: float = WIDE
) -> Figure:
    """The regions with the initial and the final weights, beside each other."""
    with figure(len(found), 1, width, height=2.9) as (made, panels):
        values = np.concatenate([own.values for own in found.values() if isinstance(own, Faceted)] or [np.zeros(1)])
        ends = (float(values.min()), float(values.max()) if np.ptp(values) else float(values.min()) + 1)
        for axes, (weights, own) in zip(panels, found.items(), strict=True):
            if isinstance(own, Bent):
                draw_bent(axes, own)
                axes.set(xlabel=names[0], ylabel="output")
            else:
                draw_faceted(axes, own, ends)
                axes.set(xlabel=names[0], ylabel=names[1])
                if weights == [*found][-1]:
                    label = "steepness of the function" if own.is_steepness else "output"
                    made.colorbar(axes.collections[0], ax=axes, label=label)
            axes.set_title(f"{weights} weights: {own.headline}")
        made.suptitle(title)
    return made


def draw_bent(axes: Axes, bent: Bent) -> None:
    """Draw the function of one input piece by piece; linear regions alternate in color and dash, dots are the kinks."""
    for region in np.unique(bent.region):
        own = bent.lines[bent.region == region].reshape(-1, 2)
        place = int(region) % 2
        axes.plot(*own.T, color=COLORS[place], linestyle=DASHES[0], linewidth=1.6, gid=f"region {region}")
    kinks = bent.lines[1:, 0][np.diff(bent.region) > 0]
    axes.plot(*kinks.T, "o", color=COLORS[6], markersize=3, gid="kinks")


def draw_faceted(axes: Axes, faceted: Faceted, ends: tuple[float, float]) -> None:
    """Draw the facets of the plane in the color of their steepness: bright is steep.

    Args:
        ends: of the scale.
    """
    border = 0.8 if len(faceted.corners) < FEW else 0.25
    facets = PolyCollection(
        list(faceted.corners), array=faceted.values, cmap=MAP, clim=ends, edgecolors="white", linewidths=border
    )
    facets.set_gid("facets")
    axes.add_collection(facets)
    points = np.concatenate(list(faceted.corners))
    low, high = points.min(axis=0), points.max(axis=0)
    axes.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]))
    axes.locator_params(nbins=4)  # of a small part, the numbers are long
    axes.grid(visible=False)
