"""A network as a diagram: units and weights of a small one, or else the blocks of its layers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from textwrap import wrap

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from numpy.typing import NDArray

from nncli.nn.layers.residual import Fork, Join
from nncli.report.names import short_name
from nncli.report.network_text import LayerRow
from nncli.report.numbers import count, grouped, short
from nncli.report.plots.style import COLORS, WIDE, figure

Numbers = NDArray[np.float64]

THICKEST = 3.0
"""The width of the line of the largest weight, in points; others are in proportion."""
THINNEST = 0.001
"""The least width, which is not seen; dashes of a thinner line would take forever to draw."""
MOST_NUMBERS = 9
"""Up to this number of weights, each has its number."""
MOST_NAMES = 16
"""Up to this number of inputs or outputs, each has its name."""
OMITTED = "…"
MOST_BLOCKS = 30
"""The most layers drawn as blocks; of more, those in the middle are one."""


ARROW = {"arrowstyle": "-|>", "mutation_scale": 5, "shrinkA": 0, "shrinkB": 0, "linewidth": 0.8, "color": "black"}


@dataclass(frozen=True, slots=True)
class DenseWeights:
    """A dense layer of a small network.

    Attributes:
        text: what it is, in words.
        W: (n_in, units).
        b: (units,); None without biases.
    """

    text: str
    W: Numbers
    b: Numbers | None


def diagram_figure(
    layers: Sequence[DenseWeights],
    inputs: Sequence[str],
    outputs: Sequence[str],
    title: Sequence[str],
    width: float = WIDE,
) -> Figure:
    """The diagram of a network of dense layers, with its legend."""
    units = max(len(inputs), *(own.W.shape[1] for own in layers))
    with figure(1, 1, width, height=min(6.0, max(2.6, 0.3 * (units + 1)))) as (made, (axes,)):
        draw_diagram(axes, layers, inputs, outputs)
        most = max(largest(own) for own in layers)
        handles = [
            Line2D([], [], color=COLORS[0], linewidth=THICKEST, label=f"positive, {short(most, 3)} at this width"),
            Line2D([], [], color=COLORS[1], linewidth=THICKEST, linestyle=_dashes(THICKEST), label="negative"),
        ]
        made.legend(handles=handles, loc="outside lower center", ncols=2, handlelength=4)
        made.suptitle("\n".join(title))
    return made


def largest(layer: DenseWeights) -> float:
    """The largest absolute weight or bias."""
    return float(max(np.abs(layer.W).max(), 0.0 if layer.b is None else np.abs(layer.b).max()))


def draw_diagram(axes: Axes, layers: Sequence[DenseWeights], inputs: Sequence[str], outputs: Sequence[str]) -> None:
    """Draw each unit as a circle and each weight as a line, a negative one dashed, as thick as it is large.

    The bias of a unit is the line from a square, whose value is always 1.

    Args:
        inputs, outputs: their names.
    """
    sizes = [len(inputs), *(own.W.shape[1] for own in layers)]
    step = 1 / (max(sizes) + 1)
    most = max(largest(own) for own in layers) or 1.0
    numbered = sum(own.W.size + (0 if own.b is None else own.b.size) for own in layers) <= MOST_NUMBERS
    for number, layer in enumerate(layers):
        start, end = _places(number, sizes, step), _places(number + 1, sizes, step)
        weights = layer.W
        if layer.b is not None:
            one = np.array([[number, start[:, 1].min() - step]])
            start, weights = np.vstack([start, one]), np.vstack([weights, layer.b])
            axes.plot(*one.T, "s", markersize=7, color="white", markeredgecolor="black", zorder=3)
            axes.annotate("1", one[0], ha="center", va="center_baseline", fontsize=6, zorder=4)
        _draw_weights(axes, number + 1, weights, start, end, most)
        if numbered:
            _draw_numbers(axes, weights, start, end)
    side = float(np.clip(150 * step, 3, 11))
    for number in range(len(sizes)):
        axes.plot(
            *_places(number, sizes, step).T,
            "o",
            markersize=side,
            color="white",
            markeredgecolor="black",
            zorder=3,
            gid=f"units {number}",
        )
        text = "input" if number == 0 else short_name(layers[number - 1].text)
        axes.annotate(text, (number, 1), (0, 10), textcoords="offset points", ha="center", va="bottom")
    for names, number, shift, align in ((inputs, 0, -8, "right"), (outputs, len(layers), 8, "left")):
        if len(names) <= MOST_NAMES:
            for name, place in zip(names, _places(number, sizes, step), strict=True):
                axes.annotate(
                    short_name(name, 12),
                    place,
                    (shift, 0),
                    textcoords="offset points",
                    ha=align,
                    va="center",
                    fontsize=7,
                )
    axes.set(xlim=(-0.1, len(layers) + 0.1), ylim=(-0.02, 1.02))
    axes.axis("off")


def _places(number: int, sizes: Sequence[int], step: float) -> Numbers:
    """Where the units of a layer are (units, 2): in a column around the middle, with room for a bias below."""
    size = sizes[number]
    apart = step * min(2.0, max(sizes) / size)
    y = 0.5 + step / 2 + apart * ((size - 1) / 2 - np.arange(size))
    return np.column_stack([np.full(size, float(number)), y])


def _draw_weights(axes: Axes, number: int, weights: Numbers, start: Numbers, end: Numbers, most: float) -> None:
    """A collection of lines for each sign; zeros are thin and dotted."""
    for sign, name, color in ((1, "positive", COLORS[0]), (-1, "negative", COLORS[1]), (0, "zero", "0.5")):
        rows, columns = np.nonzero(np.sign(weights) == sign)
        widths = (
            np.maximum(THICKEST * np.abs(weights[rows, columns]) / most, THINNEST) if sign else np.full(len(rows), 0.6)
        )
        lines = LineCollection(
            list(np.stack([start[rows], end[columns]], axis=1)),
            linewidths=widths,
            linestyles=[_dashes(own) for own in widths] if sign < 0 else "-" if sign else ":",
            colors=color,
            alpha=0.8,
            zorder=1,
        )
        lines.set_gid(f"{name} {number}")
        axes.add_collection(lines)


def _dashes(width: float) -> tuple[float, tuple[float, float]]:
    """Dashes of the same length for every width, by which matplotlib multiplies them."""
    return 0.0, (5 / width, 2.5 / width)


def _draw_numbers(axes: Axes, weights: Numbers, start: Numbers, end: Numbers) -> None:
    """The weights, each on its line and nearer to its start."""
    for (row, column), value in np.ndenumerate(weights):
        place = start[row] + 0.3 * (end[column] - start[row])
        box = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}
        axes.text(place[0], place[1], short(float(value), 3), ha="center", va="center", fontsize=6, bbox=box, zorder=2)


def blocks_figure(rows: Sequence[LayerRow], title: Sequence[str], width: float = WIDE) -> Figure:
    """The layers of a network as blocks, from the top."""
    shown = shortened(rows)
    with figure(1, 1, width, height=0.7 + 0.36 * len(shown)) as (made, (axes,)):
        draw_blocks(axes, shown, int(7 * width))
        made.suptitle("\n".join(title))
    return made


def shortened(rows: Sequence[LayerRow], most: int = MOST_BLOCKS) -> list[LayerRow]:
    """At most this number of rows; those in the middle as one, with their sums."""
    if len(rows) <= most:
        return list(rows)
    first = most // 2
    left = rows[first : first + 1 + len(rows) - most]
    total = sum(own.layers for own in left)
    sums = {name: sum(getattr(own, name) for own in left) for name in ("parameters", "multiply_adds")}
    between = replace(
        left[-1], layer=f"{OMITTED} {total} more layers {OMITTED}", layers=total, initializer="", depth=0, **sums
    )
    return [*rows[:first], between, *rows[first + len(left) :]]


def draw_blocks(axes: Axes, rows: Sequence[LayerRow], letters: int = 48) -> None:
    """Draw a box for each layer, with the shape of its output and its parameters; skip connections are arcs.

    A dashed box stands for several layers; a line without a box announces a repetition.

    Args:
        rows: the layers, the input first.
        letters: that fit into a box.
    """
    deepest = max(row.depth for row in rows)
    for place, row in enumerate(rows):
        left, text = 0.03 * row.depth, "\n".join(wrap(short_name(row.layer, 2 * letters), letters)[:2])
        if row.layers or place == 0:
            box = FancyBboxPatch(
                (left, -place - 0.32),
                0.58 - left,
                0.64,
                boxstyle="round,pad=0,rounding_size=0.02",
                mutation_aspect=10,
                facecolor="#e8f1f8" if row.parameters else "white",
                edgecolor="black",
                linewidth=0.8,
                linestyle="--" if row.layers > 1 else "-",
                gid=f"layer {place}",
            )
            axes.add_patch(box)
        axes.text(left + 0.02, -place, text, va="center", fontsize=7)
        axes.text(0.74, -place, "×".join(map(str, row.output_shape)), ha="right", va="center", fontsize=7)
        if row.parameters:
            axes.text(
                1, -place, grouped(row.parameters), ha="right", va="center", fontsize=7, gid=f"parameters {place}"
            )
        if place and row.layers:
            above = 1 if rows[place - 1].layers or place == 1 else 2  # past a line without a box
            ends = (0.3, -place + above - 0.32), (0.3, -place + 0.32)
            axes.annotate("", ends[1], ends[0], arrowprops=ARROW)
    for start, end in skips(rows):
        height, x = end - start, 0.03 * min(rows[start].depth, deepest)
        arc = FancyArrowPatch(
            (x, -start),
            (x, -end),
            connectionstyle=f"arc3,rad={min(0.5, 0.9 / height):.3f}",
            arrowstyle="-|>",
            mutation_scale=6,
            color=COLORS[1],
            linewidth=1.2,
            shrinkA=0,
            shrinkB=0,
            gid=f"skip {start} {end}",
        )
        axes.add_patch(arc)
    for x, text, align in ((0.02, "layer", "left"), (0.74, "output shape", "right"), (1, "parameters", "right")):
        axes.text(x, 0.75, text, ha=align, va="center", fontsize=7, style="italic")
    axes.set(xlim=(-0.12, 1.0), ylim=(-len(rows) + 0.5, 1.1))
    axes.axis("off")


def skips(rows: Sequence[LayerRow]) -> Iterator[tuple[int, int]]:
    """The rows where skip connections start and end, as far as both are shown; they nest like brackets."""
    starts: list[int] = []
    for place, row in enumerate(rows):
        if row.layer.startswith(OMITTED):
            starts.clear()
        elif row.layer == Fork.label:
            starts.append(place)
        elif row.layer == Join.label and starts and rows[starts[-1]].depth == row.depth:
            yield starts.pop(), place


def total_text(rows: Sequence[LayerRow]) -> str:
    """The size of a network: `14 layers, 25 354 parameters`."""
    layers, parameters = (sum(getattr(own, name) for own in rows) for name in ("layers", "parameters"))
    return f"{count(layers, 'layer')}, {count(parameters, 'parameter')}"
