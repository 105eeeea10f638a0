"""The share of seeds that are not solved yet, as a curve from the first epoch to the last."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nncli.analysis.seed_results import SeedResults, longest
from nncli.analysis.survival import kaplan_meier

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class UnsolvedShare:
    """Steps of a survival curve.

    Attributes:
        time: from 0 to the last epoch that was watched, increasing (n,).
        share, low, high: from each time on, and the 95 % interval (n,).
        given_up: until when the seeds that were not solved were watched.
        last: when the last seed was solved or given up.
        median: when half are solved; None if that was not seen.
    """

    time: Numbers
    share: Numbers
    low: Numbers
    high: Numbers
    given_up: Numbers
    last: float
    median: float | None

    def at(self, time: Numbers) -> Numbers:
        """The share at any times."""
        return self.share[np.searchsorted(self.time, time, "right") - 1]

    def of_seeds(self, trials: SeedResults) -> tuple[Numbers, Numbers]:
        """Until when each seed was unsolved, and its height on the curve: one above the other on a step down."""
        time = trials.watched(longest([trials]))
        height = self.at(time)
        for step in np.unique(time[trials.solved]):
            own = np.flatnonzero(trials.solved & (time == step))
            above, below = self.share[np.searchsorted(self.time, step) - 1], self.at(step)
            height[own] = above + (below - above) * np.arange(1, len(own) + 1) / len(own)
        return time, height


def unsolved_share(trials: SeedResults) -> UnsolvedShare:
    """The Kaplan-Meier estimate of a variant; see `kaplan_meier` for its formula and source."""
    end = longest([trials])
    watched = trials.watched(end)
    curve = kaplan_meier(watched, trials.solved)
    share, low, high = (
        np.concatenate([[1.0], own, own[-1:] if len(own) else [1.0]]) for own in (curve.survival, curve.low, curve.high)
    )
    time = np.concatenate([[0.0], curve.time, [max(end, *curve.time, 0.0)]])
    return UnsolvedShare(
        time, share, low, high, np.unique(watched[~trials.solved]), float(watched.max(initial=1)), curve.median()[0]
    )
