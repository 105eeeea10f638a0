"""Windows that slide along sequences and over images, and the matrix that holds them as rows."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nncli.errors import UserError
from nncli.nn.arrays import Array, as_rows
from nncli.nn.layers import Shape
from nncli.nn.program import Program

COLUMNS = 262_144
"""Numbers per block of columns: 1 MB of float32, which stays in a second-level cache until the product has read it."""


@dataclass(frozen=True, slots=True)
class Windows:
    """The windows along one axis: of the padded axis, window o holds the cells o · stride + i · dilation, i < kernel.

    Attributes:
        length: n, the cells of the input.
        before: the zeros in front of them.
        padded: the cells including the zeros before, between and after.
        spread: the distance between cells of the input; above 1 there are zeros in between.
    """

    length: int
    kernel: int
    stride: int
    dilation: int
    before: int
    padded: int
    spread: int = 1

    @property
    def count(self) -> int:
        """The number of windows."""
        return (self.padded - span(self.kernel, self.dilation)) // self.stride + 1

    @property
    def inputs(self) -> slice:
        """The position of the input on the padded axis."""
        return slice(self.before, self.before + (self.length - 1) * self.spread + 1, self.spread)

    def cells(self, i: int) -> slice:
        """The i-th cell of every window."""
        start = i * self.dilation
        return slice(start, start + (self.count - 1) * self.stride + 1, self.stride)

    @property
    def turned(self) -> Windows:
        """The windows of the transposed convolution: over the outputs, one around each input.

        Input p is cell i of window o where p = o · stride + i · dilation - before. So over the outputs, `stride` apart,
        its window holds those whose cell `kernel - 1 - i` it is.
        """
        reach = span(self.kernel, self.dilation) - 1
        padded = self.length + reach
        return Windows(self.count, self.kernel, 1, self.dilation, reach - self.before, padded, spread=self.stride)


Axes = tuple[Windows, Windows]
"""The windows along height and width; a sequence is an image of height 1."""


def span(kernel: int, dilation: int) -> int:
    """The cells from the first to the last of a window."""
    return (kernel - 1) * dilation + 1


@functools.lru_cache(maxsize=256)
def slide(shape: Shape, word: str, kernel: int, stride: int, dilation: int = 1, same: bool = False) -> Axes:
    """The windows over a sequence (steps, n) or an image (height, width, n).

        valid: windows lie inside,              count = (n - span) // stride + 1
        same:  as many zeros as needed for      count = ⌈n / stride⌉,   the odd one at the end

    Args:
        word: the name of the option for `kernel`.

    Raises:
        UserError: if no window fits inside.
    """
    reach = span(kernel, dilation)
    if not same and reach > min(shape[:-1]):
        sample = f"a sequence of {shape[0]} steps" if len(shape) == 2 else f"an image of {shape[0]} × {shape[1]}"
        spread = f" with dilation {dilation} spans {reach} and" if dilation > 1 else ""
        raise UserError(
            f"{word} {kernel}{spread} does not fit into {sample}",
            hint="Try padding: same" if word == "kernel" else "",
            allowed=f"The largest that fits is {(min(shape[:-1]) - 1) // dilation + 1}",
        )
    axes = []
    for n in shape[:-1]:
        missing = max(0, (-(-n // stride) - 1) * stride + reach - n) if same else 0
        axes.append(Windows(n, kernel, stride, dilation, missing // 2, n + missing))
    return (Windows(1, 1, 1, 1, 0, 1), axes[0]) if len(axes) == 1 else (axes[0], axes[1])


def counts(axes: Axes, shape: Shape) -> Shape:
    """The number of windows along each axis of a sample of `shape`."""
    return tuple(axis.count for axis in axes)[-(len(shape) - 1) :]


def as_images(x: Array) -> Array:
    """Sequences (R, B, steps, n) as images (R, B, 1, steps, n); images unchanged."""
    return x if x.ndim == 5 else x[:, :, None]


def items(x: Array) -> NDArray[np.void]:
    """All n channels of a cell as one item, (..., n) to (...): NumPy copies it at once, not number by number."""
    return x.view(f"V{x.shape[-1] * x.itemsize}")[..., 0]


class Columns:
    """The windows of each sample as rows of a matrix ("im2col"), so that a convolution is a product of matrices.

    Of a sequence 1 2 3 4 with one channel, kernel 3 and padding `same`:

        padded  0 1 2 3 4 0        matrix  0 1 2
                └─┬─┘                      1 2 3
                  └─ row 0                 2 3 4
                                           3 4 0

    The matrix is filled and used block by block, so that it stays in the cache. Where a batch is cut depends on its
    size and never on R, and so do the bits of a sum over the blocks.

    Args:
        axes: the windows.
        x: the samples (R or 1, B, height, width, n).
        padded, matrix: as declared by `declare`.
        ones: whether a column of ones follows the others.
    """

    def __init__(self, axes: Axes, x: Array, padded: Array, matrix: Array, *, ones: bool = False) -> None:
        along_y, along_x = axes
        channels = x.shape[-1]
        self.x, self._width = x, matrix.shape[-1]
        self._pieces = blocks(*x.shape[:2], matrix.shape[2] * matrix.shape[3])
        self._inputs, self._matrix = padded[:, :, along_y.inputs, along_x.inputs], matrix
        padded[...] = 0
        if ones:
            matrix[..., -1] = 1
        # A run is contiguous both in the image and in the matrix: a row of a window, or one cell if it is dilated. As
        # one item of a void dtype it is copied at once; as numbers, NumPy would start a loop for every run.
        run = along_x.kernel if along_x.dilation == 1 else 1
        item = np.dtype(f"V{run * channels * padded.itemsize}")
        shape = (*matrix.shape[:2], along_y.count, along_x.count, along_y.kernel, along_x.kernel // run)
        cell = channels * padded.itemsize
        r, b, y, w, _ = padded.strides
        strides = (r, b, y * along_y.stride, w * along_x.stride, y * along_y.dilation, w * along_x.dilation)
        self._source: NDArray[np.void] = np.ndarray(shape, item, padded, strides=strides)
        r, b, place, _ = matrix.strides
        strides = (r, b, place * along_x.count, place, cell * along_x.kernel, cell)
        self._runs: NDArray[np.void] = np.ndarray(shape, item, matrix, strides=strides)

    @staticmethod
    def declare(
        axes: Axes, channels: int, replicas: int, batch: int, *, ones: bool = False
    ) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The shapes of `padded` and `matrix` for samples (R, B, height, width, n)."""
        along_y, along_x = axes
        places, width = along_y.count * along_x.count, along_y.kernel * along_x.kernel * channels + ones
        depth, samples = (piece.stop for piece in blocks(replicas, batch, places * width)[0])
        return (depth, samples, along_y.padded, along_x.padded, channels), (depth, samples, places, width)

    def times(self, on: Program, W: Array, out: Array) -> None:
        """out = windows(x) W, for W (R, width, m), out (R, B, rows, columns, m)."""
        for rows, samples in self._pieces:
            own = rows if len(self.x) > 1 else slice(None)
            self._fill(on, rows, samples)
            on.matmul(self._rows(rows, samples), W[own], as_rows(out[own, samples]))

    def gradient(self, on: Program, dz: Array, dW: Array, part: Array | None) -> None:
        """dW = windows(x)ᵀ dz, summed over batch and positions; after `times`. `part` is scratch like dW."""
        for rows, samples in self._pieces:
            own = rows if len(self.x) > 1 else slice(None)
            if len(self._pieces) > 1:  # else the matrix is still that of the only block
                self._fill(on, rows, samples)
            of_block = dW if part is None or samples.start == 0 else part
            on.matmul(self._rows(rows, samples).mT, as_rows(dz[own, samples]), of_block[own])
            if of_block is not dW:
                on.add(dW[own], of_block[own], dW[own])

    def _fill(self, on: Program, rows: slice, samples: slice) -> None:
        """Copy the windows of one block into the matrix."""
        x = self.x[rows, samples]
        r, b = x.shape[:2]
        on.copy(x, self._inputs[:r, :b])
        on.copy(self._source[:r, :b], self._runs[:r, :b])

    def _rows(self, rows: slice, samples: slice) -> Array:
        r, b = rows.stop - rows.start, samples.stop - samples.start
        return self._matrix[:r, :b].reshape(r, -1, self._width)


@functools.lru_cache(maxsize=256)
def blocks(replicas: int, batch: int, size: int) -> list[tuple[slice, slice]]:
    """Pieces of (R, B) samples, given the numbers per sample: whole batches of some replicas, or part of one batch."""
    pieces = min(batch, -(-batch * size // COLUMNS))
    samples = -(-batch // pieces)
    together = 1 if pieces > 1 else min(replicas, max(1, COLUMNS // (size * batch)))
    return [
        (slice(r, min(r + together, replicas)), slice(b, min(b + samples, batch)))
        for r in range(0, replicas, together)
        for b in range(0, batch, samples)
    ]
