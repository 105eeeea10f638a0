"""Whether a hyperplane separates two classes, with the proof."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

Vector: TypeAlias = tuple[Fraction, ...]
Weighted: TypeAlias = tuple[tuple[int, Fraction], ...]
"""Rows, counted from 0, with their weights."""


@dataclass(frozen=True, slots=True)
class Hyperplane:
    """w·x + b > 0 for every row of one class, < 0 for every row of the other, in exact arithmetic.

    Attributes:
        weights, bias: w and b.
        margin: the smallest distance of a row from it, min |w·x + b| / ‖w‖; inf if there is one class only.
    """

    weights: Vector
    bias: Fraction
    margin: float

    def as_plain(self) -> dict[str, Any]:
        """As `--json` prints it: exact numbers as text such as 1/2."""
        hyperplane = {"weights": [str(weight) for weight in self.weights], "bias": str(self.bias)}
        margin = self.margin if math.isfinite(self.margin) else None
        return {"separable": True, "margin": margin, "hyperplane": hyperplane}


@dataclass(frozen=True, slots=True)
class Certificate:
    """Weights that give the same point from both classes, so that no hyperplane is between them.

        Σ λ_i x_i = Σ μ_j x_j = point,   Σ λ_i = Σ μ_j = 1,   λ, μ > 0

    w·x + b would be positive at the point, as it is at all x_i, and negative, as at all x_j.

    Attributes:
        positive, negative: the rows of each class with their weights; at most n + 2 rows in all.
        point: the common point.
    """

    positive: Weighted
    negative: Weighted
    point: Vector

    def as_plain(self) -> dict[str, Any]:
        """As `--json` prints it: rows counted from 1, exact numbers as text such as 1/2."""
        sides = {
            name: [[row + 1, str(weight)] for row, weight in side]
            for name, side in (("positive", self.positive), ("negative", self.negative))
        }
        return {"separable": False, "margin": None, "certificate": sides | {"point": [str(x) for x in self.point]}}
