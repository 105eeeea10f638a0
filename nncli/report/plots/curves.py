"""Metrics over epochs: every seed as a thin line, the median and a band over the seeds."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nncli.report.curve_panels import BAND, curve_panels, percentile, spans_decades
from nncli.report.numbers import count
from nncli.report.plots.seed_marks import belongs
from nncli.report.plots.style import COLORS, DASHES, WIDE, figure
from nncli.runs.curves import Curves, Numbers
from nncli.runs.result_record import Result

THIN_LINES = 20
"""Up to this number of seeds, each has a line of its own."""


def curves_figure(curves: Curves, result: Result | None, title: str, width: float = WIDE) -> Figure:
    """Loss, score, gradient norm and learning rate over the epochs of a run."""
    with figure(2, 2, width) as (made, axes):
        for panel, (label, metrics) in zip(axes, curve_panels(curves).items(), strict=True):
            draw_curves(panel, curves, metrics, result if label == "loss" else None)
            panel.set_ylabel(label)
        many = f": median, and {BAND[0]}–{BAND[1]} %" if len(curves.seeds) > 1 else ""
        made.suptitle(f"{title}{many}")
    return made


def draw_curves(axes: Axes, curves: Curves, labels: Mapping[str, str], result: Result | None = None) -> None:
    """Draw metrics over epochs.

    A seed that has stopped keeps its last value, so that the median is always that of all seeds. One that diverged ends
    with a cross; one that was solved with a ring.

    Args:
        axes: what to draw into.
        curves: of a run.
        labels: the metrics to draw, and the name of each in the legend.
        result: of the run, for the marks; None for no marks.
    """
    drawn: list[Numbers] = []
    for place, (metric, label) in enumerate(labels.items()):
        values, color = curves.filled(metric), COLORS[place]
        drawn.append(values)
        if 1 < len(curves.seeds) <= THIN_LINES:
            for seed, row in zip(curves.seeds, curves.metrics[metric], strict=True):
                known = np.isfinite(row)
                (thin,) = axes.plot(curves.epochs[known], row[known], color=color, gid=f"seed {seed} {metric}")
                belongs(thin, [seed])
                thin.set(linewidth=0.4, alpha=0.25, linestyle=DASHES[place])
        if len(curves.seeds) > 1:
            low, high = (percentile(values, q) for q in BAND)
            axes.fill_between(curves.epochs, low, high, color=color, alpha=0.15, linewidth=0, gid=f"band {metric}")
        middle = percentile(values, 50)
        axes.plot(curves.epochs, middle, color=color, linestyle=DASHES[place], label=label, gid=f"median {metric}")
    if result is not None and labels:
        _mark_ends(axes, curves, next(iter(labels)), result)
    axes.set_xlabel("epoch")
    if spans_decades(drawn):
        axes.set_yscale("log")
    if len(axes.get_legend_handles_labels()[1]) > 1:
        axes.legend()


def _mark_ends(axes: Axes, curves: Curves, metric: str, result: Result) -> None:
    """A ring where a seed was solved, a cross where it diverged; the legend counts them."""
    rows = {seed: row for row, seed in enumerate(result.seeds)}
    solved = {seed: at for seed in curves.seeds if (at := result.solving_epochs[rows[seed]]) is not None}
    diverged = [seed for seed in curves.seeds if result.stop_reason[rows[seed]] == "diverged"]
    _mark(axes, "solved", {seed: _at(curves, metric, seed, epoch) for seed, epoch in solved.items()}, "o", "none")
    ends = {seed: curves.last(curves.seeds.index(seed), metric) or (np.nan, np.nan) for seed in diverged}
    _mark(axes, "diverged", ends, "x", COLORS[6])


def _at(curves: Curves, metric: str, seed: int, epoch: int) -> tuple[float, float]:
    """A point of a seed's curve."""
    own = curves.metrics[metric][curves.seeds.index(seed)]
    known = np.isfinite(own)
    return (epoch, float(np.interp(epoch, curves.epochs[known], own[known]))) if known.any() else (np.nan, np.nan)


def _mark(axes: Axes, word: str, places: Mapping[int, tuple[float, float]], marker: str, face: str) -> None:
    for seed, place in places.items():
        (mark,) = axes.plot(*place, marker, color=COLORS[6], markerfacecolor=face, markersize=4)
        mark.set_gid(f"{word} seed {seed}")
        belongs(mark, [seed])
    if places:
        label = f"{word}: {count(len(places), 'seed')}"
        axes.plot([], [], marker, color=COLORS[6], markerfacecolor=face, markersize=4, label=label)
