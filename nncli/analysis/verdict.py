"""Verdicts on a statement about measured numbers: whether it holds, fails, or cannot be decided yet."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nncli.analysis.intervals import bonett_price, median_interval, normal_quantile, wilson

LEVEL = 0.99
"""How sure an interval is. A statement without truth is so called true or false in at most 1 % of all repetitions."""

OverSeeds: TypeAlias = NDArray[np.float64] | NDArray[np.bool_]
Quantity: TypeAlias = float | OverSeeds
"""An exact number; or one number, or yes or no, for each seed."""
Word: TypeAlias = Literal["holds", "fails", "cannot conclude"]

Ends: TypeAlias = tuple[float, float]
_HOLDS: dict[str, Callable[[Ends], bool]] = {
    ">": lambda ends: ends[0] > 0,
    ">=": lambda ends: ends[0] >= 0,
    "<": lambda ends: ends[1] < 0,
    "<=": lambda ends: ends[1] <= 0,
    "==": lambda ends: ends[0] == ends[1] == 0,
    "!=": lambda ends: ends[0] > 0 or ends[1] < 0,
}
"""Whether a comparison with zero is true of every number between two ends."""
OPPOSITE = {">": "<=", ">=": "<", "<": ">=", "<=": ">", "==": "!=", "!=": "=="}
COMPARISONS = tuple(OPPOSITE)


@dataclass(frozen=True, slots=True)
class Judgment:
    """What became of one comparison.

    Attributes:
        verdict: `holds`, `fails` or `cannot conclude`.
        measured: the exact left side; its median or rate over the seeds; if both sides vary, that of the difference.
        low, high: the ends of its interval; both `measured` if it is exact.
        seeds: the number of seeds; None if it is exact.
        reason: why it cannot be concluded.
        paired: whether `measured` is a difference.
        right: what `measured` is compared with, if that was measured, too, and is exact.
    """

    verdict: Word
    measured: float
    low: float
    high: float
    seeds: int | None = None
    reason: str = ""
    paired: bool = False
    right: float | None = None


def judge(left: Quantity, comparison: str, right: Quantity, level: float = LEVEL) -> Judgment:
    """Judge `left comparison right`, such as `accuracy >= 0.9`.

    Exact numbers are compared. Over seeds, the statement is about the median, or of yes and no about the rate; it holds
    only if it is true of all numbers in their interval, and fails only if it is false of all. If both sides vary, it is
    about the differences seed by seed: one side is above the other only if the whole interval is, and below likewise.
    NaN stands for a seed without a number, which may be any.

    Raises:
        ValueError: if the sides have different numbers of seeds.
    Source: Thompson (1936) for medians, Wilson (1927) for rates, Bonett & Price (2012) for differences of rates.
    """
    if not isinstance(left, np.ndarray) and not isinstance(right, np.ndarray):
        difference = left - right if left != right else 0.0
        word = _word(comparison, (difference, difference))
        reason = "it is not a number" if math.isnan(difference) else ""
        return Judgment(word, float(left), float(left), float(left), reason=reason)
    if isinstance(left, np.ndarray) and isinstance(right, np.ndarray):
        return _judge_pairs(left, comparison, right, level)
    if isinstance(left, np.ndarray) and not isinstance(right, np.ndarray):
        measured, low, high, certainty = _interval(left, level)
        return _judged(comparison, measured, low, high, float(right), len(left), certainty >= level)
    mirrored = {">": "<", ">=": "<=", "<": ">", "<=": ">="}.get(comparison, comparison)
    return judge(right, mirrored, left, level)


def together(judgments: list[Judgment]) -> Word:
    """The verdict on several statements at once: fails if one does, holds if all do."""
    words = {judgment.verdict for judgment in judgments}
    return "fails" if "fails" in words else "cannot conclude" if "cannot conclude" in words else "holds"


def _judge_pairs(
    left: OverSeeds,
    comparison: str,
    right: OverSeeds,
    level: float,
) -> Judgment:
    if len(left) != len(right):
        raise ValueError(f"{len(left)} seeds cannot be paired with {len(right)}")
    with np.errstate(invalid="ignore"):  # ∞ - ∞, where neither solved
        difference = np.where(left == right, 0.0, np.subtract(left, right, dtype=np.float64))
    if left.dtype == right.dtype == np.bool_:
        low, high = bonett_price(int((difference > 0).sum()), int((difference < 0).sum()), len(left), _z(level))
        measured, certain = float(difference.mean()), True
    else:
        measured, low, high, certainty = _interval(difference, level)
        certain = certainty >= level
    if low <= 0 <= high and comparison in ("<", ">", "!="):  # ties may be all that the interval holds
        return Judgment(
            "cannot conclude", measured, low, high, len(left), "the seeds do not tell the two apart", paired=True
        )
    return replace(_judged(comparison, measured, low, high, 0.0, len(left), certain), paired=True)


def _interval(values: OverSeeds, level: float) -> tuple[float, float, float, float]:
    """The rate or median of values, its interval, and how sure that is."""
    if values.dtype == np.bool_:
        return float(values.mean()), *wilson(int(values.sum()), len(values), _z(level)), level
    numbers = values.astype(np.float64)
    low, _, certainty = median_interval(np.where(np.isnan(numbers), -np.inf, numbers).tolist(), level)
    _, high, _ = median_interval(np.where(np.isnan(numbers), np.inf, numbers).tolist(), level)
    return float(np.median(numbers)), low, high, certainty


def _judged(
    comparison: str, measured: float, low: float, high: float, right: float, seeds: int, certain: bool
) -> Judgment:
    if not certain:
        return Judgment("cannot conclude", measured, low, high, seeds, "too few seeds")
    word = _word(comparison, (low - right, high - right))
    reason = "the interval includes both" if word == "cannot conclude" else ""
    if reason and math.isnan(measured):
        reason = "too many seeds have no number"
    return Judgment(word, measured, low, high, seeds, reason)


def _word(comparison: str, ends: Ends) -> Word:
    if _HOLDS[comparison](ends):
        return "holds"
    return "fails" if _HOLDS[OPPOSITE[comparison]](ends) else "cannot conclude"


def _z(level: float) -> float:
    return normal_quantile(0.5 + level / 2)
