"""Universal approximation by construction."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from nncli.analysis.verdict import Quantity
from nncli.claims.measurements import Context, measurements
from nncli.experiments.construction import Construction, construct
from nncli.registry import option
from nncli.tasks import Task, tasks
from nncli.tasks.functions import Sampled

POINTS, BLOCK = 100_001, 5000
"""How many points are tried, and how many at once."""


@measurements.register("construct")
@dataclass(frozen=True, slots=True)
class Construct:
    """Construct: builds a network of one hidden layer that is close to a function everywhere, without training.

    Quantities: `units`; `bound`, the certified largest error; `error`, the largest on a grid of at least 100,001
    points, outside of where the function jumps.
    """

    task: Task = option(help="a function", part_of=tasks)
    tolerance: float = option(0.01, "the largest error allowed", gt=0)

    def measure(self, context: Context) -> Mapping[str, Quantity]:
        """See `nncli construct`."""
        found = construct(self.task, self.tolerance)
        return {"units": float(found.units.count), "bound": found.bound, "error": _largest_error(self.task, found)}


def _largest_error(task: Task, found: Construction) -> float:
    """The largest error on a grid."""
    if not isinstance(task, Sampled):
        raise TypeError("only functions are constructed")
    formula, inputs = task.formula(), len(found.units.W1)
    along = np.linspace(*found.domain, math.ceil(POINTS ** (1 / inputs)))
    x = np.stack([axis.ravel() for axis in np.meshgrid(*[along] * inputs)], axis=1)
    for low, high in found.excluded:
        x = x[(x[:, 0] <= low) | (x[:, 0] >= high)]
    blocks = np.array_split(x, -(-len(x) // BLOCK))
    return max(
        float(np.abs(found.units(own) - formula(dict(zip(formula.variables, own.T, strict=True)))).max())
        for own in blocks
    )
