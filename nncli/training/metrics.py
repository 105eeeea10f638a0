"""Compute the metrics."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.analysis.metric_names import SCORE, Kind
from nncli.analysis.spread import squared_deviations, unit
from nncli.nn.network import Network
from nncli.training.data import Rows

Metrics = dict[str, NDArray[np.float64]]


def evaluate(network: Network, rows: Rows, gradient: bool = False) -> Metrics:
    """Loss, score and largest error of every replica (R,) on a split, in prediction mode.

    With `gradient`, the network's `grad` is that of the last batch: for networks that train as they predict.

    accuracy = fraction of rows on the right side of ½, or whose largest output is the right class
    r2       = 1 - Σ (y - p)² / Σ (y - ȳ)²       max_error = max |y - p|

    r2 is undefined for targets that are equal up to rounding. Its sums are float64.
    """
    replicas, capacity = len(network.theta), network.capacity
    loss, score, worst = np.zeros(replicas), np.zeros(replicas), np.zeros(replicas)
    exponent = unit(rows.y) if rows.kind == "regression" else 0
    for start in range(0, len(rows), capacity):
        x, y = rows.x[:, start : start + capacity], rows.y[:, start : start + capacity]
        if gradient:
            mean = network.gradient(x, y)
        else:
            network.forward(x)
            mean = network.loss(y)
        loss += mean.astype(np.float64) * y.shape[1]
        score += _score(rows.kind, network.prediction, y, exponent)
        worst = np.maximum(worst, network.largest_error(y))
    if rows.kind == "regression":
        spread = squared_deviations(rows.y[0], exponent)
        score = 1 - score / spread if spread > 0 else np.full(replicas, np.nan)
    else:
        score /= len(rows)
    return {"loss": loss / len(rows), SCORE[rows.kind]: score, "max_error": worst.astype(np.float64)}


def _score(kind: Kind, p: NDArray[Any], y: NDArray[Any], exponent: int) -> NDArray[np.float64]:
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
