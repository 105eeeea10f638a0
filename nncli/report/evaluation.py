"""What trained networks measure on some rows, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from nncli.analysis.intervals import median_interval
from nncli.report.metric_text import ends, metric_name, metric_text, span_text
from nncli.report.numbers import NOTHING, percent, quantiles

FEWEST = 6
"""Seeds whose least and most enclose the median with 95 % certainty."""


def evaluation_of_one(metrics: Mapping[str, Sequence[float]], rows: int) -> Iterator[str]:
    """The metrics of one seed, a line each."""
    for metric, (value,) in metrics.items():
        yield f"{metric_name(metric):<15}{metric_text(metric, value, rows)}"


def evaluation_cells(metrics: Mapping[str, Sequence[float]]) -> tuple[list[tuple[str, str]], list[list[str]]]:
    """The columns of the table of several seeds, and its rows."""
    seeds = min(map(len, metrics.values()))
    columns = ["metric", f"median [{_interval_name(seeds)}]", "5–95 % of the seeds", "mean"]
    rows = [[metric_name(metric), *_cells(metric, values)] for metric, values in metrics.items()]
    return [(name, "left") for name in columns], rows


def evaluation_sentences(seeds: int) -> Iterator[str]:
    """What the columns mean."""
    certainty = percent(round(median_interval(range(seeds))[2], 3)) if seeds < FEWEST else "95 %"
    yield f"in brackets: where the median of very many seeds lies, with {certainty} certainty"
    if seeds < FEWEST:
        yield f"an interval of 95 % takes at least {FEWEST} seeds"
    yield "5–95 %: where nine in ten of these seeds lie; all of it on the same rows"


def median_of(values: Sequence[float]) -> dict[str, Any] | None:
    """The median with its interval, as `--json` has it; None if a value is not finite."""
    if not np.isfinite(values).all():
        return None
    low, high, certainty = median_interval(values)
    return {"median": quantiles(values)[1], "interval": [low, high], "certainty": certainty}


def _interval_name(seeds: int) -> str:
    return "least, most" if seeds < FEWEST else "95 % interval"


def _cells(metric: str, values: Sequence[float]) -> list[str]:
    found = median_of(values)
    if found is None:
        return [NOTHING] * 3
    text = metric_text(metric, found["median"])
    if min(values) < max(values):  # else all are equal, and nothing follows
        text += f" [{', '.join(ends(metric, *found['interval']))}]"
    low, _, high = quantiles(values)
    mean = float(np.mean(np.asarray(values, float) / len(values)) * len(values))  # no sum overflows
    return [text, span_text(metric, low, high), metric_text(metric, mean)]
