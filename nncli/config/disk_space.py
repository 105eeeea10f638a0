"""Estimate how much a run writes to disk."""

from __future__ import annotations

from nncli.analysis.metric_names import recorded_epochs
from nncli.config.experiment import Experiment

CELL = 12
"""Bytes of a number in `metrics.csv`, with its comma: of most runs it is 10 to 13."""

OTHER_COLUMNS = 5
"""Columns of `metrics.csv` in addition to the metrics: seed, epoch, step, gradient norm, learning rate."""

FLOW_CELL, FLOW_COLUMNS = 15, 14
"""Bytes of a number in `flow.csv`, and its columns, of which each layer has a row."""


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
    }
