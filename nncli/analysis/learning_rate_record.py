"""What a search for a learning rate found, as a plain record."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ShortRuns:
    """What became of every seed in a short run with one rate.

    Attributes:
        rate: the learning rate.
        solved_epoch: of each seed, if it solved its rows and that ends its training.
        loss: the final loss of each seed, on its training rows or, if larger, its validation rows; None if it diverged.
        mean_rank: among the rates, over the seeds, 1 is best; None if no rate trains.
    """

    rate: float
    solved_epoch: tuple[int | None, ...]
    loss: tuple[float | None, ...]
    mean_rank: float | None

    @property
    def solved(self) -> int:
        """How many seeds solved their rows."""
        return sum(epoch is not None for epoch in self.solved_epoch)

    @property
    def diverged(self) -> int:
        """How many seeds diverged."""
        return sum(loss is None for loss in self.loss)


@dataclass(frozen=True, slots=True)
class RangeTest:
    """The loss of every batch while the rate rises.

    Attributes:
        rates: of each step.
        losses: of each seed, one for each step; NaN from its divergence on.
    """

    rates: tuple[float, ...]
    losses: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class RateSearch:
    """A search for a learning rate.

    Attributes:
        configured: the rate of the config.
        seeds: all of them.
        epochs, planned: those of a short run, and of the config.
        stops_when_solved: whether a short run stops when it solves its rows.
        start_loss: that of each seed before its first step.
        short_runs: with each rate, ascending.
        seed_best: the rate that ranks first for each seed; None if none takes its loss below the one at the start.
        fastest: the rate with the lowest mean rank.
        suggestion: the rate to train with; None if no seed has one.
        low, high: its 95 % interval over seeds; None for fewer than six seeds.
        at_end: `lowest` or `highest` if the suggestion is the end of all rates that were tried.
        range_test: the loss while the rate rises.
    """

    configured: float
    seeds: tuple[int, ...]
    epochs: int
    planned: int
    stops_when_solved: bool
    start_loss: tuple[float, ...]
    short_runs: tuple[ShortRuns, ...]
    seed_best: tuple[float | None, ...]
    fastest: float | None
    suggestion: float | None
    low: float | None
    high: float | None
    at_end: str | None
    range_test: RangeTest

    @property
    def always_diverged(self) -> bool:
        """Whether every seed diverged with every rate."""
        return all(loss is None for own in self.short_runs for loss in own.loss)

    def as_plain(self) -> dict[str, Any]:
        """The object of `--json`."""
        return {
            "configured": self.configured,
            "seeds": list(self.seeds),
            "suggestion": self.suggestion,
            "interval": None if self.low is None else [self.low, self.high],
            "at_end": self.at_end,
            "fastest": self.fastest,
            "seed_best": list(self.seed_best),
            "epochs": self.epochs,
            "planned_epochs": self.planned,
            "stops_when_solved": self.stops_when_solved,
            "start_loss": [_number(loss) for loss in self.start_loss],
            "short_runs": [
                {
                    "learning_rate": own.rate,
                    "solved_epoch": list(own.solved_epoch),
                    "loss": list(own.loss),
                    "diverged": own.diverged,
                    "mean_rank": own.mean_rank,
                }
                for own in self.short_runs
            ],
            "range_test": {
                "learning_rate": list(self.range_test.rates),
                "loss": [[_number(loss) for loss in losses] for losses in self.range_test.losses],
            },
        }


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
