"""What is tracked while training: the best weights, the lowest loss, cycling weights, weights along the way."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from nncli.nn.arrays import AnyArray, Array

State = Mapping[str, AnyArray]
"""The remembered state, by name: a row for each replica."""


class Watch(Protocol):
    """Something that is tracked for every replica still training."""

    def keep(self, rows: NDArray[np.intp]) -> None:
        """Keep only some replicas."""

    @property
    def state(self) -> State:
        """The remembered state; setting it restores an earlier one."""

    @state.setter
    def state(self, state: State) -> None: ...


class Best:
    """The weights with the lowest monitored loss so far (early stopping).

    Source: Prechelt (1998).
    """

    def __init__(self, theta: Array, min_delta: float) -> None:
        self.min_delta = min_delta
        self._loss = np.full(len(theta), np.inf)
        self._epoch = np.zeros(len(theta), int)
        self._theta = theta.copy()

    def see(self, epoch: int, loss: NDArray[np.float64], theta: Array) -> NDArray[np.intp]:
        """Record an epoch's loss and weights; returns how many epochs each replica has waited for a better loss."""
        better = loss < self._loss - self.min_delta
        self._loss[better], self._epoch[better] = loss[better], epoch
        self._theta[better] = theta[better]
        return epoch - self._epoch

    def restore(self, theta: Array, which: NDArray[np.bool_]) -> None:
        """Restore the best weights in some rows of `theta`."""
        theta[which] = self._theta[which]

    def epoch_of(self, r: int) -> int:
        """The epoch of a replica's best weights."""
        return int(self._epoch[r])

    def keep(self, rows: NDArray[np.intp]) -> None:
        """Keep only some replicas."""
        self._loss, self._epoch, self._theta = self._loss[rows], self._epoch[rows], self._theta[rows]

    @property
    def state(self) -> State:
        """The state of each replica."""
        return {"best_loss": self._loss, "best_epoch": self._epoch, "best_theta": self._theta}

    @state.setter
    def state(self, state: State) -> None:
        self._loss, self._epoch = state["best_loss"].copy(), state["best_epoch"].copy()
        self._theta = state["best_theta"].copy()


class Lowest:
    """The lowest validation loss of the recorded epochs, whether or not its weights are kept."""

    def __init__(self, replicas: int) -> None:
        self._loss = np.full(replicas, np.inf)
        self._epoch = np.full(replicas, -1)

    def see(self, rows: NDArray[np.intp], epoch: int, loss: NDArray[np.float64]) -> None:
        """Record the loss of some replicas in an epoch."""
        lower = loss < self._loss[rows]
        self._loss[rows[lower]], self._epoch[rows[lower]] = loss[lower], epoch

    def of(self, r: int) -> tuple[int, float] | tuple[None, None]:
        """The epoch and the loss for a replica; None if it never had a finite one."""
        return (int(self._epoch[r]), float(self._loss[r])) if self._epoch[r] >= 0 else (None, None)

    def keep(self, rows: NDArray[np.intp]) -> None:
        """Keep only some replicas."""
        self._loss, self._epoch = self._loss[rows], self._epoch[rows]

    @property
    def state(self) -> State:
        """The state of each replica."""
        return {"lowest_loss": self._loss, "lowest_epoch": self._epoch}

    @state.setter
    def state(self, state: State) -> None:
        self._loss, self._epoch = state["lowest_loss"].copy(), state["lowest_epoch"].copy()


class Cycles:
    """Whether weights return exactly to earlier ones: a deterministic rule then repeats forever.

    The perceptron on a task that is not linearly separable does so (Minsky & Papert 1969, the cycling theorem).
    """

    def __init__(self, replicas: int) -> None:
        self._digests: list[dict[bytes, int]] = [{} for _ in range(replicas)]  # digest to its first epoch
        self._start = np.full(replicas, -1)

    def see(self, epoch: int, theta: Array) -> None:
        """Record the weights at the end of an epoch, of every epoch from 0 on."""
        for r in np.flatnonzero(self._start < 0):
            digest = hashlib.sha256(theta[r].tobytes()).digest()
            earlier = self._digests[r].setdefault(digest, epoch)
            if earlier < epoch:
                self._start[r] = earlier

    def start_of(self, r: int) -> int | None:
        """The epoch from which a replica's weights repeat."""
        return int(self._start[r]) if self._start[r] >= 0 else None

    def keep(self, rows: NDArray[np.intp]) -> None:
        """Keep only some replicas."""
        self._digests, self._start = [self._digests[r] for r in rows], self._start[rows]

    @property
    def state(self) -> State:
        """The state of each replica; shorter lists of digests are padded with zeros."""
        counts = np.array([len(digests) for digests in self._digests], int)
        found = np.zeros((len(counts), max(counts, default=0), hashlib.sha256().digest_size), np.uint8)
        for row, digests in zip(found, self._digests, strict=True):
            row[: len(digests)] = np.frombuffer(b"".join(digests), np.uint8).reshape(-1, found.shape[2])
        return {"digests": found, "digest_count": counts, "cycle_start": self._start}

    @state.setter
    def state(self, state: State) -> None:
        pairs = zip(state["digests"], state["digest_count"], strict=True)
        self._digests = [{row.tobytes(): epoch for epoch, row in enumerate(rows[:count])} for rows, count in pairs]
        self._start = state["cycle_start"].copy()


class History:
    """The weights of each replica at some epochs, ascending (R, K, P); zeros at those that it has not reached."""

    def __init__(self, theta: Array, epochs: Sequence[int]) -> None:
        self._epochs = np.array(epochs)
        self._theta = np.zeros((len(theta), len(epochs), theta.shape[1]), theta.dtype)

    def see(self, epoch: int, theta: Array) -> None:
        """Keep the weights at the end of an epoch, if it is one of those."""
        self._theta[:, self._epochs == epoch] = theta[:, None]

    def of(self, r: int, epoch: int, theta: Array) -> Array:
        """The weights (K, P) of a replica that stops in an epoch; from then on, these final ones."""
        return np.where((self._epochs < epoch)[:, None], self._theta[r], theta)

    def keep(self, rows: NDArray[np.intp]) -> None:
        """Keep only some replicas."""
        self._theta = self._theta[rows]

    @property
    def state(self) -> State:
        """The state of each replica."""
        return {"history": self._theta}

    @state.setter
    def state(self, state: State) -> None:
        self._theta = state["history"].copy()
