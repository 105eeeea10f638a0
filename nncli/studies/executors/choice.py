"""Which executor trains a study: a small one finishes in this process before others would have started."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from nncli.studies.cost_estimate import estimate
from nncli.studies.executors.in_process import InProcess
from nncli.studies.executors.processes import Processes
from nncli.studies.executors.supervisor import Executor, Watcher
from nncli.studies.executors.work_unit import units_of
from nncli.studies.trials import Trial

SMALL = 3.0
"""Seconds of training below which processes, each of which takes half a second to start, are not worth it."""


@dataclass(frozen=True, slots=True)
class Where:
    """Where a study is to be trained.

    Attributes:
        jobs: maximum number of processes; None for one per processor.
        cluster: the address of a Dask scheduler, such as `tcp://127.0.0.1:8786`, in place of processes.
    """

    jobs: int | None = None
    cluster: str | None = None


LOCAL = Where()


def make_executor(where: Where, trials: Sequence[Trial], watcher: Watcher) -> Executor:
    """The executor for these trials; uses processes only if the work is worth it.

    Raises:
        UserError: if a cluster does not answer, or the watcher asks to stop before it does.
    """
    if where.cluster is not None:
        from nncli.studies.executors.cluster import Cluster

        return Cluster(where.cluster, watcher)
    slots = slots_for(where.jobs, trials)
    return InProcess() if slots == 1 else Processes(slots)


def slots_for(jobs: int | None, trials: Sequence[Trial], patience: float = 0.1) -> int:
    """How many processes to use for trials: 1 if the current one is enough."""
    slots = min(jobs or processors(), len(trials))
    if slots <= 1 or estimate(units_of(trials), patience).seconds < SMALL:
        return 1
    return slots


def processors() -> int:
    """The processors that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS, Windows
        return os.cpu_count() or 1
