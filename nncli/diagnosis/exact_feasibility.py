"""Linear equations and their nonnegative solutions, in exact rational arithmetic."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

Column = Sequence[Fraction]


def solve(columns: Sequence[Column], right: Sequence[Fraction]) -> list[Fraction] | None:
    """The x of Σ_j x_j columns[j] = right, by elimination; None if there is none, or more than one.

    The equations are multiplied by their denominators; then the elimination is free of fractions: with the pivots
    p_0 = 1, p_1, ..., each step (p_k row_i - row_i[k] row_k) / p_(k-1) is a whole number, a minor of the matrix.

    Source: Bareiss (1968).
    """
    rows = [_whole([*(column[i] for column in columns), right[i]]) for i in range(len(right))]
    n, last = len(columns), 1
    for j in range(n):
        pivot = next((i for i in range(j, len(rows)) if rows[i][j]), None)
        if pivot is None:
            return None
        rows[j], rows[pivot] = rows[pivot], rows[j]
        own = rows[j]
        for i in range(j + 1, len(rows)):
            factor = rows[i][j]
            rows[i] = [(own[j] * a - factor * b) // last for a, b in zip(rows[i], own, strict=True)]
        last = own[j]
    if any(row[-1] for row in rows[n:]):
        return None
    scaled = [0] * n  # x times the last pivot, the determinant, which is whole by Cramer's rule
    for j in reversed(range(n)):
        known = sum(rows[j][k] * scaled[k] for k in range(j + 1, n))
        scaled[j] = (last * rows[j][-1] - known) // rows[j][j]
    return [Fraction(value, last) for value in scaled]


def _whole(values: Column) -> list[int]:
    """The values times their least common denominator."""
    common = math.lcm(*(value.denominator for value in values))
    return [value.numerator * (common // value.denominator) for value in values]


def feasible(columns: Sequence[Column], right: Sequence[Fraction]) -> tuple[dict[int, Fraction] | None, list[Fraction]]:
    """An x >= 0 with Σ_j x_j columns[j] = right >= 0; or multipliers y that prove there is none.

        y·columns[j] <= 0 for every j,   y·right > 0

    The first phase of the simplex method, with Bland's rule, which cannot cycle.

    Returns:
        The nonzero x by column, at most one for each equation, or None; and y.
    Source: Bland (1977); Farkas (1902).
    """
    m, n = len(right), len(columns)
    # Artificial variables n, ..., n + m - 1 start as the basis; the last row is the cost of what they still hold.
    rows = [[*(column[i] for column in columns), *(Fraction(i == k) for k in range(m)), right[i]] for i in range(m)]
    cost = [-sum((row[j] for row in rows), Fraction(0)) for j in range(n)]
    rows.append([*cost, *[Fraction(0)] * m, -sum(right, Fraction(0))])
    basis = [*range(n, n + m)]
    while (j := next((j for j in range(n) if rows[-1][j] < 0), None)) is not None:
        ratios = [(rows[i][-1] / rows[i][j], basis[i], i) for i in range(m) if rows[i][j] > 0]
        _, _, i = min(ratios)
        _eliminate(rows, i, j)
        basis[i] = j
    if rows[-1][-1] == 0:
        return {j: rows[i][-1] for i, j in enumerate(basis) if j < n and rows[i][-1]}, []
    return None, [1 - rows[-1][n + k] for k in range(m)]


def _eliminate(rows: list[list[Fraction]], i: int, j: int) -> None:
    """Make column j the unit vector of row i."""
    pivot = rows[i][j]
    rows[i] = own = [value / pivot for value in rows[i]]
    for k, row in enumerate(rows):
        if k != i and (factor := row[j]):
            rows[k] = [value - factor * other if other else value for value, other in zip(row, own, strict=True)]
