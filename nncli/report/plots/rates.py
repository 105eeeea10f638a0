"""A search for a learning rate: loss against rate."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nncli.analysis.learning_rate_record import RateSearch
from nncli.report.curve_panels import BAND
from nncli.report.numbers import count
from nncli.report.plots.style import COLORS, DASHES, MARKERS, WIDE, figure
from nncli.runs.curves import Numbers

HEADROOM = 3.0
"""Losses above this multiple of the largest at the start are cut off: they would flatten the rest."""
GREY = "0.45"


def rates_figure(found: RateSearch, title: str, width: float = WIDE) -> Figure:
    """Loss against learning rate: medians and bands over the seeds, and the suggestion with its interval."""
    with figure(1, 1, width, height=4.0) as (made, (axes,)):
        draw_rates(axes, found)
        many = f": median, and {BAND[0]}–{BAND[1]} %, of {len(found.seeds)} seeds" if len(found.seeds) > 1 else ""
        made.suptitle(f"{title}{many}")
    return made


def draw_rates(axes: Axes, found: RateSearch) -> None:
    """Draw a search for a learning rate.

    Dots are the losses at the end of short runs with a constant rate; crosses at the top are rates with which most
    seeds diverge. Dashes are a range test: the loss of each batch while the rate rises.
    """
    top = HEADROOM * max([loss for loss in found.start_loss if np.isfinite(loss)], default=0.0) or 1.0
    rates = np.array([own.rate for own in found.short_runs])
    ends = np.array([[np.inf if loss is None else loss for loss in own.loss] for own in found.short_runs])
    losses = np.array(found.range_test.losses).T
    _draw_band(axes, np.array(found.range_test.rates), np.where(np.isnan(losses), np.inf, losses), top, 1)
    shown = _draw_band(axes, rates, ends, top, 0, count(found.epochs, "epoch"))
    diverged = rates[np.isinf(np.percentile(ends, 50, axis=1, method="nearest"))]
    if len(diverged):
        above = np.full(len(diverged), top)
        axes.plot(diverged, above, "x", color=COLORS[0], label="most seeds diverge", clip_on=False)
    _draw_suggestion(axes, found)
    axes.axvline(found.configured, color=GREY, linewidth=1, linestyle=":", label=f"the config: {found.configured:g}")
    axes.set_xscale("log")
    axes.set_xlim(rates[0] / 1.3, rates[-1] * 1.3)
    if shown and max(shown) > 10 * min(shown):
        axes.set_yscale("log")
        axes.set_ylim(min(shown) / 5, top)
    else:
        axes.set_ylim(0, top)
    axes.set_xlabel("learning rate")
    axes.set_ylabel("loss")
    axes.legend(frameon=True, framealpha=0.9, edgecolor="none")


def _draw_band(axes: Axes, rates: Numbers, losses: Numbers, top: float, style: int, epochs: str = "") -> list[float]:
    """Draw the median and the band over the seeds up to the top; returns the positive medians shown.

    Args:
        losses: (G, R), some infinite.
        style: the place in the palette.
        epochs: those of a short run; none for a range test.
    """
    low, middle, high = np.percentile(losses, [BAND[0], 50, BAND[1]], axis=1, method="nearest")
    seen = middle <= top
    color, line = COLORS[style], DASHES[style]
    axes.fill_between(rates, np.minimum(low, top), np.minimum(high, top), color=color, alpha=0.18, linewidth=0)
    label = f"constant rate, after {epochs}" if epochs else "range test, in each step"
    marker = MARKERS[style] if epochs else ""
    drawn = np.where(seen, middle, np.nan)
    axes.plot(rates, drawn, color=color, linestyle=line, marker=marker, markersize=4, label=label)
    return [float(value) for value in middle[seen] if value > 0]


def _draw_suggestion(axes: Axes, found: RateSearch) -> None:
    """A line at the suggestion, its value above the axes, and its interval if it has a width."""
    if found.suggestion is None:
        return
    axes.axvline(found.suggestion, color="black", linewidth=1.2)
    interval = ""
    if found.low is not None and found.high is not None:
        interval = f" [{found.low:g}, {found.high:g}]"
        if found.low < found.high:
            axes.axvspan(found.low, found.high, color=GREY, alpha=0.25, linewidth=0, label="95 % of the suggestion")
    axes.annotate(
        f"suggestion {found.suggestion:g}{interval}",
        (found.suggestion, 1.01),
        xycoords=("data", "axes fraction"),
        ha="center",
        va="bottom",
    )
