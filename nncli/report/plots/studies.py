"""Variants of a comparison beside each other: how good they are, seed by seed and over epochs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from nncli.report.curve_panels import BAND, percentile, spans_decades
from nncli.report.names import short_name
from nncli.report.plots.style import COLORS, DASHES, MARKERS
from nncli.report.study_pictures import Bar, Pairs
from nncli.runs.curves import Curves

Numbers = NDArray[np.float64]

GREY = "0.45"


def draw_intervals(axes: Axes, bars: Sequence[Bar], *, names: bool = True) -> None:
    """Draw a dot and a 95 % interval for each variant, the first on top. The baseline has a square, and a dashed line.

    An interval without an upper end has an arrow. What is written beside a bar stands at its right.
    """
    known = [number for bar in bars for number in (bar.value, *bar.interval) if number is not None]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    room = 0.08 * (high - low) or abs(high) * 0.1 or 0.1
    for place, bar in enumerate(bars):
        color = COLORS[1] if bar.is_baseline else COLORS[0]
        left, right = bar.interval
        if left is not None or right is not None:
            start, stop = low if left is None else left, high + room if right is None else right
            axes.plot([start, stop], [place, place], color=color, linewidth=1.5, gid=f"interval {bar.label}")
            if right is None:
                axes.plot([stop], [place], ">", color=color, markersize=4)
        if bar.value is None:
            axes.text(low, place, "–", va="center", ha="left", color=color)
        else:
            marker = "s" if bar.is_baseline else "o"
            axes.plot([bar.value], [place], marker, color=color, markersize=4, gid=f"value {bar.label}")
            if bar.is_baseline:
                axes.axvline(bar.value, color=color, linewidth=0.7, linestyle="--")
        if bar.beside:
            axes.annotate(
                bar.beside,
                (1.01, place),
                xycoords=("axes fraction", "data"),
                va="center",
                ha="left",
                fontsize=6,
                annotation_clip=False,
            )
    axes.set(xlim=(low - room, high + 1.2 * room), ylim=(len(bars) - 0.5, -0.5), yticks=range(len(bars)))
    axes.set_yticklabels([short_name(bar.label, 24) if names else "" for bar in bars])


def draw_paired(axes: Axes, pairs: Sequence[Pairs]) -> None:
    """Draw the difference from the baseline for each seed, right of zero where the variant is better.

    The diamond is the mean with its 95 % interval. Counts at the sides: pairs in which only one of the two was solved.
    """
    axes.axvline(0, color=COLORS[6], linewidth=0.8)
    for place, own in enumerate(pairs):
        spread = np.linspace(-0.18, 0.18, len(own.differences)) if len(own.differences) > 1 else np.zeros(1)
        at = place + spread[: len(own.differences)]
        axes.plot(own.differences, at, "o", markersize=2.5, color=COLORS[0], alpha=0.6, gid=f"pairs {own.label}")
        low, high = own.interval
        if own.mean is not None:
            if low is not None and high is not None:
                axes.plot([low, high], [place, place], color=COLORS[1], linewidth=1.5, gid=f"interval {own.label}")
            axes.plot([own.mean], [place], "D", color=COLORS[1], markersize=4, gid=f"mean {own.label}")
        for number, x, side, word in ((own.worse, 0.0, "left", "worse"), (own.better, 1.0, "right", "better")):
            if number:
                text = f"{number} {word}: only one solved"
                axes.annotate(
                    text,
                    (x, place + 0.33),
                    xycoords=("axes fraction", "data"),
                    ha=side,
                    va="center",
                    fontsize=6,
                    gid=f"{word} {own.label}",
                )
    axes.set(ylim=(len(pairs) - 0.5, -0.5), yticks=range(len(pairs)))
    axes.set_yticklabels([short_name(own.label, 24) for own in pairs])


def draw_variants(axes: Axes, curves: Mapping[str, Curves], metric: str) -> None:
    """Draw a metric over epochs: for each variant the median over its seeds, and 5–95 % of them."""
    drawn = []
    for place, (label, own) in enumerate(curves.items()):
        values, color = own.filled(metric), COLORS[place]
        drawn.append(values)
        if len(own.seeds) > 1:
            low, high = (percentile(values, q) for q in BAND)
            axes.fill_between(own.epochs, low, high, color=color, alpha=0.1, linewidth=0, gid=f"band {label}")
        axes.plot(
            own.epochs,
            percentile(values, 50),
            color=color,
            linestyle=DASHES[place],
            marker=MARKERS[place],
            markevery=max(len(own.epochs) // 6, 1),
            markersize=3,
            label=short_name(label, 30),
            gid=f"median {label}",
        )
    if spans_decades(drawn):
        axes.set_yscale("log")
    axes.set_xlabel("epoch")
