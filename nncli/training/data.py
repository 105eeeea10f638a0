"""Rows in the form that the engine needs, and their batches."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from nncli.analysis.metric_names import Kind
from nncli.analysis.spread import almost_equal
from nncli.errors import UserError
from nncli.nn.arrays import AnyArray, Array
from nncli.nn.network import Network
from nncli.nn.workspace import Workspace
from nncli.seeds import Purpose, stream
from nncli.training.settings import rows_per_step, steps_per_epoch


@dataclass(frozen=True, slots=True)
class Rows:
    """One split, shared by all replicas: x (1, N, ...) as `Network.prepare` makes it, y (1, N, n_out)."""

    kind: Kind
    x: Array
    y: Array
    _pieces: dict[int, tuple[Array, Array]] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, network: Network, kind: Kind, inputs: AnyArray, targets: AnyArray) -> Rows:
        """Prepare rows for a network from (N, *shape) inputs and (N, n_out) targets.

        Raises:
            UserError: if they hold what the network's dtype cannot.
        """
        with np.errstate(over="ignore"):
            rows = cls(kind, network.prepare(inputs), np.ascontiguousarray(targets, network.theta.dtype)[None])
        if not (np.isfinite(rows.x).all() and np.isfinite(rows.y).all()):
            raise UserError(f"the data has numbers beyond the range of {network.theta.dtype}", hint="Try dtype=float64")
        return rows

    def __len__(self) -> int:
        return int(self.x.shape[1])

    def pieces(self, size: int, start: int = 0) -> Iterator[tuple[Array, Array]]:
        """The rows in their order from `start` on, up to `size` at a time.

        Pieces of the same length are the same two arrays, filled anew, to which a network stays bound.
        """
        for first in range(start, len(self), size):
            own = slice(first, min(first + size, len(self)))
            if own == slice(0, len(self)):
                yield self.x, self.y
                return
            x, y = self.x[:, own], self.y[:, own]
            piece = self._pieces.setdefault(x.shape[1], (np.empty_like(x), np.empty_like(y)))
            piece[0][...], piece[1][...] = x, y
            yield piece

    @property
    def target_range(self) -> float:
        """The range of the targets: 1 for binary targets and classes, else max y - min y; 1 if equal up to rounding."""
        if self.kind != "regression" or almost_equal(self.y.reshape(-1, 1)).all():
            return 1.0
        return min(float(self.y.max()) - float(self.y.min()), sys.float_info.max)


class Batches:
    """The batches of each epoch.

    All rows at once, or pieces of them in their order, are shared by the replicas; shuffled batches are gathered for
    each replica from its own permutation, a pure function of its seed and the epoch. Batches of one size are the same
    two arrays.
    """

    def __init__(self, rows: Rows, batch_size: int, shuffle: bool, seeds: Sequence[int]) -> None:
        self.rows, self.size = rows, rows_per_step(batch_size, len(rows))
        self.full = self.size == len(rows)
        self._whole = [(rows.x, rows.y)]
        self.shuffle = shuffle and not self.full
        self.seeds = list(seeds)
        self.steps = steps_per_epoch(len(rows), self.size)
        if self.shuffle:
            self._space = Workspace[str](len(seeds) * self.size, rows.x.dtype)
            self._order = np.empty((len(seeds), len(rows)), np.intp)
            self._index = np.empty(len(seeds) * self.size, np.intp)
            self._views: dict[int, tuple[Array, Array]] = {}

    def epoch(self, epoch: int, done: int = 0) -> Iterable[tuple[Array, Array]]:
        """The remaining batches (x, y) of an epoch; each is a view that the next one overwrites."""
        if self.full:
            return () if done else self._whole
        return self._in_new_order(epoch, done) if self.shuffle else self.rows.pieces(self.size, done * self.size)

    def _in_new_order(self, epoch: int, done: int) -> Iterator[tuple[Array, Array]]:
        for order, seed in zip(self._order, self.seeds, strict=True):
            order[:] = stream(seed, Purpose.SHUFFLE, epoch).permutation(len(self.rows))
        for start in range(done * self.size, len(self.rows), self.size):
            yield self._shuffled(start, min(start + self.size, len(self.rows)))

    def keep(self, rows: NDArray[np.intp]) -> None:
        """Keep only some replicas."""
        self.seeds = [self.seeds[r] for r in rows]
        if self.shuffle:
            self._order, self._views = self._order[rows], {}

    def _shuffled(self, start: int, stop: int) -> tuple[Array, Array]:
        """The rows that stand at these places of each replica's order."""
        count, size = len(self.seeds), stop - start
        index = self._index[: count * size].reshape(count, size)
        index[...] = self._order[:, start:stop]
        sources = self.rows.x, self.rows.y
        if size not in self._views:
            x, y = (self._space.view(name, count, size, s.shape[2:]) for name, s in zip("xy", sources, strict=True))
            self._views[size] = x, y
        for source, out in zip(sources, self._views[size], strict=True):
            # mode="clip" lets take write into `out` directly; the indices are right by construction.
            np.take(source[0], index, axis=0, out=out, mode="clip")
        return self._views[size]
