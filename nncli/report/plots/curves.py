"""Metrics over epochs: every seed as a thin line, the median and a band over the seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nncli.analysis.metric_names import is_score
from nncli.report.metric_text import metric_name
from nncli.report.plots.style import COLORS, DASHES, WIDE, figure
from nncli.runs.curves import Curves, Numbers
from nncli.runs.result_record import Result

THIN_LINES = 20
"""Up to this number of seeds, each has a line of its own."""
BAND = (5, 95)
"""The percentiles of the band."""
DECADES = 2.0
"""A positive metric over more decades than this has a logarithmic axis."""

SPLITS = ("train", "validation")


def curves_figure(curves: Curves, result: Result | None, title: str, width: float = WIDE) -> Figure:
    """Loss, score, gradient norm and learning rate over the epochs of a run."""
    score = next((name.partition("_")[2] for name in curves.metrics if is_score(name)), "")
    panels = [
        ("loss", [f"{split}_loss" for split in SPLITS]),
        (metric_name(f"train_{score}"), [f"{split}_{score}" for split in SPLITS]),
        ("gradient norm", ["gradient_norm"]),
        ("learning rate", ["learning_rate"]),
    ]
    with figure(2, 2, width) as (made, axes):
        for panel, (label, metrics) in zip(axes, panels, strict=True):
            known = [name for name in metrics if name in curves.metrics]
            draw_curves(
                panel, curves, {name: name.partition("_")[0] for name in known}, result if label == "loss" else None
            )
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
            for row in curves.metrics[metric]:
                known = np.isfinite(row)
                axes.plot(curves.epochs[known], row[known], color=color, linewidth=0.4, alpha=0.5, gid=f"seed {metric}")
        if len(curves.seeds) > 1:
            low, high = (_percentile(values, q) for q in BAND)
            axes.fill_between(curves.epochs, low, high, color=color, alpha=0.15, linewidth=0, gid=f"band {metric}")
        middle = _percentile(values, 50)
        axes.plot(curves.epochs, middle, color=color, linestyle=DASHES[place], label=label, gid=f"median {metric}")
    if result is not None and labels:
        _mark_ends(axes, curves, next(iter(labels)), result)
    axes.set_xlabel("epoch")
    if _wide(drawn):
        axes.set_yscale("log")
    if len(labels) > 1:
        axes.legend()


def _percentile(values: Numbers, q: float) -> Numbers:
    """Over the seeds, at each epoch; NaN where none has a value."""
    known = np.isfinite(values).any(axis=0)
    found = np.full(values.shape[1], np.nan)
    found[known] = np.nanpercentile(values[:, known], q, axis=0)
    return found


def _wide(drawn: Sequence[Numbers]) -> bool:
    """Whether positive values stretch over several decades."""
    values = np.concatenate([own[np.isfinite(own)] for own in drawn]) if drawn else np.zeros(0)
    return bool(len(values) and values.min() > 0 and np.log10(values.max() / values.min()) > DECADES)


def _mark_ends(axes: Axes, curves: Curves, metric: str, result: Result) -> None:
    """A ring where a seed was solved and stopped, a cross where it diverged."""
    marks = {"solved": ("o", "none"), "diverged": ("x", COLORS[6])}
    for r, reason in enumerate(result.stop_reason):
        end = curves.last(r, metric) if reason in marks else None
        if end is not None:
            marker, face = marks[reason]
            axes.plot(*end, marker, markersize=4, color=COLORS[6], markerfacecolor=face, gid=f"{reason} {r}")
