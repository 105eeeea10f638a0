"""Metrics in words: their names, and how their values are written."""

from __future__ import annotations

from collections.abc import Sequence

from nncli.report.numbers import grouped, percent, quantiles, short

NAMES = {"loss": "loss", "accuracy": "accuracy", "r2": "R²", "max_error": "largest error", "penalty": "penalty"}

LOSSES_AT_STOP = "Training stops when a seed is solved, so final losses do not rank solved seeds."
"""What to say beside final losses where `stop.solved` ended the training of some seed."""

FEW = 32
"""Maximum number of rows for which a count is clearer than a percentage."""


def metric_name(metric: str) -> str:
    """`test_accuracy` as `test accuracy`; the training split is not named: `train_r2` as `R²`."""
    split, _, name = metric.partition("_")
    if name not in NAMES:
        return NAMES[metric]
    return NAMES[name] if split == "train" else f"{split} {NAMES[name]}"


def metric_text(metric: str, value: float | None, rows: int | None = None) -> str:
    """A value: `0.02131`; an accuracy as `97.8 %`, with the row count as `97.8 % (351/359)`, for few rows as `3/4`."""
    if value is None or not _is_share(metric):
        return short(value)
    if rows is None:
        return percent(value)
    counted = f"{grouped(round(value * rows))}/{grouped(rows)}"
    return counted if rows <= FEW else f"{percent(value)} ({counted})"


def spread_text(metric: str, values: Sequence[float]) -> str:
    """The median over seeds, and the range of 90 % of them: `0.1290     median, 5–95 %: 0.1233–0.1375`."""
    low, middle, high = quantiles(values)
    middle_text = metric_text(metric, middle)
    if min(values) == max(values):
        return _alike(middle_text, len(values))
    first, last = ends(metric, low, high)
    span = "the same" if first == last else span_text(metric, low, high)
    return f"{middle_text:<11}median, 5–95 %: {span}"


def epochs_spread(epochs: Sequence[int], kind: str = "") -> str:
    """The same for epochs, optionally of one kind of seeds: `71         median of the solved, 5–95 %: 49–93`."""
    low, _, high = map(round, quantiles(epochs))
    middle = sorted(epochs)[(len(epochs) - 1) // 2]  # the lower of two, as on a survival curve
    if min(epochs) == max(epochs):
        return _alike(str(middle), len(epochs), kind)
    of = f" of the {kind}" if kind else ""
    return f"{middle:<11}median{of}, 5–95 %: {'the same' if low == high else f'{low}–{high}'}"


def _alike(value: str, seeds: int, kind: str = "") -> str:
    """A value that all seeds share: `200        in every seed`."""
    return f"{value:<11}in {'the one' if seeds == 1 else 'every'} {kind}{' ' if kind else ''}seed"


def span_text(metric: str, low: float, high: float) -> str:
    """A range of values: `0.1233–0.1375`, `93.3–95.0 %`."""
    return "–".join(ends(metric, low, high)) + (" %" if _is_share(metric) else "")


def ends(metric: str, low: float, high: float) -> tuple[str, str]:
    """Two values without their unit: `0.1233` and `0.1375`, `93.3` and `95.0`."""
    if _is_share(metric):
        return f"{100 * low:.1f}", f"{100 * high:.1f}"
    return short(low), short(high)


def _is_share(metric: str) -> bool:
    return metric.endswith("accuracy")
