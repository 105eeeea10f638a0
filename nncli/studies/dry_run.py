"""What a sweep would do: its trials, which are done, and the time and memory the rest would take."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nncli.analysis.sweep_record import PlannedRow, SweepForecast
from nncli.studies.cost_estimate import PROCESS_BYTES, estimate
from nncli.studies.executors.choice import Where, slots_for
from nncli.studies.executors.processes import Processes
from nncli.studies.plan import Plan
from nncli.studies.trials import Trial, finished_runs


def forecast(plan: Plan, where: Where, runs_dir: Path) -> SweepForecast:
    """The plan with an estimate; nothing is trained, nothing is written.

    `seconds` is an upper bound that ignores early stopping and assumes a steady machine; for a cluster,
    it is the time of a single worker.
    """
    path = runs_dir / plan.folder
    done = finished_runs(path, [planned.trial for planned in plan.trials])
    pending = plan.pending(done)
    stacks, processes, seconds, size = _cost(pending, where) if pending else (0, 0, 0.0, 0)
    return SweepForecast(
        study=plan.folder,
        name=plan.name,
        axes=plan.axes,
        trials=len(plan.trials),
        seeds=plan.seeds,
        done=len(done),
        epochs=plan.epochs,
        plan=tuple(PlannedRow(own.id, own.values, own.trial.name in done) for own in plan.trials),
        stacks=stacks,
        processes=processes,
        seconds=seconds,
        bytes=size,
        made_by=plan.made_by,
    )


def _cost(pending: Sequence[Trial], where: Where) -> tuple[int, int, float, int]:
    """The stacks, processes, seconds and bytes of training trials."""
    slots = 1 if where.cluster else slots_for(where.jobs, pending)
    units = Processes(slots).units(pending)
    needed = estimate(units)
    return len(units), slots, needed.seconds / slots, slots * (PROCESS_BYTES + needed.bytes)
