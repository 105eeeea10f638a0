"""Variants of a comparison beside each other: how good they are, seed by seed and over epochs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator, PercentFormatter
from numpy.typing import NDArray

from nncli.report.curve_panels import BAND, percentile, spans_decades
from nncli.report.numbers import short
from nncli.report.plots.seed_marks import belongs
from nncli.report.plots.style import COLORS, DASHES, MARKERS, NARROW, edge_faint
from nncli.report.study_pictures import Bar, Pairs
from nncli.runs.curves import Curves

Numbers = NDArray[np.float64]

FAR = 100.0
"""Differences this much larger than the usual ones have a logarithmic scale."""


def draw_intervals(
    axes: Axes, bars: Sequence[Bar], *, is_share: bool = False, names: bool = True, beside: bool = True
) -> None:
    """Draw a dot and a 95 % interval for each variant, the first on top. The baseline has a square, and a dashed line.

    An interval without an upper end has an arrow; a variant without a number a cross at the left.

    Args:
        axes: what to draw into.
        bars: some 30 at most.
        is_share: whether the numbers are between 0 and 1.
        names: whether to write them at the left.
        beside: whether to write at the right what stands beside the bars.
    """
    known = np.array([number for bar in bars for number in (bar.value, *bar.interval) if number is not None])
    if is_share:
        axes.xaxis.set_major_formatter(PercentFormatter(1.0, symbol=" %"))
        start, stop = -0.03, 1.03
    elif spans_decades([known]):
        axes.set_xscale("log")
        start, stop = known.min() / 1.5, known.max() * 1.5
    else:
        low, high = (known.min(), known.max()) if len(known) else (0.0, 1.0)
        room = 0.08 * (high - low) or abs(high) * 0.1 or 0.1
        start, stop = low - room, high + room
        axes.xaxis.set_major_locator(MaxNLocator(2 if _is_narrow(axes) else 4))
    axes.set_xlim(start, stop)
    for place, bar in enumerate(bars):
        color = COLORS[1] if bar.is_baseline else COLORS[0]
        left, right = bar.interval
        if left is not None or right is not None:
            ends = [start if left is None else left, stop if right is None else right]
            axes.plot(ends, [place, place], color=color, linewidth=1.5, gid=f"interval {bar.label}")
            if right is None:
                axes.plot([stop], [place], ">", color=color, markersize=4, clip_on=False)
        if bar.value is None:
            axes.plot([start], [place], "x", color=COLORS[6], markersize=5, clip_on=False, gid=f"none {bar.label}")
        else:
            marker = "s" if bar.is_baseline else "o"
            axes.plot([bar.value], [place], marker, color=color, markersize=4, gid=f"value {bar.label}")
            if bar.is_baseline:
                axes.axvline(bar.value, color=color, linewidth=0.7, linestyle="--", gid="baseline")
    _name_rows(axes, [bar.label if names else "" for bar in bars])
    if beside and any(bar.beside for bar in bars):
        right_axis = axes.secondary_yaxis("right")
        right_axis.set_yticks(range(len(bars)), [bar.beside for bar in bars], fontsize=6 if _is_narrow(axes) else 7)
        right_axis.tick_params(length=0, pad=6)
        right_axis.spines["right"].set_visible(False)


def _is_narrow(axes: Axes) -> bool:
    figure = axes.get_figure(root=True)
    return figure is not None and figure.get_figwidth() <= NARROW


def _name_rows(axes: Axes, names: Sequence[str]) -> None:
    axes.set_yticks(range(len(names)), names, fontsize=6 if len(names) > 15 else 8)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.grid(visible=False, axis="y")


def draw_paired(axes: Axes, pairs: Sequence[Pairs]) -> None:
    """Draw the difference from the baseline for each seed, right of zero where the variant is better.

    The diamond below is the center of the differences with its 95 % interval. If few seeds differ by very much more
    than the others, the scale is linear near zero and logarithmic further out.
    """
    axes.axvline(0, color=COLORS[6], linewidth=0.8, gid="zero")
    sizes = np.abs(np.concatenate([own.differences for own in pairs]))
    extent = float(sizes.max()) or 1.0
    if sizes.any() and extent > FAR * (typical := float(np.median(sizes[sizes > 0]))):
        axes.set_xscale("symlog", linthresh=typical)
        axes.xaxis.set_major_locator(FixedLocator([-extent, -typical, 0, typical, extent]))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: short(value, 2)))
        axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlim(-1.1 * extent, 1.1 * extent)
    for place, own in enumerate(pairs):
        heights = place - 0.3 * _heights(own.differences)
        (dots,) = axes.plot(own.differences, heights, "o", color=COLORS[0], gid=f"pairs {own.label}")
        dots.set(markersize=2.5, alpha=0.6)
        belongs(dots, own.seeds)
        low, high = own.interval
        below = place + 0.22
        if low is not None and high is not None:
            axes.plot([low, high], [below, below], color=COLORS[1], linewidth=2, gid=f"interval {own.label}")
        axes.plot([own.centre], [below], "D", color=COLORS[1], markersize=4, gid=f"centre {own.label}")
    _name_rows(axes, [own.label for own in pairs])


def _heights(values: Numbers) -> Numbers:
    """Heights from 0 to 1 at which equal values do not hide each other (n,)."""
    found = np.mod(np.arange(len(values), dtype=np.float64) * 0.618, 1.0, dtype=np.float64)
    for value in np.unique(values):
        same = np.flatnonzero(values == value)
        if len(same) > 2:
            found[same] = np.linspace(0, 1, len(same))
    return found


def draw_variants(axes: Axes, curves: Mapping[str, Curves], metric: str) -> None:
    """Draw a metric over epochs: for each variant the median over its seeds, and 5–95 % of them."""
    drawn = []
    for place, (label, own) in enumerate(curves.items()):
        values, color, apart = own.filled(metric), COLORS[place], max(len(own.epochs) // 6, 1)
        drawn.append(values)
        if len(own.seeds) > 1:
            low, high = (percentile(values, q) for q in BAND)
            axes.fill_between(own.epochs, low, high, color=color, alpha=0.1, linewidth=0, gid=f"band {label}")
        (line,) = axes.plot(
            own.epochs,
            percentile(values, 50),
            color=color,
            linestyle=DASHES[place],
            marker=MARKERS[place],
            markevery=(place * apart // len(curves), apart),  # so that equal curves show in turn
            markersize=3,
            label=label,
            gid=f"median {label}",
        )
        edge_faint(line, place)
    if spans_decades(drawn):
        axes.set_yscale("log")
    axes.set_xlabel("epoch")
