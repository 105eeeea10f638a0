"""The protocol of observers of a training run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from nncli.training.flow import LayerFlow
from nncli.training.metrics import Metrics
from nncli.training.snapshot import Snapshot


class Recorder(Protocol):
    """An observer of a training run: the run directory, a progress line, a test."""

    def record(self, replicas: list[int], epoch: int, step: int, metrics: Metrics) -> None:
        """Take the metrics of some replicas, an array each, at the end of an epoch."""

    def record_flow(self, epoch: int, flows: Mapping[int, Sequence[LayerFlow]]) -> None:
        """Take what flows through the layers of some replicas, if that is to be recorded, after their metrics."""

    def tick(self, epoch: int, step: int, loss: NDArray[np.floating], take: Callable[[], Snapshot]) -> bool:
        """Called after every step with the batch's loss (R,). True asks the run to stop now.

        `take()` returns everything needed to resume from here later.
        """
