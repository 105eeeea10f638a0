"""What trained networks measure on some rows, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from nncli.analysis.bootstrap import FEWEST, estimate
from nncli.report.metrics import ends, metric_name, metric_text, span_text
from nncli.report.numbers import NOTHING, quantiles


def evaluation_of_one(metrics: Mapping[str, Sequence[float]], rows: int) -> Iterator[str]:
    """The metrics of one seed, a line each."""
    for metric, (value,) in metrics.items():
        yield f"{metric_name(metric):<15}{metric_text(metric, value, rows)}"


def evaluation_cells(metrics: Mapping[str, Sequence[float]]) -> tuple[list[tuple[str, str]], list[list[str]]]:
    """The columns of the table of several seeds, and its rows."""
    seeds = min(map(len, metrics.values()))
    columns = ["metric", "mean" if seeds < FEWEST else "mean [95 % interval]", "median", "5–95 % of the seeds"]
    rows = [[metric_name(metric), *_cells(metric, values)] for metric, values in metrics.items()]
    return [(name, "left") for name in columns], rows


def evaluation_sentences(seeds: int) -> Iterator[str]:
    """What the columns mean."""
    if seeds < FEWEST:
        yield f"an interval for the mean takes at least {FEWEST} seeds"
    else:
        yield "the interval: where the mean of very many seeds lies, with 95 % certainty"
    yield "5–95 %: where nine in ten of these seeds lie; all of it on the same rows"


def _cells(metric: str, values: Sequence[float]) -> list[str]:
    if not np.isfinite(values).all():
        return [NOTHING] * 3
    mean = estimate(values, "mean")
    low, middle, high = quantiles(values)
    text = metric_text(metric, float(mean.value))
    if mean.low < mean.high:  # false of NaN, for few seeds, and where all are equal, of which nothing follows
        text += f" [{', '.join(ends(metric, float(mean.low), float(mean.high)))}]"
    return [text, metric_text(metric, middle), span_text(metric, low, high)]
