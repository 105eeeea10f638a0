"""Networks that are constructed, not trained: one hidden layer of relu units within a tolerance of a function.

That such networks exist for every continuous function on a closed box is the universal approximation theorem (Cybenko
1989; Leshno, Lin, Pinkus & Schocken 1993 for relu); the constructions here are explicit, and their largest error is
bounded rigorously, between the points of any grid and with rounding.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from nncli.errors import UserError
from nncli.experiments.interpolant import Units, interpolant
from nncli.experiments.ridges import ridges
from nncli.tasks import Task, tasks
from nncli.tasks.functions import Sampled

MOST_UNITS = 4096
"""The most units of a constructed network."""

METHODS = {
    1: "piecewise-linear interpolation",
    2: "a sum of cosine waves, each piecewise linear",
}
"""What is constructed for a number of inputs."""

BOUND = "interval arithmetic on the formula and its slope, with rounding"
"""How the largest error is bounded."""


@dataclass(frozen=True, slots=True)
class Construction:
    """A constructed network and how close it is to its function.

    Attributes:
        formula, domain: the function, and the interval of each input.
        tolerance: what was asked for.
        units: the hidden layer and the output unit.
        method: what was constructed.
        bound: the largest error on the whole domain, outside `excluded`, is at most this.
        excluded: the intervals in which the formula jumps, or may: no continuous function is close to a jump.
    """

    formula: str
    domain: tuple[float, float]
    tolerance: float
    units: Units
    method: str
    bound: float
    excluded: tuple[tuple[float, float], ...]


def construct(task: Task, tolerance: float) -> Construction:
    """A network of one hidden layer that is within a tolerance of a task's function on its domain.

    The network is y = relu(x W1 + b1) W2 + b2, with x (N, k), W1 (k, n), b1 (n,), W2 (n, 1), b2 (1,), in float64.

    Raises:
        UserError: for a task that is not a function of one or two numbers; a function that is not bounded, or in two
            dimensions has a jump; a tolerance that would need more than `MOST_UNITS` units, or that rounding forbids.
    """
    if not isinstance(task, Sampled):
        names = ", ".join(name for name in tasks if issubclass(tasks.get(name), Sampled))
        given = f"{tasks.name_of(task)} is not a function of numbers on an interval"
        raise UserError(given, allowed=f"Functions: {names}")
    return _constructed(task, tolerance)


@lru_cache(maxsize=8)
def _constructed(task: Sampled, tolerance: float) -> Construction:
    formula, (low, high) = task.formula(), task.domain
    inputs = len(formula.variables)
    if inputs not in METHODS:
        raise UserError(f"the function has {inputs} inputs", allowed="Constructed are networks of 1 or 2 inputs")
    if inputs == 1:
        units, bound, excluded = interpolant(formula, low, high, tolerance, MOST_UNITS)
    else:
        units, bound = ridges(formula, low, high, tolerance, MOST_UNITS)
        excluded = ()
    if bound > tolerance:
        given = f"with rounding, the error is only known to be at most {bound:.3g}"
        raise UserError(given, hint=f"Try a tolerance of {2 * bound:.1g}")
    return Construction(formula.text, (low, high), tolerance, units, METHODS[inputs], bound, excluded)
