"""Training in memory: what becomes of seeds, without a run directory."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from nncli.config.experiment import Experiment
from nncli.experiments.assembly import build_network, build_rows, build_settings
from nncli.experiments.start import write_start
from nncli.threads import limited_threads
from nncli.training.flow import LayerFlow
from nncli.training.loop import Training
from nncli.training.metrics import Metrics
from nncli.training.snapshot import Snapshot

Watch = Callable[[int], bool]
"""Called after every step with the number of replicas that took it; True asks to stop."""


def unwatched(_: int) -> bool:
    """Do not stop."""
    return False


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of seeds.

    Attributes:
        epochs: the most that were trained; a seed that solved its rows stopped earlier.
        whole: whether those are all that were planned.
        solved, diverged, metrics: of each seed, at its end.
    """

    seeds: tuple[int, ...]
    epochs: int
    whole: bool
    solved: tuple[bool, ...]
    diverged: tuple[bool, ...]
    metrics: tuple[Mapping[str, float], ...]


@dataclass(frozen=True, slots=True)
class Until:
    """A recorder that records nothing, and stops after some steps."""

    steps: int

    def record(self, replicas: list[int], epoch: int, step: int, metrics: Metrics) -> None:
        """See `Recorder`."""

    def record_flow(self, epoch: int, flows: Mapping[int, Sequence[LayerFlow]]) -> None:
        """See `Recorder`."""

    def tick(self, epoch: int, step: int, loss: NDArray[np.floating], take: Callable[[], Snapshot]) -> bool:
        """See `Recorder`."""
        return step >= self.steps


def train_in_memory(experiment: Experiment, epochs: int) -> Trial:
    """Train the seeds of an experiment for its first epochs, to the same bits as in a run."""
    with limited_threads(experiment.threads):
        network = build_network([experiment])
        write_start([experiment], network)
        settings = build_settings([experiment])
        settings = replace(settings, record=(), log_every=max(1, settings.epochs))
        until = Until(epochs * experiment.steps_per_epoch)
        outcomes = Training(network, build_rows(experiment, network), settings, until).run()
    return Trial(
        tuple(outcome.seed for outcome in outcomes),
        epochs,
        epochs >= settings.epochs,
        tuple(outcome.solved for outcome in outcomes),
        tuple(outcome.stop_reason == "diverged" for outcome in outcomes),
        tuple(outcome.metrics for outcome in outcomes),
    )
