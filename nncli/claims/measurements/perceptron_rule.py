"""Rosenblatt's rule, update by update."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.analysis.verdict import Quantity
from nncli.claims.measurements import Context, measurements
from nncli.errors import UserError
from nncli.registry import option
from nncli.tasks import Task, tasks


@measurements.register("perceptron_rule")
@dataclass(frozen=True, slots=True)
class PerceptronRule:
    """Perceptron rule: counts the updates of Rosenblatt's rule on a task of two classes, and Novikoff's bound.

        w += (y - H(w·x)) x      for one row after the other, from w = 0, with 1 as the last coordinate of x
        updates <= R² / γ²       R = max ‖x‖,   γ = the largest margin min s w·x of any ‖w‖ = 1,   s = 2y - 1

    Quantities: `updates`, `bound` (inf if no hyperplane separates the classes), `learned`, whether an epoch without an
    update came within `epochs`.
    Source: Rosenblatt (1958); Novikoff (1962).
    """

    task: Task = option(help="a task of two classes", part_of=tasks)
    signs: bool = option(False, "whether inputs of 0 and 1 become -1 and 1")
    epochs: int = option(1000, "the most epochs", ge=1)

    def measure(self, context: Context) -> Mapping[str, Quantity]:
        """Run the rule on the rows in their order."""
        data = self.task.data()
        if data.kind != "binary" or data.targets.shape[1] != 1:
            raise UserError("Rosenblatt's rule needs a task of two classes")
        x = 2 * data.inputs - 1 if self.signs else data.inputs
        x = np.column_stack([x, np.ones(len(x))])
        y = data.targets[:, 0]
        updates, learned = count_updates(x, y, self.epochs)
        return {"updates": float(updates), "learned": float(learned), "bound": novikoff_bound(x, y)}


def count_updates(x: NDArray[np.float64], y: NDArray[np.float64], epochs: int) -> tuple[int, bool]:
    """The number of updates until an epoch needs none, or after some epochs; and whether one needed none."""
    w, updates = np.zeros(x.shape[1]), 0
    for _ in range(epochs):
        before = updates
        for row, target in zip(x, y, strict=True):
            error = target - float(row @ w >= 0)
            w += error * row
            updates += error != 0
        if updates == before:
            return updates, True
    return updates, False


def novikoff_bound(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """R² / γ² of rows x, with γ = 1 / min ‖w‖ subject to s w·x >= 1; inf if there is no such w."""
    from scipy.optimize import LinearConstraint, linprog, minimize

    signed = (2 * y - 1)[:, None] * x
    ones = np.ones(len(x))
    start = linprog(np.zeros(x.shape[1]), A_ub=-signed, b_ub=-ones, bounds=(None, None))
    if start.status != 0:
        return float("inf")
    separated = LinearConstraint(signed, lb=1)
    solve: Any = minimize  # its stubs know no constraints of matrices with gradients
    found = solve(_squared, start.x, jac=True, constraints=separated, method="SLSQP", options={"ftol": 1e-15})
    return float(np.square(x).sum(axis=1).max() * found.fun)


def _squared(w: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
    """‖w‖² and its gradient."""
    return float(w @ w), 2 * w
