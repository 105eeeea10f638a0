"""Receiver operating characteristics: how well scores tell rows of one class from the rest, at any threshold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Roc:
    """A curve from (0, 0) to (1, 1), with a corner for each threshold (T,).

    Attributes:
        false: the share of the negative rows whose score reaches the threshold.
        true: the same of the positive rows.
    """

    false: Numbers
    true: Numbers

    @property
    def area(self) -> float:
        """The area under the curve: the chance that a positive row scores higher than a negative one; ties count half.

            AUC = P(s₊ > s₋) + ½ P(s₊ = s₋)

        Source: Hanley & McNeil (1982); Fawcett (2006), algorithm 3.
        """
        return float(np.trapezoid(self.true, self.false))

    def at(self, false: Numbers) -> Numbers:
        """The share of positive rows at given shares of negative ones: the upper end, where the curve is vertical.

        Source: Fawcett (2006), section 8.1, vertical averaging.
        """
        last = np.append(np.diff(self.false) > 0, True)  # of each vertical piece, the upper end
        found: Numbers = np.interp(false, self.false[last], self.true[last])
        return found


def roc(scores: Numbers, positive: NDArray[np.bool_]) -> Roc:
    """The curve of scores (N,) for rows of which some are positive (N,); rows with equal scores are one corner.

        false(t) = #{s ≥ t, negative} / #negative        true(t) = #{s ≥ t, positive} / #positive

    Raises: `ValueError` unless there are positive and negative rows.
    Source: Fawcett (2006), An introduction to ROC analysis, algorithm 1.
    """
    total = int(positive.sum())
    if not 0 < total < len(positive):
        raise ValueError("a curve needs positive and negative rows")
    order = np.argsort(-scores, kind="stable")
    ranked, hits = scores[order], positive[order]
    last = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)  # of each group of equal scores
    true = np.cumsum(hits)[last]
    false = last + 1 - true
    return Roc(np.append(0.0, false / (len(positive) - total)), np.append(0.0, true / total))
