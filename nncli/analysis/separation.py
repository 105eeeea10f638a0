"""Whether a hyperplane separates two classes, with the proof."""

from __future__ import annotations

import math
from collections.abc import Sequence
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


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether a hyperplane separates one class from another, or from all others.

    Attributes:
        classes: the names of both sides.
        sizes: the number of rows of each.
        proof: the hyperplane, or the certificate that there is none.
    """

    classes: tuple[str, str]
    sizes: tuple[int, int]
    proof: Hyperplane | Certificate


def answers_as_plain(answers: Sequence[Answer]) -> dict[str, Any]:
    """As `--json` prints them: one answer as it is; of several, all of them, and what they come to."""
    if len(answers) == 1:
        return answers[0].proof.as_plain()
    each = [
        {"class": own.classes[0], "against": own.classes[1], "rows": own.sizes[0], **own.proof.as_plain()}
        for own in answers
    ]
    separable = all(own["separable"] for own in each)
    margins = [own["margin"] for own in each if own["margin"] is not None]
    return {"separable": separable, "margin": min(margins, default=None) if separable else None, "classes": each}
