"""What the outputs of a network are worth as probabilities: its ROC curves, and its calibration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from nncli.analysis.calibration import Bin
from nncli.analysis.roc import Roc
from nncli.report.curve_panels import BAND
from nncli.report.numbers import count, short
from nncli.report.plots.curves import THIN_LINES
from nncli.report.plots.seed_marks import belongs
from nncli.report.plots.style import COLORS, DASHES

Numbers = NDArray[np.float64]

CUTS = np.linspace(0, 1, 201)
"""The shares of negative rows at which curves are averaged."""
MOST_CLASSES = 6
"""Of more classes than this, those with the smallest areas have a color."""
GREY = "0.45"


def draw_roc(axes: Axes, curves: Mapping[str, Sequence[Roc]], seeds: Sequence[int] = ()) -> None:
    """Draw the curves of one class against the rest, over several seeds: medians, and 5–95 % of the seeds.

    Of one class, each seed has a thin line up to 20. Of several, each has the median of its curves, and `macro` is
    their mean, every class counting the same. The legend has the area under each curve.

    Args:
        curves: of each class, one for each of R seeds.
        seeds: their numbers; none to number them from 0.
    """
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=0.8, linestyle=":", label="chance: 0.5", gid="chance")
    cuts = {name: np.array([own.at(CUTS) for own in of_seeds]) for name, of_seeds in curves.items()}
    areas = {name: np.array([own.area for own in of_seeds]) for name, of_seeds in curves.items()}
    if len(curves) == 1:
        ((name, of_seeds),) = curves.items()
        if len(of_seeds) == 1:
            axes.plot(of_seeds[0].false, of_seeds[0].true, color=COLORS[0], label=_area("", areas[name]), gid="roc")
        else:
            numbered = zip(seeds or range(len(of_seeds)), of_seeds, strict=True)
            for seed, own in numbered if len(of_seeds) <= THIN_LINES else ():
                (thin,) = axes.plot(own.false, own.true, color=COLORS[0], linewidth=0.4, alpha=0.5, gid="seed")
                belongs(thin, [seed])
            _draw_median(axes, cuts[name], _area("median: ", areas[name]))
    else:
        colored = sorted(curves, key=lambda name: float(np.median(areas[name])))[:MOST_CLASSES]
        for name in curves:
            if name not in colored:
                axes.plot(*_line(cuts[name]), color=GREY, linewidth=0.4, alpha=0.6, gid=f"class {name}")
        for place, name in enumerate(own for own in curves if own in colored):
            color, line = COLORS[place], DASHES[place]
            axes.plot(
                *_line(cuts[name]),
                color=color,
                linestyle=line,
                linewidth=1,
                label=_area(f"{name}: ", areas[name]),
                gid=f"class {name}",
            )
        if rest := len(curves) - len(colored):
            higher = f"{rest} more class{'es' if rest > 1 else ''}, with more area"
            axes.plot([], [], color=GREY, linewidth=0.4, label=higher)
        _draw_median(
            axes,
            np.mean([*cuts.values()], axis=0),
            _area("macro (mean): ", np.mean([*areas.values()], axis=0)),
            COLORS[6],
        )
    axes.set(xlabel="false positive rate", ylabel="true positive rate", xlim=(-0.01, 1.01), ylim=(-0.01, 1.01))
    axes.set_aspect("equal")
    axes.legend(loc="lower right", frameon=True, framealpha=0.9, edgecolor="none", title="area under the curve (AUC)")


def _line(cuts: Numbers) -> tuple[Numbers, Numbers]:
    """A median curve, from the origin."""
    return np.append(0.0, CUTS), np.append(0.0, np.median(cuts, axis=0))


def _draw_median(axes: Axes, cuts: Numbers, label: str, color: str = COLORS[0]) -> None:
    """The median and the band of curves (R, CUTS)."""
    if len(cuts) > 1:
        low, high = np.percentile(cuts, BAND, axis=0)
        axes.fill_between(CUTS, low, high, color=color, alpha=0.15, linewidth=0, gid="band")
    axes.plot(*_line(cuts), color=color, linewidth=1.8, label=label, gid="roc")


def _area(of: str, areas: Numbers) -> str:
    """`median: 0.981 (5–95 %: 0.97–0.99)`."""
    return f"{of}{_spread(areas, 3)}"


def draw_calibration(axes: Axes, bins: Sequence[Bin], errors: Sequence[float]) -> None:
    """Draw the share of predictions that came true over the probability stated, with Wilson's intervals at 95 %.

    On the dashed diagonal, they are the same.

    Args:
        bins: of a reliability diagram.
        errors: the expected calibration error of each seed.
    """
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=0.8, linestyle="--", label="calibrated", gid="calibrated")
    stated, observed = [own.stated for own in bins], np.array([own.observed for own in bins])
    ends = np.array([own.interval for own in bins]).T
    drawn = axes.errorbar(
        stated,
        observed,
        np.abs(ends - observed),
        color=COLORS[0],
        marker="o",
        markersize=4,
        linewidth=1,
        elinewidth=0.8,
        capsize=2,
        label=_error(errors),
    )
    drawn.lines[0].set_gid("reliability")
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    axes.legend(loc="upper left")


def _error(errors: Sequence[float]) -> str:
    return f"expected calibration error\n{_spread(np.asarray(errors), 2)}"


def _spread(values: Numbers, digits: int) -> str:
    """The median over seeds; of several, with the range of 5–95 % of them."""
    low, middle, high = np.percentile(values, [BAND[0], 50, BAND[1]])
    spread = f" (5–95 %: {short(low, digits)}–{short(high, digits)})" if low < high else ""
    return f"{short(middle, digits)}{spread}"


def draw_bin_counts(axes: Axes, bins: Sequence[Bin], seeds: int) -> None:
    """Draw how many rows each bin has, on average over the seeds."""
    counts = [own.predictions / seeds for own in bins]
    middles, widths = [(own.low + own.high) / 2 for own in bins], [own.high - own.low for own in bins]
    bars = axes.bar(middles, counts, widths, color=COLORS[5], edgecolor=COLORS[6], linewidth=0.5)
    for bar, value in zip(bars, counts, strict=True):
        bar.set_gid("rows in bin")
        axes.annotate(
            f"{value:.0f}" if seeds == 1 or value >= 10 else f"{value:.1f}",
            (bar.get_x() + bar.get_width() / 2, value),
            (0, 1),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=7,
        )
    axes.set(xlim=(-0.02, 1.02), ylim=(0, 1.25 * max(counts)))
    axes.set_ylabel("rows" if seeds == 1 else f"rows, mean of\n{count(seeds, 'seed')}")
