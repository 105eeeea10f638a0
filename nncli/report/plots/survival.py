"""When seeds are solved: the share of those that are not yet, over epochs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator

from nncli.analysis.seed_results import SeedResults
from nncli.report.names import distinct_names
from nncli.report.plots.seed_marks import belongs
from nncli.report.plots.style import COLORS, DASHES, MARKERS, WIDE, edge_faint, figure, legend_below
from nncli.report.unsolved_share import unsolved_share

LABEL = 24
"""Characters of a name."""
LATE = 8
"""Times the median of the solving epochs: where the last seed ends later than this, epochs are logarithmic."""
FEW = 4
"""Of more variants, the bands are fainter."""


def survival_figure(variants: Sequence[SeedResults], title: str, width: float = WIDE) -> Figure:
    """The share of unsolved seeds of each variant, or of a run."""
    with figure(1, 1, width, height=3) as (made, (axes,)):
        draw_survival(axes, variants)
        if len(variants) > 1:
            legend_below(made, axes)
        axes.set_title(title)
    return made


def draw_survival(axes: Axes, variants: Sequence[SeedResults]) -> None:
    """Draw Kaplan-Meier curves: a step down where seeds were solved, a band of 95 %, a cross where others ended.

    Each seed is a mark where it ended; several that were solved in the same epoch are on one step.

    A seed that diverged counts as unsolved to the end.
    """
    names = distinct_names([own.label for own in variants], LABEL)
    faint = 0.15 if len(variants) <= FEW else 0.06
    for place, own in enumerate(variants):
        color, dashes, share = COLORS[place % len(COLORS)], DASHES[place % len(DASHES)], unsolved_share(own)
        marker, size = MARKERS[place % len(MARKERS)], 2.5 if len(variants) == 1 else 3.0
        label = f"{int(own.solved.sum())} of {len(own.seeds)} solved"
        name = f"{names[place]}: {label}" if own.label else label
        gid = f"unsolved {own.label}".rstrip()
        band = axes.fill_between(share.time, share.low, share.high, step="post", color=color, alpha=faint, linewidth=0)
        band.set_gid(f"band {own.label}".rstrip())
        (line,) = axes.plot(share.time, share.share, drawstyle="steps-post", color=color, linestyle=dashes, label=name)
        line.set(gid=gid, marker=marker, markersize=size, markevery=[])  # the marker is for the legend
        edge_faint(line, place)
        (dots,) = axes.plot(*share.of_seeds(own), marker, color=color, markersize=size)
        dots.set_gid(f"seeds {own.label}".rstrip())
        belongs(dots, own.seeds.tolist())
        axes.plot(
            share.given_up,
            share.at(share.given_up),
            "+",
            color=COLORS[6],
            markersize=7,
            gid=f"given up {own.label}".rstrip(),
        )
    axes.set(xlabel="epoch", ylabel="share of seeds not solved yet", ylim=(-0.03, 1.03))
    _set_epochs(axes, variants)
    axes.legend()


def _set_epochs(axes: Axes, variants: Sequence[SeedResults]) -> None:
    """Show the epochs up to the last seed that was solved or given up, as decades where half are solved long before."""
    solved = np.concatenate([own.solved_epoch[own.solved] for own in variants])
    last = max(unsolved_share(own).last for own in variants)
    if len(solved) and solved.min() > 0 and np.median(solved) < last / LATE:
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.xaxis.set_major_formatter("{x:g}")
        axes.xaxis.set_minor_formatter("")
        axes.set_xlim(0.8 * solved.min(), 1.2 * last)
    else:
        axes.set_xlim(0, 1.03 * last)
