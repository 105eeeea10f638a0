"""A constructed network beside its function: what its units contribute, and its error within the certified bound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from nncli.report.numbers import bound_text, count, short
from nncli.report.plots.style import COLORS, DASHES, MAP, WIDE, figure

Numbers = NDArray[np.float64]

MOST_PARTS = 40
"""Units and bumps that are drawn; of more, some, evenly spread."""
MOST_RIDGES = 4
"""Ridges that are drawn as functions: the highest ones."""
LEVELS = 9
"""Contours of a function of two inputs."""


class Hidden(Protocol):
    """A hidden layer of relu units and a linear output unit."""

    @property
    def W1(self) -> Numbers:
        """(k, n)."""

    @property
    def b1(self) -> Numbers:
        """(n,)."""

    @property
    def W2(self) -> Numbers:
        """(n, 1)."""


@dataclass(frozen=True, slots=True)
class Ridge:
    """What all units of one direction make together: φ(s) with s = direction · x.

    Attributes:
        direction: (p, q).
        units: how many there are.
        s: from its least to its largest in the domain (N,).
        values: φ (N,).
    """

    direction: tuple[float, float]
    units: int
    s: Numbers
    values: Numbers

    @property
    def height(self) -> float:
        """From its lowest to its highest value."""
        return float(np.ptp(self.values))


@dataclass(frozen=True, slots=True)
class Built:
    """A network of one hidden layer that was constructed for a function of one or two inputs.

    Attributes:
        units: the network.
        bound: its error is at most this, outside of `excluded`.
        excluded: intervals in which the function may jump.
        axis: coordinates (N,): the inputs themselves if there is one, and both sides of a grid (N, N) if there are two.
        exact, output: the function and the network there, (N,) or (N²,), the first input counting fastest; the
            function is NaN where it is excluded or not finite.
        trained: the network after training; None if it was not trained.
        corners: of one input, where the network bends and the ends of the domain, with the outputs (K, 2).
        ridges: of two inputs, the highest first.
        names: of the inputs.
    """

    units: Hidden
    bound: float
    excluded: Sequence[tuple[float, float]]
    axis: Numbers
    exact: Numbers
    output: Numbers
    trained: Numbers | None
    corners: Numbers
    ridges: Sequence[Ridge]
    names: Sequence[str]

    def largest(self, output: Numbers) -> float:
        """The largest error of some outputs at the points that are drawn."""
        return float(np.nanmax(np.abs(output - self.exact)))


def construction_figure(built: Built, title: str, width: float = WIDE) -> Figure:
    """The function and the network; below, its error; beside them, what the network is made of."""
    is_line = len(built.names) == 1
    with figure(2, 2, width, height=2.3) as (made, (function, parts, error, more)):
        if is_line:
            draw_construction(function, built)
            draw_bumps(parts, built)
            draw_error(error, built)
            draw_hinges(more, built)
        else:
            draw_contours(function, built)
            draw_directions(parts, built)
            draw_error_map(error, built)
            draw_ridges(more, built)
        made.suptitle(title)
    return made


def draw_construction(axes: Axes, built: Built) -> None:
    """Draw a function of one input and the network with its corners, in the band that certainly holds the function."""
    x, output = built.axis, built.output
    low, high = output - built.bound, output + built.bound
    axes.fill_between(x, low, high, color=COLORS[5], alpha=0.35, linewidth=0, label="certified band", gid="band")
    axes.plot(x, built.exact, color=COLORS[6], linewidth=1.8, alpha=0.6, label="function", gid="function")
    marker = "o" if len(built.corners) <= MOST_PARTS else ""
    axes.plot(
        *built.corners.T, "--", marker=marker, color=COLORS[1], markersize=2.5, linewidth=1, label="network",
        gid="network",
    )  # fmt: skip
    _draw_excluded(axes, built)
    axes.set(xlabel=built.names[0], ylabel="f", title=f"certified: within {bound_text(built.bound)}")
    axes.legend()


def draw_error(axes: Axes, built: Built) -> None:
    """Draw network minus function of one input, between the certified bounds."""
    for sign in (-1, 1):
        axes.axhline(sign * built.bound, color=COLORS[6], linestyle="--", linewidth=1, gid="bound")
    axes.plot(built.axis, built.output - built.exact, color=COLORS[0], linewidth=0.9, label="constructed", gid="error")
    top = built.bound
    if built.trained is not None:
        error, top = built.trained - built.exact, max(top, built.largest(built.trained))
        axes.plot(built.axis, error, ":", color=COLORS[1], linewidth=1.2, label="after training", gid="trained")
    _draw_excluded(axes, built, label="")
    axes.set(xlabel=built.names[0], ylabel="network - function", title=_measured(built))
    axes.set_ylim(-1.15 * top, 1.6 * top)  # room for the legend
    axes.legend(ncols=2, loc="upper center")


def draw_bumps(axes: Axes, built: Built) -> None:
    """Draw the bumps whose sum is a network of one input: each is as high as the network is at its corner, and 0 beyond
    the corners beside it.
    """
    x, y = built.corners.T
    shown = _spread(len(x))
    for k in shown:
        own = slice(max(k - 1, 0), k + 2)
        height = np.where(np.arange(len(x))[own] == k, y[k], 0.0)
        axes.plot(x[own], height, DASHES[k % 2], color=COLORS[k % 2], linewidth=0.9, gid=f"bump {k}")
    _draw_excluded(axes, built)
    some = f"{len(shown)} of " if len(shown) < len(x) else "sum of "
    axes.set(xlabel=built.names[0], ylabel="bump", title=f"{some}{count(len(x), 'bump')}")


def draw_hinges(axes: Axes, built: Built) -> None:
    """Draw what each unit adds to a network of one input: W2 relu(x W1 + b1)."""
    units, (low, high) = built.units, built.corners[[0, -1], 0]
    shown = _spread(len(units.b1))
    for k in shown:
        w, b, v = units.W1[0, k], units.b1[k], units.W2[k, 0]
        x = np.unique(np.clip([low, -b / w, high], low, high))
        y = np.maximum(x * w + b, 0.0) * v
        axes.plot(x, y, DASHES[k % 2], color=COLORS[k % 2], linewidth=0.9, gid=f"unit {k}")
    some = f"{len(shown)} of " if len(shown) < len(units.b1) else ""
    axes.set(xlabel=built.names[0], ylabel="W2 relu(x W1 + b1)", title=f"{some}{count(len(units.b1), 'unit')}")


def draw_contours(axes: Axes, built: Built) -> None:
    """Draw a function of two inputs as a map, with its contours and those of the network."""
    exact, output = (values.reshape(2 * [len(built.axis)]) for values in (built.exact, built.output))
    levels = np.linspace(np.nanmin(exact), np.nanmax(exact), LEVELS)
    mesh = axes.pcolormesh(built.axis, built.axis, np.ma.masked_invalid(exact), cmap=MAP, rasterized=True)
    mesh.set_gid("function")
    axes.figure.colorbar(mesh, ax=axes, label="f")
    if levels[-1] > levels[0]:
        axes.contour(built.axis, built.axis, exact, levels[1:-1], colors="white", linewidths=1.6)
        axes.contour(built.axis, built.axis, output, levels[1:-1], colors="black", linewidths=0.7, linestyles="--")
    _label_plane(axes, built, "contours: function white, network dashed")


def draw_error_map(axes: Axes, built: Built) -> None:
    """Draw how far a network of two inputs is from its function; the scale ends at the certified bound."""
    error = np.abs(built.output - built.exact).reshape(2 * [len(built.axis)])
    mesh = axes.pcolormesh(
        built.axis, built.axis, np.ma.masked_invalid(error), vmin=0, vmax=built.bound, cmap=MAP, rasterized=True
    )
    mesh.set_gid("error")
    axes.figure.colorbar(mesh, ax=axes, label="|network - function|")
    _label_plane(axes, built, _measured(built))


def draw_directions(axes: Axes, built: Built) -> None:
    """Draw the direction of each ridge as a line through 0, as long as the ridge is high."""
    for place, ridge in enumerate(built.ridges):
        half = np.array(ridge.direction) / np.linalg.norm(ridge.direction) * ridge.height / 2
        color, dash, wide = (COLORS[place], DASHES[place], 1.6) if place < MOST_RIDGES else ("0.6", "-", 0.6)
        axes.plot(*np.stack([-half, half]).T, linestyle=dash, color=color, linewidth=wide, gid=f"direction {place}")
    axes.set(xlabel=f"height of the ridge, along {built.names[0]}", ylabel=f"along {built.names[1]}")
    axes.set(title=f"directions of {count(len(built.ridges), 'ridge')}")
    axes.set_aspect("equal", adjustable="datalim")


def draw_ridges(axes: Axes, built: Built) -> None:
    """Draw the highest ridges along their directions."""
    shown = built.ridges[:MOST_RIDGES]
    for place, ridge in enumerate(shown):
        label = f"{_direction(ridge, built.names)} ({ridge.units})"
        axes.plot(
            ridge.s, ridge.values, color=COLORS[place], linestyle=DASHES[place], label=label, gid=f"ridge {place}"
        )
    some = f"the highest {len(shown)} of {len(built.ridges)} ridges" if len(shown) < len(built.ridges) else "ridges"
    axes.set(xlabel="s", ylabel="sum of its units", title=f"{some} (units)")
    low, high = axes.get_ylim()
    axes.set_ylim(low, high + 0.5 * (high - low))  # room for the legend
    axes.legend(ncols=2, loc="upper center")


def _direction(ridge: Ridge, names: Sequence[str]) -> str:
    """s in words, such as `s = 2 x - y`."""
    text = ""
    for w, name in zip(ridge.direction, names, strict=True):
        if w:
            sign = ("-" if w < 0 else "") if not text else (" - " if w < 0 else " + ")
            text += f"{sign}{'' if abs(w) == 1 else f'{abs(w):g} '}{name}"
    return f"s = {text}"


def _label_plane(axes: Axes, built: Built, title: str) -> None:
    axes.set(xlabel=built.names[0], ylabel=built.names[1], title=title)
    axes.set_aspect("equal")
    axes.grid(visible=False)


def _draw_excluded(axes: Axes, built: Built, label: str = "jump: no bound") -> None:
    """Dotted lines where the function may jump: no continuous function is close to it there."""
    for place, (low, high) in enumerate(built.excluded):
        own = None if place else label or None
        axes.axvline((low + high) / 2, color=COLORS[3], linestyle=":", label=own, gid="excluded")


def _measured(built: Built) -> str:
    trained = "" if built.trained is None else f"\nafter training: {short(built.largest(built.trained))}"
    return f"error: measured {short(built.largest(built.output))}, bound {bound_text(built.bound)}{trained}"


def _spread(total: int) -> list[int]:
    """The parts that are drawn, if there are too many for all."""
    return [int(k) for k in np.unique(np.linspace(0, total - 1, min(total, MOST_PARTS)).round())]
