"""Looks for a change that mends seeds: a cause is likely if removing it helps more than another draw would."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from nncli.diagnosis.evidence import Evidence

Fix: TypeAlias = tuple[str, ...]

HALF = 0.5
"""A change helps if it mends at least this share of the tried seeds,"""
CHANCE = 0.1
"""and if as many would be mended with at most this probability at the rate at which seeds learn as it is."""


@dataclass(frozen=True, slots=True)
class Remedy:
    """A change that helps.

    Attributes:
        fix: the overrides.
        mended: the share of the tried seeds that it mends; NaN before training, when nothing is tried.
        tried: the number of these seeds.
    """

    fix: Fix
    mended: float
    tried: int = 0

    @property
    def facts(self) -> dict[str, float]:
        """What it says for a cause."""
        return {} if math.isnan(self.mended) else {"mended": self.mended, "tried": self.tried}


def remedy(evidence: Evidence, fixes: Iterable[Fix], *, contrast: bool = False) -> Remedy | None:
    """The first fix that mends all tried seeds, or else the one that mends most; None if none helps.

    Args:
        evidence: of a run, or before training, when the first valid fix is taken.
        fixes: in the order in which they are tried.
        contrast: whether what is mended is in itself unusual, or in the missed seeds alone, so that it is enough if
            more of them learn with it than do without.
    """
    best: Remedy | None = None
    for fix in fixes:
        if evidence.result is None:
            if evidence.changed(fix) is not None:
                return Remedy(fix, math.nan)
            continue
        share = evidence.helps(*fix)
        trial = evidence.trial(*fix)
        if trial is None or share < HALF or (best is not None and share <= best.mended):
            continue
        tried = len(trial.seeds)
        usual = len(evidence.reached) / len(evidence.seeds)
        if share > usual if contrast else by_chance(round(share * tried), tried, usual) <= CHANCE:
            best = Remedy(fix, share, tried)
        if share == 1:
            break
    return best


def by_chance(mended: int, tried: int, rate: float) -> float:
    """The probability that at least `mended` of `tried` seeds learn if each does with probability `rate`."""
    return sum(math.comb(tried, k) * rate**k * (1 - rate) ** (tried - k) for k in range(mended, tried + 1))
