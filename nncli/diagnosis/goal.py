"""What a run should have reached: all rows of a table, or else what simple models reach on its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from nncli.analysis.metric_names import SCORE
from nncli.report.metric_text import NAMES
from nncli.report.numbers import percent, short
from nncli.runs.result_record import Result
from nncli.tasks import TaskData

Numbers = NDArray[np.float64]

NEIGHBORS = (1, 5, 15)
"""The numbers of nearest neighbors that vote."""
FEWEST = 10
"""Of fewer rows, leaving one out says too little."""
ROWS, COLUMNS = 2000, 1000
"""At most this number of rows is used, evenly spread, and of input numbers."""
QUICK_ROWS, QUICK_COLUMNS, QUICK_PRODUCTS = 300, 10, 2_000_000
"""Up to these numbers of rows and inputs, neighbors take less than 10 ms, and with this product a linear model."""
STANDARD_ERRORS = 2.5
"""How far below the reference a score must be to count as below."""
SLACK = 0.02
"""A score this far below the reference is as good."""


@dataclass(frozen=True)
class Goal:
    """The goal of a run.

    A table of all possible rows has to be solved, and so has a handful of rows. A sample may be noisy, so a network has
    to do as well on its training rows as the best of a few simple models does on rows that these have not seen: the
    mean or the largest class, a linear model, and nearest neighbors, each by leaving out one row at a time.

    Attributes:
        train: the training rows.
        metric: the score that decides, such as `accuracy`.
        has_to_solve: whether every row has to be right.
    Source: Cover & Hart (1967) for nearest neighbors; Allen (1974) for leaving out one row of a linear model.
    """

    train: TaskData

    @property
    def score(self) -> str:
        """`accuracy` or `r2`."""
        return SCORE[self.train.kind]

    @property
    def has_to_solve(self) -> bool:
        """Whether every row has to be right: a table of all, or so few that no simple model is a guide."""
        return self.train.complete or len(self.train.inputs) < FEWEST

    @cached_property
    def chance(self) -> float:
        """The score of predicting the largest class, or the mean."""
        return score_of_mean(self.train)

    @cached_property
    def references(self) -> dict[str, float]:
        """The score of each simple model on rows that it has not seen."""
        return reference_scores(self.train)

    @cached_property
    def reference(self) -> float:
        """The best of them."""
        return max([self.chance, *self.references.values()])

    @cached_property
    def wanted(self) -> float:
        """The least training score that counts as reached; if every row has to be right, that is 1, and not enough."""
        return 1.0 if self.has_to_solve else self._wanted(self.reference)

    def _wanted(self, reference: float) -> float:
        error = 0.0
        if self.score == "accuracy":
            error = (reference * (1 - reference) / len(self.train.inputs)) ** 0.5
        return max(reference - max(SLACK, STANDARD_ERRORS * error), self.chance + 0.1 * (1 - self.chance))

    def reached(self, metrics: Mapping[str, float | None], *, solved: bool) -> bool:
        """Whether a seed with these final metrics reached the goal."""
        score = metrics.get(f"train_{self.score}")
        return solved or (not self.has_to_solve and score is not None and score >= self.wanted)

    def reached_by(self, result: Result) -> tuple[int, ...]:
        """The seeds of a run that reached the goal."""
        return tuple(
            seed
            for r, seed in enumerate(result.seeds)
            if result.stop_reason[r] != "diverged"
            and self.reached({name: values[r] for name, values in result.metrics.items()}, solved=result.solved[r])
        )

    def is_plainly_missed(self, result: Result) -> bool:
        """Whether a seed of a run missed the goal, as far as that can be told in 10 ms.

        On many rows without their neighbors, and if they are wide, too, without a linear model.
        """
        if self.has_to_solve:
            return not all(result.solved)
        rows, columns = len(self.train.inputs), self.train.inputs[0].size
        if rows <= QUICK_ROWS and columns <= QUICK_COLUMNS:
            least = self.wanted
        elif rows * columns**2 <= QUICK_PRODUCTS:
            least = self._wanted(max([self.chance, *reference_scores(self.train, ()).values()]))
        else:
            least = self._wanted(self.chance)
        scores = result.metrics.get(f"train_{self.score}", (None,) * len(result.seeds))
        return any(
            not solved and (score is None or score < least) for solved, score in zip(result.solved, scores, strict=True)
        )

    def __str__(self) -> str:
        if self.has_to_solve:
            return f"all {len(self.train.inputs)} rows right"
        text = percent(self.wanted) if self.score == "accuracy" else short(self.wanted)
        wanted = f"{NAMES[self.score]} {text} on the training rows"
        if self.reference == self.chance:
            return wanted
        name = max(self.references, key=lambda own: self.references[own])
        return f"{wanted}, as {name} {'reach' if name.endswith('s') else 'reaches'} on rows left out"


def score_of_mean(data: TaskData) -> float:
    """The accuracy of the largest class, or the R² of the mean: 0."""
    if data.kind == "regression":
        return 0.0
    if data.targets.shape[1] == 1:
        share = float(data.targets.mean())
        return max(share, 1 - share)
    if data.kind == "binary":
        _, counts = np.unique(data.targets, axis=0, return_counts=True)
        return float(counts.max() / len(data.targets))
    return float(data.targets.mean(axis=0).max())


def reference_scores(data: TaskData, neighbors: Sequence[int] = NEIGHBORS) -> dict[str, float]:
    """The score of a linear model and of nearest neighbors, on rows left out one at a time; none for too few rows."""
    rows = np.linspace(0, len(data.inputs) - 1, min(ROWS, len(data.inputs))).astype(int)
    x = data.inputs[rows].reshape(len(rows), -1)
    y = data.targets[rows]
    if len(rows) < FEWEST:
        return {}
    x = x[:, np.linspace(0, x.shape[1] - 1, min(COLUMNS, x.shape[1])).astype(int)]
    spread = x.std(axis=0)
    x = (x - x.mean(axis=0)) / np.where(spread > 0, spread, 1)
    found = {"a linear model": _score(data, _linear(x, y), y)}
    if not neighbors:
        return found
    near = _neighbors(x, max(neighbors))
    for k in neighbors:
        if k < len(rows):
            name = "the nearest neighbor" if k == 1 else f"{k} nearest neighbors"
            found[name] = _score(data, y[near[:, :k]].mean(axis=1), y)
    return found


def _linear(x: Numbers, y: Numbers) -> Numbers:
    """Ridge regression, each row predicted without itself: y - (y - ŷ) / (1 - h)."""
    ones = np.column_stack([x, np.ones(len(x))])
    gram = ones.T @ ones + 1e-3 * len(x) * np.eye(ones.shape[1])
    solved = np.linalg.solve(gram, ones.T)
    h = np.einsum("ij,ji->i", ones, solved)
    residual: Numbers = (y - ones @ (solved @ y)) / np.maximum(1 - h, 1e-6)[:, None]
    return y - residual


def _neighbors(x: Numbers, k: int) -> NDArray[np.intp]:
    """The k nearest other rows of each row, nearest first, (N, k)."""
    squares = np.square(x).sum(axis=1)
    distance = squares[:, None] + squares[None] - 2 * x @ x.T
    np.fill_diagonal(distance, np.inf)
    return np.argsort(distance, axis=1, kind="stable")[:, :k]


def _score(data: TaskData, predicted: Numbers, y: Numbers) -> float:
    if data.kind == "regression":
        spread = float(np.square(y - y.mean(axis=0)).sum())
        return 1 - float(np.square(y - predicted).sum()) / spread if spread > 0 else 1.0
    if data.kind == "classes":
        return float((predicted.argmax(axis=1) == y.argmax(axis=1)).mean())
    return float(((predicted >= 0.5) == (y >= 0.5)).all(axis=1).mean())
