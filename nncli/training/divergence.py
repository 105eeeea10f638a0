"""Notice what is not finite in its step, before it reaches the weights."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from nncli.nn.arrays import Array
from nncli.nn.passes import Output
from nncli.runs.result_record import Divergence
from nncli.training.tracking import State


class DivergenceWatch:
    """The loss, gradient and weights of every step, for each replica still training.

    Attributes:
        norms: ‖g‖² of the last step (R,).
        loss: that of the last step (R,).
    """

    def __init__(self, theta: Array) -> None:
        self.norms: Array = np.full(len(theta), np.nan)
        self.loss: Array = np.full(len(theta), np.nan)
        self._sound, self._sound_step = theta.copy(), np.zeros(len(theta), int)  # finite weights, and their step
        self.attach(theta)

    def attach(self, theta: Array) -> None:
        """Watch these weights (R, P), which training changes in place."""
        self.theta = theta

    def see(self, output: Output, norms: Array) -> NDArray[np.bool_] | None:
        """Which replicas have a finite loss, gradient and weights in this step; None if all have."""
        self.norms = norms
        if output.is_finite():
            return None
        loss = output.loss
        finite: NDArray[np.bool_] = np.isfinite(norms) & np.isfinite(loss) & np.isfinite(self.theta).all(axis=1)
        return finite

    def hold(self) -> None:
        """Keep the norms of the last step through a pass that computes those of another gradient."""
        self.norms = self.norms.copy()

    def remember(self, which: NDArray[np.bool_], step: int) -> None:
        """Keep a copy of the weights of some replicas, which are finite."""
        self._sound[which], self._sound_step[which] = self.theta[which], step

    def describe(self, r: int, what: str, epoch: int, step: int) -> Divergence:
        """The divergence of a replica, whose last finite weights are left in `theta`."""
        found = Divergence(what, epoch, step, float(self.loss[r]) if step > 1 else None, step - 1)
        if not np.isfinite(self.theta[r]).all():  # no training step does that: a memory fault, or a faulty part
            self.theta[r] = self._sound[r]
            found = replace(found, what="weights", weights_step=int(self._sound_step[r]))
        return found

    def keep(self, rows: NDArray[np.intp]) -> None:
        """Keep only some replicas; `attach` gives their weights."""
        self.norms, self.loss = self.norms[rows], self.loss[rows]
        self._sound, self._sound_step = self._sound[rows], self._sound_step[rows]

    @property
    def state(self) -> State:
        """The state of each replica."""
        return {"norms": self.norms.astype(np.float64), "loss_before": self.loss}

    @state.setter
    def state(self, state: State) -> None:
        self.norms, self.loss = state["norms"].copy(), state["loss_before"].copy()
