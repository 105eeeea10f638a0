"""Compute the metrics."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from nncli.analysis.metric_names import SCORE, Kind
from nncli.analysis.spread import squared_deviations, unit
from nncli.nn.arrays import AnyArray
from nncli.nn.network import Network
from nncli.nn.passes import Output
from nncli.training.data import Rows

Metrics = dict[str, NDArray[np.float64]]


def evaluate(network: Network, rows: Rows) -> Metrics:
    """Loss, score and largest error of every replica (R,) on a split, in prediction mode."""
    return metrics_of(rows, (network.measure(x, y) for x, y in rows.pieces(network.capacity)))


def metrics_of(rows: Rows, outputs: Iterable[Output]) -> Metrics:
    """The same from the outputs for all pieces of the rows, of which each may overwrite the one before.

    accuracy = fraction of rows on the right side of ½, or whose largest output is the right class
    r2       = 1 - Σ (y - p)² / Σ (y - ȳ)²       max_error = max |y - p|

    r2 is undefined for targets that are equal up to rounding. Its sums are float64.
    """
    loss = score = worst = np.zeros(1)
    exponent = unit(rows.y) if rows.kind == "regression" else 0
    for output in outputs:
        loss = loss + output.loss.astype(np.float64) * output.y.shape[1]
        score = score + _score(rows.kind, output.p, output.y, exponent)
        worst = np.maximum(worst, output.largest_error())
    if rows.kind == "regression":
        spread = squared_deviations(rows.y[0], exponent)
        score = 1 - score / spread if spread > 0 else np.full(len(loss), np.nan)
    else:
        score = score / len(rows)
    return {"loss": loss / len(rows), SCORE[rows.kind]: score, "max_error": worst.astype(np.float64)}


def _score(kind: Kind, p: AnyArray, y: AnyArray, exponent: int) -> NDArray[np.float64]:
    """The batch's contribution to the score, per replica (R,): correct rows, or squared errors over 4^exponent."""
    if kind == "binary":
        right = ((p >= 0.5) == (y >= 0.5)).all(axis=-1)
    elif kind == "classes":
        right = p.argmax(axis=-1) == y.argmax(axis=-1)
    else:
        if exponent:
            p, y = (np.ldexp(values.astype(np.float64), -exponent) for values in (p, y))
        error = np.subtract(p, y, dtype=np.float64).reshape(len(p), -1)
        return np.asarray(np.vecdot(error, error))
    return np.asarray(np.count_nonzero(right, axis=-1), np.float64)
