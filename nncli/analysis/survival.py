"""Time until solved, where some seeds never are: survival curves with censored ends.

A mean over the solved seeds alone would favor a variant that solves once, quickly. Here a seed that was not solved
counts as "longer than it was observed" (censored).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median_low

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nncli.analysis.intervals import Z_95


@dataclass(frozen=True, slots=True)
class SurvivalCurve:
    """S(t), the proportion not yet solved after t, with a 95 % interval, at each time at which some seed was solved."""

    time: NDArray[np.float64]
    survival: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]

    def median(self) -> tuple[float | None, float | None, float | None]:
        """When half are solved, min {t: S(t) ≤ ½}, and its interval: when the ends of that of S(t) come down to ½.

        None if that is beyond the observed time.

        Source: Brookmeyer & Crowley (1982).
        """
        return self._first_at_half(self.survival), self._first_at_half(self.low), self._first_at_half(self.high)

    def _first_at_half(self, share: NDArray[np.float64]) -> float | None:
        reached = np.flatnonzero(share <= 0.5 + 1e-12)
        return float(self.time[reached[0]]) if len(reached) else None


def median_time(times: Iterable[float | None]) -> float | None:
    """The median of a survival curve whose seeds were all watched to the end: of two in the middle, the lower one.

    A seed that was never solved, None or infinite, takes forever; None if that is the median.
    """
    found = median_low([math.inf if time is None else time for time in times])
    return found if math.isfinite(found) else None


def kaplan_meier(time: ArrayLike, solved: ArrayLike) -> SurvivalCurve:
    """The survival curve of seeds that were solved, or censored, at their time.

        S(t)  = Π over solving times t_i ≤ t of (1 - d_i / n_i)      d_i solved at t_i, of n_i still unsolved before
        σ²(t) = Σ d_i / (n_i (n_i - d_i)) / (ln S)²                  of ln(-ln S), after Greenwood
        interval: S^exp(± 1.96 σ)

    Where S is 0, σ has no value: the upper end stays where it was before, 1 at the start, and the lower is 0.

    Args:
        time: (n,), finite.
        solved: (n,), whether it was solved then.

    Source: Kaplan & Meier (1958); Kalbfleisch & Prentice (2002), section 1.4, for the interval.
    """
    time, solved = np.asarray(time, np.float64), np.asarray(solved, bool)
    at, d = np.unique(time[solved], return_counts=True)
    n = _still_waiting(time, at)
    survival = np.cumprod(1 - d / n, dtype=np.float64)
    inside = survival > 0  # all but perhaps the last
    d, n, share = d[inside], n[inside], survival[inside]
    spread = Z_95 * np.sqrt(np.cumsum(d / (n * (n - d)))) / -np.log(share)
    low, high = np.zeros_like(survival), np.ones_like(survival)
    low[inside], high[inside] = share ** np.exp(spread), share ** np.exp(-spread)
    return SurvivalCurve(at, survival, low, np.minimum.accumulate(high))


def _still_waiting(time: NDArray[np.float64], at: NDArray[np.float64]) -> NDArray[np.int64]:
    """How many of the times are not before each of `at`."""
    return len(time) - np.searchsorted(np.sort(time), at).astype(np.int64)


def log_rank_test(time_a: ArrayLike, solved_a: ArrayLike, time_b: ArrayLike, solved_b: ArrayLike) -> float:
    """The two-sided p-value for two groups being solved at the same pace, censored seeds included.

        Z² = (Σ (d_a - d n_a / n))² / Σ d (n_a / n) (n_b / n) (n - d) / (n - 1)  ~  χ² with one degree of freedom

    The sums run over the times at which some seed of either group was solved: d of the n still unsolved, d_a of the n_a
    in group a. The groups are treated as independent; that they share seeds is not used.

    Args:
        time_a, time_b: (n,) each, finite: when a seed was solved, or censored.
        solved_a, solved_b: (n,) each, which of the two.

    Returns:
        p; 1 if nothing was solved.
    Source: Mantel (1966); Peto & Peto (1972).
    """
    times = [np.asarray(time, np.float64) for time in (time_a, time_b)]
    ends = [time[np.asarray(solved, bool)] for time, solved in zip(times, (solved_a, solved_b), strict=True)]
    at, d = np.unique(np.concatenate(ends), return_counts=True)
    n_a, n_b = (_still_waiting(time, at) for time in times)
    d_a = np.searchsorted(np.sort(ends[0]), at, "right") - np.searchsorted(np.sort(ends[0]), at)
    n = n_a + n_b
    surplus = float(np.sum(d_a - d * n_a / n))
    variance = float(np.sum(d * (n_a / n) * (n_b / n) * (n - d) / np.maximum(n - 1, 1)))
    return 1.0 if variance == 0 else math.erfc(math.sqrt(surplus * surplus / variance / 2))
