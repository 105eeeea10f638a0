"""Windows that slide along sequences and over images, and the matrix that holds them as rows."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np

from nncli.errors import UserError
from nncli.nn.arrays import Array, as_rows
from nncli.nn.layers import Shape

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
            allowed=f"At most {(min(shape[:-1]) - 1) // dilation + 1} fits",
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


def items(x: Array) -> Any:
    """All n channels of a cell as one item, (..., n) to (...): NumPy copies it at once, not number by number."""
    return x.view(f"V{x.shape[-1] * x.itemsize}")[..., 0]


class Columns:
    """The windows of each sample as rows of a matrix ("im2col"), so that a convolution is a product of matrices.

    The matrix is built and used block by block, in one buffer that stays in the cache. Where a batch is cut depends on
    its size and never on R, and so do the bits of a sum over the blocks.

    Args:
        axes: the windows.
        channels: n, of the samples.
        replicas, batch: the largest R, and the B of the samples.
        dtype: float32 or float64.
        ones: whether a column of ones follows the others.
    """

    def __init__(self, axes: Axes, channels: int, replicas: int, batch: int, dtype: Any, ones: bool = False) -> None:
        along_y, along_x = axes
        places, self._width = along_y.count * along_x.count, along_y.kernel * along_x.kernel * channels + ones
        self._sample = places * self._width
        depth, samples = (piece.stop for piece in blocks(replicas, batch, self._sample)[0])
        padded = np.zeros((depth, samples, along_y.padded, along_x.padded, channels), dtype)
        self._inputs = padded[:, :, along_y.inputs, along_x.inputs]
        self._matrix: Array = np.empty((depth, samples, places, self._width), dtype)
        self._part: Array | None = None  # of dW, from one block: allocated if a batch has several
        if ones:
            self._matrix[..., -1] = 1
        # A run is contiguous both in the image and in the matrix: a row of a window, or one cell if it is dilated. As
        # one item of a void dtype it is copied at once; as numbers, NumPy would start a loop for every run.
        run = along_x.kernel if along_x.dilation == 1 else 1
        item = np.dtype(f"V{run * channels * padded.itemsize}")
        shape = (depth, samples, along_y.count, along_x.count, along_y.kernel, along_x.kernel // run)
        cell = channels * padded.itemsize
        r, b, y, x, _ = padded.strides
        strides = (r, b, y * along_y.stride, x * along_x.stride, y * along_y.dilation, x * along_x.dilation)
        self._source: Any = np.ndarray(shape, item, padded, strides=strides)
        r, b, place, _ = self._matrix.strides
        strides = (r, b, place * along_x.count, place, cell * along_x.kernel, cell)
        self._runs: Any = np.ndarray(shape, item, self._matrix, strides=strides)

    def times(self, x: Array, W: Array, out: Array) -> None:
        """out = windows(x) W, for x (R or 1, B, height, width, n), W (R, width, m), out (R, B, rows, columns, m)."""
        for rows, samples in blocks(*x.shape[:2], self._sample):
            own = rows if len(x) > 1 else slice(None)
            np.matmul(self._of(x[rows, samples]), W[own], out=as_rows(out[own, samples]))

    def gradient(self, x: Array, dz: Array, dW: Array) -> None:
        """dW = windows(x)ᵀ dz, summed over batch and positions; call it after `times` with the same x."""
        pieces = blocks(*x.shape[:2], self._sample)
        for rows, samples in pieces:
            own = rows if len(x) > 1 else slice(None)
            matrix = self._rows(*x.shape[:2]) if len(pieces) == 1 else self._of(x[rows, samples])
            if samples.start == 0:
                np.matmul(matrix.mT, as_rows(dz[own, samples]), out=dW[own])
            else:
                if self._part is None:
                    self._part = np.empty_like(dW)
                np.matmul(matrix.mT, as_rows(dz[own, samples]), out=self._part[own])
                dW[own] += self._part[own]

    def _of(self, x: Array) -> Array:
        """The matrix for the samples of one block."""
        r, b = x.shape[:2]
        self._inputs[:r, :b] = x
        self._runs[:r, :b] = self._source[:r, :b]
        return self._rows(r, b)

    def _rows(self, r: int, b: int) -> Array:
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
