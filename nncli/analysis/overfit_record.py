"""Whether a network can memorize one batch, as a plain record."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias

Start: TypeAlias = Literal["as expected", "far from uniform", "against the targets", "with the targets"]
"""How the first loss compares with that of uniform outputs: close; above it, because the outputs are far from uniform,
or because they happen to contradict the targets; below it."""


@dataclass(frozen=True, slots=True)
class FirstLoss:
    """The loss of the batch before the first step.

    Attributes:
        loss: what it is.
        of_outputs: what it would be if the targets had nothing to do with the outputs.
        spread: of the inputs of the softmax or sigmoid, as a standard deviation.
        verdict: how it compares.
    """

    loss: float
    of_outputs: float
    spread: float
    verdict: Start


@dataclass(frozen=True, slots=True)
class SeedFit:
    """What became of one seed.

    Attributes:
        seed: its number.
        memorized_step: the step after which every output was within the tolerance; or the last, if every row is on the
            side of its class at the end; None if neither holds.
        within_tolerance: whether every output was within the tolerance.
        steps: how many were taken.
        loss: of the batch at the end; None if it diverged.
        score: accuracy or R² of the batch at the end; None if it diverged, or there is none.
        diverged: whether it did.
        contradictory: how many rows of the batch have the same inputs as another, and another target.
        first: the loss before the first step; None for a loss that has no expected one.
    """

    seed: int
    memorized_step: int | None
    within_tolerance: bool
    steps: int
    loss: float | None
    score: float | None
    diverged: bool
    contradictory: int
    first: FirstLoss | None


@dataclass(frozen=True, slots=True)
class BatchFit:
    """Whether the seeds of an experiment can each memorize one batch.

    Attributes:
        rows, of: the rows of the batch, and those of training.
        own: whether each seed has a batch of its own, as the rows are shuffled.
        most_steps: those of training, which is how long each seed tried.
        tolerance: how close to its target an output counts as right, as a fraction of the range of the targets.
        switched_off: the regularization that was left out.
        score: `accuracy` or `r2`.
        loss: the name of the loss.
        uniform: the loss of uniform outputs; None for a loss that has no expected one.
        of_uniform: the same as a formula, such as `ln 10`.
        seeds: what became of each.
    """

    rows: int
    of: int
    own: bool
    most_steps: int
    tolerance: float
    switched_off: tuple[str, ...]
    score: str
    loss: str
    uniform: float | None
    of_uniform: str
    seeds: tuple[SeedFit, ...]

    @property
    def memorized(self) -> int:
        """How many seeds memorized their batch."""
        return sum(own.memorized_step is not None for own in self.seeds)

    def as_plain(self) -> dict[str, Any]:
        """The object of `--json`."""
        return {
            "memorized": self.memorized == len(self.seeds),
            "batch": {"rows": self.rows, "of": self.of, "own": self.own},
            "most_steps": self.most_steps,
            "tolerance": self.tolerance,
            "switched_off": list(self.switched_off),
            "loss": self.loss,
            "score": self.score,
            "uniform_loss": self.uniform,
            "seeds": [_finite(asdict(own)) for own in self.seeds],
        }


def _finite(plain: dict[str, Any]) -> dict[str, Any]:
    """JSON has no infinite numbers."""
    return {
        key: _finite(value) if isinstance(value, dict) else _number(value) if isinstance(value, float) else value
        for key, value in plain.items()
    }


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
