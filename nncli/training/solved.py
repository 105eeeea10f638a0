"""Whether a replica has solved its task: every training row is right."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from nncli.training.tracking import State


class Solved:
    """An epoch is solved if every training row was right when it was seen, and still is at the end of the epoch.

    Right means within `tolerance` of the target. So a full batch is judged on the pass that training needs anyway, the
    perceptron's epoch is its first without a mistake, and a full evaluation is done only if an epoch is promising.
    If training sees other outputs than prediction (dropout, batch normalization), only the end counts.
    """

    def __init__(self, replicas: int, tolerance: float, noisy: bool) -> None:
        self.tolerance, self.noisy = tolerance, noisy
        self._epoch = np.full(replicas, -1)
        self._right = np.ones(replicas, bool)  # not solved before, and no wrong row seen in this epoch
        self.promising = True  # whether some unsolved replica may be solved after this epoch
        self.newly = np.zeros(replicas, bool)
        self.open = True  # whether some replica has not been solved yet

    @property
    def watching(self) -> bool:
        """Whether the errors of the next batch are needed."""
        return self.open and self.promising and not self.noisy

    def begin_epoch(self) -> None:
        """Start a new epoch."""
        self.promising = self.open
        if self.open:
            self._right = self._epoch < 0

    def see(self, right: NDArray[np.bool_]) -> None:
        """Record whether every row of a batch was right, per replica."""
        self._right &= right
        self.promising = bool(np.count_nonzero(self._right))  # five times faster than any()

    def confirm(self, epoch: int, largest_error: NDArray[np.float64], *, untrained: bool) -> None:
        """Record the largest error over all training rows after an epoch; epoch 0 counts only if it is the last."""
        candidates = self._right if epoch > 0 else np.full(len(self._epoch), untrained)
        self.newly = candidates & (largest_error <= self.tolerance)
        self._epoch[self.newly] = epoch
        self.open = bool((self._epoch < 0).any())
        if not self.open:
            self._right = np.zeros_like(self._right)

    def is_solved(self, metrics: Mapping[str, float]) -> bool:
        """Whether these final metrics are those of a solution."""
        return metrics.get("train_max_error", np.inf) <= self.tolerance

    def epoch_of(self, r: int) -> int | None:
        """The first solved epoch of a replica."""
        return int(self._epoch[r]) if self._epoch[r] >= 0 else None

    def keep(self, rows: NDArray[np.intp]) -> None:
        """Keep only some replicas."""
        self._epoch, self._right, self.newly = self._epoch[rows], self._right[rows], self.newly[rows]

    @property
    def state(self) -> State:
        """The state of each replica."""
        return {"solved_epoch": self._epoch, "right": self._right}

    @state.setter
    def state(self, state: State) -> None:
        self._epoch, self._right = state["solved_epoch"].copy(), state["right"].copy()
        self.promising = bool(self._right.any())
        self.open = bool((self._epoch < 0).any())
