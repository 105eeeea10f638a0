"""Universal approximation by construction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nncli.analysis.verdict import Quantity
from nncli.claims.measurements import Context, measurements
from nncli.experiments.construction import construct
from nncli.registry import option
from nncli.tasks import Task, tasks


@measurements.register("construct")
@dataclass(frozen=True, slots=True)
class Construct:
    """Construct: builds a network of one hidden layer that is close to a function everywhere, without training.

    Quantities: `units`; `bound`, the certified largest error.
    """

    task: Task = option(help="a function", part_of=tasks)
    tolerance: float = option(0.01, "the largest error allowed", gt=0)

    def measure(self, context: Context) -> Mapping[str, Quantity]:
        """See `nncli construct`."""
        found = construct(self.task, self.tolerance)
        return {"units": float(found.units.count), "bound": found.bound}
