"""Can a hyperplane separate two classes? Answered with a proof: a hyperplane, or a point that both classes surround."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.analysis.separation import Certificate, Hyperplane, Vector, Weighted
from nncli.diagnosis.exact_feasibility import feasible, solve

TIDY = (1, 2, 10, 100, 1000, 10_000)
"""Denominators to which the numbers of a hyperplane are rounded if they still separate with almost the same margin."""

FEW = 64
"""The largest number of inputs in all rows together for which `linearly_separable` does without floats."""


def separate(inputs: NDArray[np.float64], positive: NDArray[np.bool_]) -> Hyperplane | Certificate:
    """A hyperplane between two classes, or a certificate that there is none.

    A linear program in floats proposes; exact rational arithmetic on the very floats of the rows checks. Where the
    floats cannot tell, the program is solved exactly, by Bland's rule.

    Args:
        inputs: (N, n), finite.
        positive: (N,), which rows are of the first class.
    Source: Minsky & Papert (1969) for the question; Gordan (1873) for the alternative; Carathéodory (1907) for n + 2;
        Bland (1977).
    """
    if positive.all() or not positive.any():
        bias = Fraction(1 if positive.any() else -1)
        return Hyperplane((Fraction(0),) * inputs.shape[1], bias, math.inf)
    if (twins := _twins(inputs, positive)) is not None:
        first, second = twins
        return Certificate(((first, Fraction(1)),), ((second, Fraction(1)),), _exact(inputs[first]))
    return _proposed(inputs, positive) or _decided(inputs, positive)


def linearly_separable(inputs: NDArray[np.float64], targets: NDArray[np.float64]) -> bool:
    """Whether a hyperplane has all targets of 1 on one side and all of 0 on the other. Shapes: (N, n), (N,).

    Of up to `FEW` numbers, exact arithmetic alone decides: that takes milliseconds, and loads nothing.
    """
    positive = targets >= 0.5
    few = inputs.size <= FEW and positive.any() and not positive.all()
    return isinstance(_decided(inputs, positive) if few else separate(inputs, positive), Hyperplane)


def _twins(inputs: NDArray[np.float64], positive: NDArray[np.bool_]) -> tuple[int, int] | None:
    """A row of each class at the same point."""
    seen = {row.tobytes(): index for index, row in enumerate(inputs + 0.0) if positive[index]}  # + 0.0: -0 is 0
    for index, row in enumerate(inputs + 0.0):
        if not positive[index] and row.tobytes() in seen:
            return seen[row.tobytes()], index
    return None


def _proposed(inputs: NDArray[np.float64], positive: NDArray[np.bool_]) -> Hyperplane | Certificate | None:
    """What a linear program in floats finds, if exact arithmetic confirms it."""
    from scipy.optimize import linprog

    middle, half = (inputs.max(axis=0) / 2 + inputs.min(axis=0) / 2), inputs.max(axis=0) / 2 - inputs.min(axis=0) / 2
    half = np.where(half > 0, half, 1.0)
    scaled = (inputs - middle) / half
    rows = np.vstack([np.where(positive, 1.0, -1.0) * scaled.T, positive, ~positive])
    found = linprog(np.zeros(len(inputs)), A_eq=rows, b_eq=[*np.zeros(inputs.shape[1]), 1, 1], method="highs-ds")
    if found.status == 0:
        return _certificate(inputs, positive, np.flatnonzero(np.asarray(found.x) > 1e-12))
    w, b = _widest(scaled, positive)
    w = np.where(np.abs(w) < 1e-9 * np.abs(w).max(), 0.0, w)  # else an input that hardly varies would count most
    return _hyperplane(inputs, positive, w / half, b - float((w / half) @ middle))


def _widest(scaled: NDArray[np.float64], positive: NDArray[np.bool_]) -> tuple[NDArray[np.float64], float]:
    """w and b of a hyperplane with a large margin in scaled inputs, from a linear program and then a polish."""
    from scipy.optimize import linprog

    sign = np.where(positive, 1.0, -1.0)
    rows = -sign[:, None] * np.column_stack([scaled, np.ones(len(scaled))])
    n = scaled.shape[1]
    # |w| <= 1 elementwise and the largest t with s (w·x + b) >= t: the margin in the 1-norm, which is a linear program.
    found = linprog(
        np.array([*np.zeros(n + 1), -1.0]),
        A_ub=np.column_stack([rows, np.ones(len(rows))]),
        b_ub=np.zeros(len(rows)),
        bounds=[*[(-1, 1)] * n, (None, None), (None, None)],
        method="highs",
    )
    if found.status != 0:
        return np.zeros(n), 0.0  # which exact arithmetic will refuse
    solution = np.asarray(found.x)
    w, b = solution[:n], float(solution[n])
    return _polished(scaled, sign, w, b) or (w, b)


def _polished(
    scaled: NDArray[np.float64], sign: NDArray[np.float64], w: NDArray[np.float64], b: float
) -> tuple[NDArray[np.float64], float] | None:
    """The hyperplane with the largest Euclidean margin, from one that separates."""
    from scipy.optimize import LinearConstraint, minimize

    reach = float((sign * (scaled @ w + b)).min())
    if len(scaled) * len(w) > 20_000 or reach <= 0:
        return None
    solve_program: Any = minimize  # its stubs know no linear constraints
    n = len(w)
    found = solve_program(
        lambda v: (float(v[:n] @ v[:n]), np.array([*(2 * v[:n]), 0.0])),
        np.array([*w, b]) / reach,
        jac=True,
        constraints=LinearConstraint(sign[:, None] * np.column_stack([scaled, np.ones(len(scaled))]), lb=1),
        method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 200},
    )
    better = np.asarray(found.x)
    return (better[:n], float(better[n])) if np.isfinite(better).all() else None


def _hyperplane(
    inputs: NDArray[np.float64], positive: NDArray[np.bool_], w: NDArray[np.float64], b: float
) -> Hyperplane | None:
    """The hyperplane with the tidiest numbers near w and b, if it separates exactly."""
    size = max(float(np.abs(w).max()), 5e-324)
    rows = _Whole.of(inputs)
    exact = _checked(rows, positive, [Fraction(float(v) / size) for v in w], Fraction(float(b) / size))
    if exact is None:
        return None
    for denominator in TIDY:
        weights = [Fraction(float(v) / size).limit_denominator(denominator) for v in w]
        bias = Fraction(float(b) / size).limit_denominator(denominator)
        tidy = _checked(rows, positive, weights, bias)
        if tidy is not None and tidy.margin >= 0.999_999 * exact.margin:
            return tidy
    return exact


@dataclass(frozen=True, slots=True)
class _Whole:
    """Rows as whole numbers, which add faster than fractions: inputs[:, j] = numbers[:, j] / denominators[j]."""

    numbers: NDArray[np.object_]
    denominators: tuple[int, ...]

    @classmethod
    def of(cls, inputs: NDArray[np.float64]) -> _Whole:
        columns = [[value.as_integer_ratio() for value in column.tolist()] for column in inputs.T]
        common = tuple(max(below for _, below in column) for column in columns)  # each is a power of two
        numbers = [
            [above * (own // below) for above, below in column] for column, own in zip(columns, common, strict=True)
        ]
        return cls(np.array(numbers, object).T, common)


def _checked(
    rows: _Whole, positive: NDArray[np.bool_], weights: Sequence[Fraction], bias: Fraction
) -> Hyperplane | None:
    """The hyperplane, if every row is on its side, in exact arithmetic."""
    parts = [weight / own for weight, own in zip(weights, rows.denominators, strict=True)]
    common = math.lcm(*(part.denominator for part in (*parts, bias)))
    whole = [part.numerator * (common // part.denominator) for part in (*parts, bias)]
    distances = rows.numbers @ np.array(whole[:-1], object) + whole[-1]
    if not np.where(positive, distances > 0, distances < 0).all():
        return None
    norm = math.hypot(*map(float, weights))
    nearest = float(Fraction(int(np.abs(distances).min()), common))
    return Hyperplane(tuple(weights), bias, nearest / norm if norm else math.inf)


def _certificate(
    inputs: NDArray[np.float64], positive: NDArray[np.bool_], support: NDArray[np.intp]
) -> Certificate | None:
    """The certificate on some rows, solved exactly; None if no weights of these rows are positive and fit."""
    columns = [_column(inputs[i], bool(positive[i])) for i in support]
    weights = solve(columns, _right_side(inputs.shape[1]))
    if weights is None or any(weight < 0 for weight in weights):
        return None
    return _of_weights(inputs, positive, dict(zip(support.tolist(), weights, strict=True)))


def _decided(inputs: NDArray[np.float64], positive: NDArray[np.bool_]) -> Hyperplane | Certificate:
    """The answer by exact arithmetic alone."""
    columns = [_column(row, bool(side)) for row, side in zip(inputs, positive, strict=True)]
    weights, multipliers = feasible(columns, _right_side(inputs.shape[1]))
    if weights is not None:
        return _of_weights(inputs, positive, weights)
    # Farkas: w·x + u <= 0 on one class, -w·x + v <= 0 on the other, u + v > 0. So -w separates, halfway at (v - u) / 2.
    *w, u, v = multipliers
    size = max(map(abs, w))
    found = _checked(_Whole.of(inputs), positive, [-value / size for value in w], (v - u) / (2 * size))
    if found is None:
        raise ArithmeticError("an exact proof does not hold")
    return found


def _of_weights(inputs: NDArray[np.float64], positive: NDArray[np.bool_], weights: dict[int, Fraction]) -> Certificate:
    used = [(row, weight) for row, weight in weights.items() if weight > 0]
    sides = [tuple(pair for pair in used if bool(positive[pair[0]]) is side) for side in (True, False)]
    points = [_weighted_sum(inputs, side) for side in sides]
    if points[0] != points[1] or any(sum(w for _, w in side) != 1 for side in sides):
        raise ArithmeticError("an exact certificate does not hold")
    return Certificate(sides[0], sides[1], points[0])


def _weighted_sum(inputs: NDArray[np.float64], side: Weighted) -> Vector:
    terms = [[weight * value for value in _exact(inputs[row])] for row, weight in side]
    return tuple(sum(column, Fraction(0)) for column in zip(*terms, strict=True))


def _column(row: NDArray[np.float64], positive: bool) -> list[Fraction]:
    """The column of a row in  Σ λ x - Σ μ x = 0,  Σ λ = 1,  Σ μ = 1."""
    exact = _exact(row)
    return [*(exact if positive else (-value for value in exact)), Fraction(positive), Fraction(not positive)]


def _right_side(n: int) -> list[Fraction]:
    return [*[Fraction(0)] * n, Fraction(1), Fraction(1)]


def _exact(row: NDArray[np.float64]) -> Vector:
    return tuple(map(Fraction, row.tolist()))
