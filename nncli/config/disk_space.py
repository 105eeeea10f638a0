"""Estimate how much a run writes to disk."""

from __future__ import annotations

from collections.abc import Iterator

from nncli.analysis.metric_names import recorded_epochs
from nncli.analysis.weight_epochs import weight_epochs
from nncli.config.conflicts import Conflict
from nncli.config.experiment import Design, Experiment
from nncli.errors import Edit, Suggestion

CELL = 12
"""Bytes of a number in `metrics.csv`, with its comma: of most runs it is 10 to 13."""

OTHER_COLUMNS = 5
"""Columns of `metrics.csv` in addition to the metrics: seed, epoch, step, gradient norm, learning rate."""

FLOW_CELL, FLOW_COLUMNS = 15, 14
"""Bytes of a number in `flow.csv`, and its columns, of which each layer has a row."""

MOST_HISTORY = 64_000_000
"""The most bytes of recorded weights: they are held in memory and in each checkpoint."""


def written_bytes(experiment: Experiment) -> dict[str, int]:
    """The approximate sizes in bytes of a run's large files, by name, if no seed stops early."""
    seeds, training = len(experiment.seeds), experiment.training
    columns = len(experiment.recorded_metrics) + OTHER_COLUMNS
    rows = len({*recorded_epochs(training.epochs, training.log_every), training.epochs})
    flow = FLOW_COLUMNS * len(experiment.layers) if "flow" in training.record else 0
    return {
        "metrics.csv": seeds * rows * columns * CELL,
        **({"flow.csv": seeds * rows * flow * FLOW_CELL} if flow else {}),
        "weights.npz": seeds * experiment.parameter_count * experiment.dtype.itemsize,
        **({"weights-history.npz": history_bytes(experiment)} if "weights" in training.record else {}),
    }


def history_bytes(design: Design) -> int:
    """The bytes of the weights of all seeds at the epochs whose weights are kept, whether or not they are."""
    rows = len(design.seeds) * len(weight_epochs(design.training.epochs))
    return rows * design.weight_count * design.dtype.itemsize


def history_conflicts(experiment: Experiment) -> Iterator[Conflict]:
    """Weights that are to be recorded, but are too many."""
    size, seeds = history_bytes(experiment), len(experiment.seeds)
    if "weights" not in experiment.training.record or size <= MOST_HISTORY:
        return
    count = "1 seed" if seeds == 1 else f"{seeds} seeds"
    most = f"at most {MOST_HISTORY // 10**6} MB of weights are recorded"
    given = f"{most}, and those of {count} at {len(weight_epochs(experiment.training.epochs))} epochs are"
    given += f" {-(-size // 10**6)} MB"
    fewer = MOST_HISTORY * seeds // size
    others = ", ".join(name for name in experiment.training.record if name != "weights")
    ways = [[Edit(("training", "record"), f"[{others}]")]]
    hint = f"Try training.record=[{others}]"
    if fewer and not isinstance(experiment.written_seeds, list):
        ways.append([Edit(("seeds",), str(fewer))])
        hint += f", or seeds={fewer}"
    yield Conflict.at(("training", "record"), given, Suggestion(hint, *ways))
