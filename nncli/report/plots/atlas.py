"""An atlas as a map in color, with the line on which mean-field theory calls the first weights critical."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from nncli.analysis.atlas_record import SOLVED, Atlas, NumericAxis
from nncli.analysis.metric_names import is_score
from nncli.report import atlas_text
from nncli.report.curve_panels import spans_decades
from nncli.report.plots.style import COLORS, MAP, WIDE, figure

Numbers = NDArray[np.float64]


def atlas_figure(atlas: Atlas, width: float = WIDE) -> Figure:
    """The map with its scale."""
    with figure(1, 1, width, height=min(width, 4.5)) as (made, (axes,)):
        draw_atlas(axes, atlas)
        axes.set_title(atlas_text.headline(atlas).replace("   ", ", "))
    return made


def draw_atlas(axes: Axes, atlas: Atlas) -> None:
    """Draw each cell in the color of its solve rate or median; bright is good. A cross is where there is none.

    The dashed line is the critical value of y for each x. An axis whose numbers are a geometric series is logarithmic.
    """
    values = np.array([[_number(cell.median(atlas.metric)) for cell in row] for row in atlas.rows()])
    is_wide = atlas.metric != SOLVED and spans_decades([values.ravel()])
    more_is_better = atlas.metric == SOLVED or is_score(atlas.metric)
    mesh = axes.pcolormesh(
        _edges(atlas.x),
        _edges(atlas.y),
        np.ma.masked_invalid(values),
        cmap=MAP if more_is_better else f"{MAP}_r",
        norm="log" if is_wide else None,
        vmin=0.0 if atlas.metric == SOLVED else None,
        vmax=1.0 if atlas.metric == SOLVED else None,
    )
    mesh.set_gid("cells")
    axes.figure.colorbar(
        mesh, ax=axes, label=("share of " if atlas.metric == SOLVED else "") + atlas_text.title(atlas.metric)
    )
    rows, columns = np.nonzero(~np.isfinite(values))
    nowhere = np.array(atlas.x.values)[columns], np.array(atlas.y.values)[rows]
    axes.plot(*nowhere, "x", color=COLORS[1], markersize=5, gid="none")
    critical = [(x, y) for x, y in zip(atlas.x.values, atlas.critical, strict=True) if y is not None]
    if critical:
        line = np.array(critical).T
        axes.plot(*line, color="white", linewidth=3)  # the edge of the dashes, to be seen on any color
        axes.plot(*line, "--", color=COLORS[1], linewidth=1.5, label="critical", gid="critical")
        axes.legend(loc="best", frameon=True)
    for axis, scale in ((atlas.x, axes.set_xscale), (atlas.y, axes.set_yscale)):
        scale("log" if _is_geometric(axis) else "linear")
    axes.set(xlabel=atlas.x.key, ylabel=atlas.y.key, ylim=_edges(atlas.y)[[0, -1]])
    axes.grid(visible=False)


def _number(value: float | None) -> float:
    return np.nan if value is None else value


def _is_geometric(axis: NumericAxis) -> bool:
    """Whether ratios of neighbors are more alike than their differences."""
    values = np.array(axis.values)
    if len(values) < 3 or (values <= 0).any():
        return len(values) == 2 and bool(values.min() > 0 and values.max() / values.min() >= 10)
    ratios, steps = np.diff(np.log(values)), np.diff(values)
    return bool(np.ptp(ratios) / ratios.mean() < np.ptp(steps) / steps.mean())


def _edges(axis: NumericAxis) -> Numbers:
    """The borders between cells, halfway between their numbers, on the scale of the axis."""
    values = np.log(axis.values) if _is_geometric(axis) else np.array(axis.values)
    if len(values) == 1:
        ends = np.array([values[0] - 0.5, values[0] + 0.5])
    else:
        middle = (values[1:] + values[:-1]) / 2
        ends = np.concatenate([[2 * values[0] - middle[0]], middle, [2 * values[-1] - middle[-1]]])
    return np.exp(ends) if _is_geometric(axis) else ends
