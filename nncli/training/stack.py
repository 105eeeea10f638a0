"""The replicas that are still training: everything that has a row for each of them, and leaves with it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from nncli.analysis.weight_epochs import weight_epochs
from nncli.nn.arrays import AnyArray
from nncli.nn.descent import Descent
from nncli.nn.network import Network
from nncli.training.data import Batches, Rows
from nncli.training.divergence import DivergenceWatch
from nncli.training.settings import Settings
from nncli.training.solved import Solved
from nncli.training.tracking import Best, Cycles, History, Lowest, Watch


class Stack:
    """Row r of every array is the replica `replicas[r]`; `keep` is the only way to leave.

    Args:
        network: freshly initialized.
        splits: `train`, and if present `validation` and `test`.
        settings: how to train.

    Attributes:
        replicas: the number of each row's replica, ascending.
        rates: the learning rate of each row (R,), before the schedule.
        descent: the optimizer with its slots.
        batches: each row's order of the training rows.
        divergence, solved, best, lowest, cycles, history: what is tracked for each row, if it is.
    """

    def __init__(self, network: Network, splits: Mapping[str, Rows], settings: Settings) -> None:
        self.network = network
        self.replicas = list(range(len(network.seeds)))
        self.rates = np.broadcast_to(np.ravel(settings.learning_rate), len(self.replicas))
        self.descent = Descent(
            settings.optimizer,
            network.theta,
            network.grad,
            network.segments,
            learning_rate=settings.learning_rate,
            clip_norm=settings.clip_norm,
        )
        rows, stop, count = splits["train"], settings.stop, len(self.replicas)
        self.batches = Batches(rows, settings.rows_per_step(len(rows)), settings.shuffle, network.seeds)
        self.divergence = DivergenceWatch(network.theta)
        self.solved = Solved(count, stop.tolerance * rows.target_range, noisy=not network.trains_as_it_predicts)
        self.best = Best(network.theta, stop.min_delta) if stop.patience is not None else None
        self.lowest = Lowest(count) if "validation" in splits else None
        self.cycles = Cycles(count) if settings.watch_cycles and not self.batches.shuffle else None
        kept = weight_epochs(settings.epochs) if "weights" in settings.record else None
        self.history = History(network.theta, kept) if kept is not None else None

    def __len__(self) -> int:
        return len(self.replicas)

    def keep(self, rows: NDArray[np.intp]) -> None:
        """Keep only some rows; the others leave the stack."""
        if len(rows) == len(self):
            return
        self.replicas, self.rates = [self.replicas[r] for r in rows], self.rates[rows]
        self.network.keep(rows)
        self.descent.keep(rows, self.network.theta, self.network.grad)
        self.batches.keep(rows)
        for watch in self._watches():
            watch.keep(rows)
        self.divergence.attach(self.network.theta)

    @property
    def arrays(self) -> dict[str, AnyArray]:
        """All that training changes, by name: a row for each replica. Views, valid until the next step."""
        slots = {f"slot_{name}": slot for name, slot in zip(self._slot_names, self.descent.slots, strict=True)}
        found: dict[str, AnyArray] = {"theta": self.network.theta, **self.divergence.state, **slots}
        found["random_states"] = self.network.random_states
        for watch in self._watches()[1:]:
            found |= watch.state
        return found

    def restore(self, arrays: Mapping[str, AnyArray], step: int) -> None:
        """Restore `arrays`, as they were after a step."""
        self.network.theta[...] = arrays["theta"]
        for name, slot in zip(self._slot_names, self.descent.slots, strict=True):
            slot[...] = arrays[f"slot_{name}"]
        self.network.random_states = arrays["random_states"]
        for watch in self._watches():
            watch.state = arrays
        self.divergence.remember(np.ones(len(self), bool), step)

    def hash_slots(self, r: int) -> str:
        """SHA-256 of a row of the optimizer's slots, concatenated, as little-endian bytes."""
        digest = hashlib.sha256()
        for slot in self.descent.slots:
            digest.update(np.ascontiguousarray(slot[r], slot.dtype.newbyteorder("<")).data)
        return digest.hexdigest()

    @property
    def _slot_names(self) -> tuple[str, ...]:
        return self.descent.optimizer.slots

    def _watches(self) -> list[Watch]:
        every = (self.divergence, self.solved, self.best, self.lowest, self.cycles, self.history)
        return [watch for watch in every if watch is not None]
