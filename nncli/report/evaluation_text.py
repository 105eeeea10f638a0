"""The metrics of trained networks on some rows, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nncli.analysis.intervals import median_interval
from nncli.report.metric_text import ends, metric_name, metric_text, span_text
from nncli.report.numbers import NOTHING, percent, quantiles

FEWEST = 6
"""Minimum number of seeds whose minimum and maximum enclose the median with 95 % confidence."""


def evaluation_of_one(metrics: Mapping[str, Sequence[float]], rows: int) -> Iterator[str]:
    """The metrics of one seed, one per line."""
    for metric, (value,) in metrics.items():
        yield f"{metric_name(metric):<15}{metric_text(metric, value, rows)}"


def evaluation_cells(metrics: Mapping[str, Sequence[float]]) -> tuple[list[tuple[str, str]], list[list[str]]]:
    """The columns and rows of the table for several seeds."""
    seeds = min(map(len, metrics.values()))
    columns = ["metric", f"median [{_interval_name(seeds)}]", "5–95 % of the seeds", "mean"]
    rows = [[metric_name(metric), *_cells(metric, values)] for metric, values in metrics.items()]
    return [(name, "left") for name in columns], rows


def evaluation_sentences(seeds: int) -> Iterator[str]:
    """What the columns mean."""
    certainty = percent(round(median_interval(range(seeds))[2], 3)) if seeds < FEWEST else "95 %"
    yield f"in brackets: {certainty} confidence interval for the median over all possible seeds"
    if seeds < FEWEST:
        yield f"a 95 % interval needs at least {FEWEST} seeds"
    yield "5–95 %: the range of 90 % of these seeds; all on the same rows"


@dataclass(frozen=True, slots=True)
class Median:
    """A median over seeds with its interval and how certain that is, as in `--json`."""

    median: float
    interval: tuple[float, float]
    certainty: float


def median_of(values: Sequence[float]) -> Median | None:
    """The median with its interval; None if a value is not finite."""
    if not np.isfinite(values).all():
        return None
    low, high, certainty = median_interval(values)
    return Median(quantiles(values)[1], (low, high), certainty)


def _interval_name(seeds: int) -> str:
    return "least, most" if seeds < FEWEST else "95 % interval"


def _cells(metric: str, values: Sequence[float]) -> list[str]:
    found = median_of(values)
    if found is None:
        return [NOTHING] * 3
    text = metric_text(metric, found.median)
    if min(values) < max(values):  # if all are equal, an interval says nothing
        text += f" [{', '.join(ends(metric, *found.interval))}]"
    low, _, high = quantiles(values)
    mean = float(np.mean(np.asarray(values, float) / len(values)) * len(values))  # avoids overflow of the sum
    return [text, span_text(metric, low, high), metric_text(metric, mean)]
