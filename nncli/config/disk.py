"""How much a run writes to the disk, reckoned from its description."""

from __future__ import annotations

import numpy as np

from nncli.analysis.metric_names import metric_names, recorded_epochs
from nncli.config.build import parameter_count
from nncli.config.resolve import Experiment

CELL = 12
"""Bytes of a number in `metrics.csv`, with its comma: of most runs it is 10 to 13."""

OTHER_COLUMNS = 5
"""Of `metrics.csv`, beside the metrics: seed, epoch, step, gradient norm, learning rate."""


def written_bytes(experiment: Experiment) -> dict[str, int]:
    """About how many bytes the large files of a run have if no seed stops early, by name."""
    config, splits = experiment.config, experiment.splits
    seeds, training = len(config.seed_list), config.training
    columns = len(metric_names(splits.train.kind, splits.validation is not None, test=False)) + OTHER_COLUMNS
    rows = len({*recorded_epochs(training.epochs, training.log_every), training.epochs})
    return {
        "metrics.csv": seeds * rows * columns * CELL,
        "weights.npz": seeds * parameter_count(experiment) * np.dtype(config.dtype).itemsize,
    }
