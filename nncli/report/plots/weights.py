"""The weights of a network: matrices as maps, filters as tiles, and how the values are spread."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import FuncNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from nncli.report.names import short_name
from nncli.report.numbers import short
from nncli.report.plots.places import count_cells
from nncli.report.plots.style import COLORS, MAP, NARROW, WIDE, figure, ink, mark_zero

Numbers = NDArray[np.float64]

MOST_NAMES = 9
"""Up to this number of rows, each has its name."""
NUMBER = (0.3, 0.13)
"""The least width and height of a cell with its number in it, in inches."""
MOST_FILTERS, MOST_CHANNELS = 64, 4
"""Tiles that are drawn: filters, and channels of each."""
MOST_CELLS = 128
"""Rows or columns of a map: more would not be seen."""
BINS = 30
SPREAD = 3.0
"""The most that the standard deviations of matrices differ on a linear scale."""


@dataclass(frozen=True, slots=True)
class Matrix:
    """The weights of a layer, or a part of them.

    Attributes:
        name: as in `weights.npz`, such as `W1`.
        layer: what the layer is, in words.
        before, after: the values before and after training, (rows, columns); of filters (height, width, channels,
            filters).
        bias: after training, for each column; None if there is none. It is drawn as the last row.
        rows, columns: what they stand for; of filters, those of a window.
        names: of the rows; none if they are only numbered.
    """

    name: str
    layer: str
    before: Numbers
    after: Numbers
    bias: Numbers | None
    rows: str
    columns: str
    names: tuple[str, ...] = ()

    @property
    def whole(self) -> Numbers:
        """With the biases below the weights, or the tiles of filters."""
        if self.after.ndim == 4:
            return tiles(self.after)
        return self.after if self.bias is None else np.vstack([self.after, self.bias])

    @property
    def kept(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """The rows and columns drawn: of very many, some evenly spread over all, among them the first and the last."""
        rows, columns = (
            np.unique(np.linspace(0, size - 1, MOST_CELLS).round().astype(np.intp)) for size in self.whole.shape
        )
        return rows, columns


@dataclass(frozen=True, slots=True)
class Scales:
    """Scales that the same matrices share, at one epoch or at several.

    Attributes:
        colors: from 0 to both sides, for all matrices; of square roots if their spreads differ much.
        edges: of the bins of each matrix.
    """

    colors: Normalize
    edges: tuple[Numbers, ...]

    @classmethod
    def of(cls, epochs: Sequence[Sequence[Matrix]]) -> Scales:
        """Those that fit the matrices at every epoch."""
        values = [np.concatenate([_values(own) for own in same]) for same in zip(*epochs, strict=True)]
        return cls(_scale([own for matrices in epochs for own in matrices]), tuple(_edges(own) for own in values))


def weights_figure(
    matrices: Sequence[Matrix],
    when: str,
    title: Sequence[str],
    width: float = WIDE,
    scales: Scales | None = None,
) -> Figure:
    """Each matrix as a map with a scale shared by all, and below it how its values are spread.

    Args:
        when: the name of the epoch of the weights.
        title: each part on a line of its own.
        scales: that they share with those of other epochs.
    """
    scales = scales or Scales.of([matrices])
    columns = _columns(len(matrices), width)
    rows = -(-len(matrices) // columns)
    scale = scales.colors
    with figure(columns, 2 * rows, width, 1.9, heights=[1.2, 0.8] * rows, least=NARROW / 2) as (made, axes):
        last = len(matrices) - (rows - 1) * columns  # in the last row
        for half in range(2):
            for spare in axes[(2 * rows - 2 + half) * columns + last : (2 * rows - 1 + half) * columns]:
                spare.remove()
        drawn = [own for own in axes if own.figure is not None]
        shown = draw_weights(drawn, matrices, when, scales, width)
        bar = made.colorbar(shown, ax=drawn, label="weight", location="bottom", aspect=10 * width)
        mark_zero(bar)
        if isinstance(scale, FuncNorm):
            bar.set_label("weight, on a scale of square roots")
            most = float(scale.vmax or 1.0)
            bar.set_ticks(
                ticks := [-most, -most / 4, 0, most / 4, most],
                labels=[short(own, 2).replace("-", "−") for own in ticks],
            )
        handles, labels = drawn[min(columns, len(matrices))].get_legend_handles_labels()
        made.legend(handles, labels, loc="outside lower center", ncols=2)
        made.suptitle("\n".join(title))
    return made


def _columns(matrices: int, width: float) -> int:
    return min(matrices, 3 if width > NARROW and matrices != 4 else 2)


def draw_weights(
    axes: Sequence[Axes], matrices: Sequence[Matrix], when: str, scales: Scales, width: float = WIDE
) -> AxesImage:
    """Draw each matrix into axes of `weights_figure`: those of a row of maps, and then of their spreads. The first map.

    Args:
        when, scales, width: as there.
    """
    columns, maps = _columns(len(matrices), width), []
    for place, matrix in enumerate(matrices):
        row, column = divmod(place, columns)
        beside = min(columns, len(matrices) - row * columns)
        above, below = (axes[2 * row * columns + half * beside + column] for half in range(2))
        maps.append(draw_matrix(above, matrix, scales.colors))
        above.set_title("\n".join(wrap(f"{matrix.name}: {matrix.layer}", int(12 * width / columns))[:2]))
        draw_spread(below, matrix, when, scales.edges[place])
    return maps[0]


def draw_matrix(axes: Axes, matrix: Matrix, scale: Normalize) -> AxesImage:
    """Draw a map of the final weights, rows and columns counted from 1.

    Args:
        scale: of the colors: dark is negative, bright positive, and 0 in the middle.
    """
    values, is_tiled = matrix.whole, matrix.after.ndim == 4
    height, width = values.shape
    rows, columns = matrix.kept
    shown = axes.imshow(
        np.ma.masked_invalid(values[np.ix_(rows, columns)]),
        cmap=MAP,
        norm=scale,
        aspect="equal" if is_tiled else "auto",
        interpolation="nearest",
        extent=(0.5, width + 0.5, height + 0.5, 0.5),
        gid=f"map {matrix.name}",
    )
    count_cells(shown, (columns + 1).tolist(), (rows + 1).tolist())
    axes.grid(visible=False)
    if is_tiled:
        axes.set(xticks=[], yticks=[], xlabel=_tiled_text(matrix))
        return shown
    biases = [] if matrix.bias is None else ["bias"]
    axes.set(xlabel=matrix.columns, ylabel=matrix.rows)
    axes.xaxis.set_major_locator(MaxNLocator(3 if width > 4 else 4, integer=True, min_n_ticks=1))
    if height <= MOST_NAMES:
        names = [*(matrix.names or map(str, range(1, len(matrix.after) + 1))), *biases]
        axes.set_yticks(range(1, height + 1), [short_name(name, 12) for name in names], fontsize=8 if height < 6 else 6)
    else:
        axes.set_ylabel(" + ".join([matrix.rows, *biases]))
        axes.yaxis.set_major_locator(MaxNLocator(5, integer=True, min_n_ticks=1))
    room = np.array(axes.bbox.size) / axes.figure.dpi
    if (room >= np.array(NUMBER) * (width, height)).all():
        for (row, column), value in np.ndenumerate(values):
            text, color = short(float(value), 2), ink(shown, float(value))
            axes.text(column + 1, row + 1, text, ha="center", va="center", fontsize=6, color=color)
    return shown


def _scale(matrices: Sequence[Matrix]) -> Normalize:
    """A symmetric scale for all; of square roots if their spreads differ much, so that small weights show, too."""
    limit = max(float(np.nanmax(np.abs(own.whole))) for own in matrices) or 1.0
    spreads = [float(np.nanstd(own.whole)) for own in matrices]
    if max(spreads) <= SPREAD * min(spreads):
        return Normalize(-limit, limit)
    return FuncNorm((_root, _square), -limit, limit)


def _root(x: Numbers) -> Numbers:
    return np.sign(x) * np.sqrt(np.abs(x))


def _square(x: Numbers) -> Numbers:
    return np.sign(x) * np.square(x)


def _values(matrix: Matrix) -> Numbers:
    """The finite weights before and after training."""
    values: Numbers = np.concatenate([matrix.before.ravel(), matrix.after.ravel()])
    return np.asarray(values[np.isfinite(values)])


def _edges(values: Numbers) -> Numbers:
    return np.histogram_bin_edges(values, BINS)


def draw_spread(axes: Axes, matrix: Matrix, when: str, edges: Numbers) -> None:
    """Draw how the weights, without biases, were spread before training and are after it, as counts in bins."""
    before, after = (own[np.isfinite(own)] for own in (matrix.before, matrix.after))
    first, then = (np.histogram(values, edges)[0] for values in (before, after))
    axes.stairs(then, edges, fill=True, color=COLORS[5], label=when, gid=f"last {matrix.name}")
    axes.stairs(first, edges, color=COLORS[6], linestyle="--", label="epoch 0", gid=f"first {matrix.name}")
    axes.set(xlabel="weight", ylabel="count")
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.xaxis.set_major_locator(MaxNLocator(3, symmetric=True))


def tiles(filters: Numbers) -> Numbers:
    """Filters (height, width, channels, filters) side by side, NaN between them.

    Of one channel, they form a square; of more, each column is a filter, and each row a channel.
    """
    height, width, channels, _ = filters.shape
    shown = filters[:, :, :MOST_CHANNELS, :MOST_FILTERS]
    if channels == 1:
        columns = math.ceil(math.sqrt(shown.shape[3]))
        places = [(*divmod(f, columns), 0, f) for f in range(shown.shape[3])]
    else:
        shown = shown[..., : MOST_FILTERS // 4]
        places = [(c, f, c, f) for c in range(shown.shape[2]) for f in range(shown.shape[3])]
    rows, columns = (1 + max(place[axis] for place in places) for axis in range(2))
    sheet = np.full((rows * (height + 1) - 1, columns * (width + 1) - 1), np.nan)
    for row, column, c, f in places:
        y, x = row * (height + 1), column * (width + 1)
        sheet[y : y + height, x : x + width] = shown[:, :, c, f]
    return sheet


def _tiled_text(matrix: Matrix) -> str:
    """What the tiles are, on two lines: `16 filters`, `3 rows × 3 columns`."""
    height, width, channels, filters = matrix.after.shape
    most = MOST_FILTERS if channels == 1 else MOST_FILTERS // 4
    which = f"{filters} filters" if filters <= most else f"first {most} of {filters} filters"
    if channels > 1:
        which += f", {min(channels, MOST_CHANNELS)} channels down"
    return f"{which}\n{height} {matrix.rows} × {width} {matrix.columns}"
