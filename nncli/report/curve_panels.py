"""Which metrics of a run are drawn over its epochs, and on what scale, in a picture as in a terminal."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nncli.analysis.metric_names import is_score
from nncli.report.metric_text import metric_name
from nncli.runs.curves import Curves, Numbers

BAND = (5, 95)
"""The percentiles of a band over seeds."""
DECADES = 2.0
"""Positive values over more decades than this have a logarithmic scale."""

SPLITS = ("train", "validation")


def curve_panels(curves: Curves) -> dict[str, dict[str, str]]:
    """Panels by label, loss and score first: of each, the recorded metrics, with their names in its legend."""
    score = next((name.partition("_")[2] for name in curves.metrics if is_score(name)), "")
    panels = {
        "loss": [f"{split}_loss" for split in SPLITS],
        metric_name(f"train_{score}"): [f"{split}_{score}" for split in SPLITS],
        "gradient norm": ["gradient_norm"],
        "learning rate": ["learning_rate"],
    }
    return {
        label: {name: name.partition("_")[0] for name in names if name in curves.metrics}
        for label, names in panels.items()
    }


def percentile(values: Numbers, q: float) -> Numbers:
    """Of values (R, E), over the seeds at each epoch (E,); NaN where none has a value."""
    known = np.isfinite(values)
    whole, some = known.all(axis=0), known.any(axis=0)
    found = np.full(values.shape[1], np.nan)
    found[whole] = np.percentile(values[:, whole], q, axis=0)  # all at once, rather than one after the other
    if (some & ~whole).any():
        found[some & ~whole] = np.nanpercentile(values[:, some & ~whole], q, axis=0)
    return found


def spans_decades(drawn: Sequence[Numbers]) -> bool:
    """Whether positive values stretch over several decades."""
    values = np.concatenate([own[np.isfinite(own)] for own in drawn]) if drawn else np.zeros(0)
    return bool(len(values) and values.min() > 0 and np.log10(values.max() / values.min()) > DECADES)
