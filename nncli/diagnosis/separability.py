"""Can one straight line (plane, hyperplane) separate the two classes?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

INFEASIBLE = 2
"""The status of `scipy.optimize.linprog` for an infeasible program."""


def linearly_separable(inputs: NDArray[np.float64], targets: NDArray[np.float64]) -> bool:
    """Whether some w, b give w·x + b ≥ 1 where the target is 1, and ≤ -1 where it is 0.

    A linear program looks for such w and b, on inputs scaled to [-1, 1]; the answer is False only if it proves that
    there are none, to its tolerance of about 1e-7.

    Args:
        inputs: (N, n_in).
        targets: (N,) of 0 and 1.
    Source: Minsky & Papert (1969) for the question; Mangasarian (1965) for the program.
    """
    from scipy.optimize import linprog

    sign = np.where(targets >= 0.5, 1.0, -1.0)
    middle, half = (inputs.max(axis=0) + inputs.min(axis=0)) / 2, np.ptp(inputs, axis=0) / 2
    scaled = (inputs - middle) / np.where(half > 0, half, 1.0)
    rows = -sign[:, None] * np.column_stack([scaled, np.ones(len(inputs))])
    found = linprog(np.zeros(rows.shape[1]), A_ub=rows, b_ub=-np.ones(len(rows)), bounds=(None, None), method="highs")
    return bool(found.status != INFEASIBLE)
