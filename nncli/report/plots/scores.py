"""What a network gets right and wrong: the confusion of classes, the residuals of numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import PowerNorm
from numpy.typing import NDArray

from nncli.report.curve_panels import BAND
from nncli.report.numbers import percent
from nncli.report.plots.places import count_cells, name_places
from nncli.report.plots.style import COLORS, MAP, NARROW, ink

Numbers = NDArray[np.float64]

MOST_NAMES = 20
"""Classes with a name beside a confusion matrix; of more, some are named."""


def draw_confusion(axes: Axes, counts: Numbers, names: Sequence[str]) -> None:
    """Draw how often rows of each class (down) were taken for each class (across): counts, and shares of the row.

    The scale is of square roots, so that rare mistakes show beside the many that are right.

    Args:
        counts: (classes, classes), summed over seeds.
    """
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    mesh = axes.imshow(shares, norm=PowerNorm(0.5, 0, 1), cmap=MAP, gid="share of the row")
    for border in np.arange(len(names) - 1) + 0.5 if len(names) <= MOST_NAMES else ():
        axes.axhline(border, color="white", linewidth=0.5)
        axes.axvline(border, color="white", linewidth=0.5)
    bar = axes.figure.colorbar(mesh, ax=axes, label="share of the row")
    bar.set_ticks([0, 0.01, 0.1, 0.25, 0.5, 1], labels=["0", "1 %", "10 %", "25 %", "50 %", "100 %"])
    made = axes.get_figure(root=True)
    is_wide = made is None or made.get_figwidth() > NARROW
    has_room = len(names) <= (10 if is_wide else 7)
    for row, column in np.ndindex(counts.shape):
        if counts[row, column]:
            text = f"{counts[row, column]:.0f}\n{percent(shares[row, column])}" if has_room else ""
            axes.text(
                column,
                row,
                text,
                ha="center",
                va="center",
                fontsize=8 if len(names) <= 4 else 7 if is_wide else 5,
                color=ink(mesh, shares[row, column]),
            )
    count_cells(mesh, range(len(names)), range(len(names)))
    name_places(axes.xaxis, names, names, MOST_NAMES)
    name_places(axes.yaxis, names, names, MOST_NAMES)
    axes.set(xlabel="predicted", ylabel="true")
    axes.tick_params(labelsize=6 if len(names) > 10 else 8)
    axes.tick_params("x", labelrotation=90 if sum(len(text.get_text()) for text in axes.get_xticklabels()) > 30 else 0)
    axes.grid(visible=False)


def draw_residuals(axes: Axes, targets: Numbers, outputs: Numbers) -> None:
    """Draw target minus prediction over the target, of the median prediction over the seeds.

    Args:
        targets: (N,).
        outputs: (R, N), for R seeds.
    """
    middle = np.median(outputs, axis=0)
    axes.axhline(0, color=COLORS[6], linewidth=0.8)
    if len(outputs) > 1:
        low, high = np.percentile(targets - outputs, BAND, axis=0)
        axes.vlines(targets, low, high, color=COLORS[0], alpha=0.3, linewidth=0.8, gid="band")
    axes.plot(targets, targets - middle, "o", markersize=2.5, color=COLORS[0], gid="residuals")
    axes.set(xlabel="target", ylabel="target - prediction")
