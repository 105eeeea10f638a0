"""What a sweep would do: its trials, which are done, and the time and memory the rest would take."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nncli.studies.cost_estimate import PROCESS_BYTES, estimate
from nncli.studies.executors.choice import Where, slots_for
from nncli.studies.executors.processes import Processes
from nncli.studies.plan import Plan
from nncli.studies.trials import finished_runs


def forecast(plan: Plan, where: Where, runs_dir: Path) -> dict[str, Any]:
    """The plan with an estimate, as `--dry-run --json` prints it; nothing is trained, nothing is written.

    `seconds` is an upper bound that ignores early stopping and assumes a steady machine; for a cluster,
    it is the time of a single worker.
    """
    path = runs_dir / plan.folder
    done = finished_runs(path, [planned.trial for planned in plan.trials])
    found = {
        "study": plan.folder,
        "kind": "plan",
        "name": plan.name,
        "axes": list(plan.axes),
        "trials": len(plan.trials),
        "seeds": plan.seeds,
        "done": len(done),
        "epochs": plan.epochs,
        "plan": [
            {"trial": planned.id, "values": list(planned.values), "done": planned.trial.name in done}
            for planned in plan.trials
        ],
    }
    pending = plan.pending(done)
    if not pending:
        return found | {"stacks": 0, "processes": 0, "seconds": 0.0, "bytes": 0}
    slots = 1 if where.cluster else slots_for(where.jobs, pending)
    units = Processes(slots).units(pending)
    needed = estimate(units)
    return found | {
        "stacks": len(units),
        "processes": slots,
        "seconds": needed.seconds / slots,
        "bytes": slots * (PROCESS_BYTES + needed.bytes),
    }
