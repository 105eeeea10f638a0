"""What training costs in memory and in time."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from nncli.analysis.verdict import Quantity
from nncli.claims.measurements import Context, measurements
from nncli.claims.measurements.training import quantities_of
from nncli.config.experiment import Experiment
from nncli.experiments.memory import training_bytes
from nncli.experiments.train import run
from nncli.nn.layers import multiply_adds
from nncli.registry import option

SIDE, TIMES = 512, 20
"""The rows and columns of the matrices that are multiplied, and how often."""


@dataclass(slots=True)
class Peak:
    """The most bytes allocated at once."""

    bytes: int = 0


@measurements.register("cost")
@dataclass(frozen=True, slots=True)
class Cost:
    """Cost: trains a config, and measures the memory and the processor time that it takes.

        multiply-adds of training ≈ 3 (those of a forward pass) (rows) (epochs)

    Quantities: `memory`, the most bytes that arrays and other objects take at once, and `predicted_memory`, as in
    `nncli check`; `parameter_bytes`; `data_bytes`, of all rows, in float64 as they are made and in the config's dtype;
    `cpu_seconds`, the time of the processor for the run, and `product_seconds`, that of as many multiply-adds in
    products of large matrices. And the quantities of `train`, without the statistics of parameters.
    """

    config: str = option(help="a config file, from the folder of the claim")
    overrides: tuple[str, ...] = option((), "overrides such as training.epochs=2")

    def measure(self, context: Context) -> Mapping[str, Quantity]:
        """Train, and multiply matrices before and after."""
        fast, started = [_seconds_of_a_product()], time.process_time()
        with _traced() as peak:
            finished = run(context.config(self.config), self.overrides, runs_dir=context.runs_dir)
        seconds = time.process_time() - started
        fast.append(_seconds_of_a_product())
        experiment, itemsize = finished.experiment, finished.experiment.dtype.itemsize
        numbers = sum(rows.inputs.size + rows.targets.size for rows in experiment.splits.named().values())
        return quantities_of(finished) | {
            "memory": float(peak.bytes),
            "parameter_bytes": float(finished.result.parameters * len(experiment.seeds) * itemsize),
            "data_bytes": float(numbers * (np.dtype(np.float64).itemsize + itemsize)),
            "predicted_memory": float(training_bytes(experiment)),
            "cpu_seconds": seconds,
            "product_seconds": _multiply_adds(experiment, sum(finished.result.epochs)) / SIDE**3 * min(fast),
        }


@contextmanager
def _traced() -> Iterator[Peak]:
    """The most bytes that are allocated at once inside, beyond those before."""
    found, is_traced = Peak(), tracemalloc.is_tracing()
    if not is_traced:
        tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    tracemalloc.reset_peak()
    try:
        yield found
        found.bytes = tracemalloc.get_traced_memory()[1] - before
    finally:
        if not is_traced:
            tracemalloc.stop()


def _multiply_adds(experiment: Experiment, epochs: int) -> int:
    """Of all seeds together, for forward and backward passes."""
    forward = sum(multiply_adds(placed.layer, placed.input_shape) for placed in experiment.placed_layers)
    return 3 * forward * len(experiment.splits.train.inputs) * epochs


def _seconds_of_a_product() -> float:
    """The processor time of one product, the shortest of some."""
    a, b, out = np.ones((3, SIDE, SIDE), np.float32)
    found = []
    for _ in range(TIMES):
        started = time.process_time()
        np.matmul(a, b, out)
        found.append(time.process_time() - started)
    return min(found)
