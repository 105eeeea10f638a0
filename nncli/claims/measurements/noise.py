"""What dropout and normalization do to the numbers that pass through."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from nncli.analysis.verdict import Quantity
from nncli.claims.measurements import Context, measurements
from nncli.claims.measurements.networks import alone, output
from nncli.nn.layers import Layer, layers
from nncli.registry import option

UNITS, ROWS = 20, 500


@measurements.register("dropout_mean")
@dataclass(frozen=True, slots=True)
class DropoutMean:
    """Dropout mean: sends ones through dropout, and takes their mean.

    Quantities per seed: `mean`, in training, which is 1 if dropout leaves the expectation unchanged; `zeros`, the share
    that is dropped. `predicted`: the mean in prediction.
    """

    rate: float = option(0.5, "probability that an input is dropped", ge=0, lt=1)
    seeds: int = option(100, "number of seeds", ge=1, le=1000)

    def measure(self, context: Context) -> Mapping[str, Quantity]:
        """10,000 ones for each seed."""
        network = alone([_layer("dropout", rate=self.rate)], (UNITS,), range(self.seeds), ROWS)
        ones = np.ones((ROWS, UNITS))
        trained = output(network, ones, training=True)
        return {
            "mean": trained.mean(axis=(1, 2)),
            "zeros": (trained == 0).mean(axis=(1, 2)),
            "predicted": float(output(network, ones).mean()),
        }


@measurements.register("normalized_row")
@dataclass(frozen=True, slots=True)
class NormalizedRow:
    """Normalized row: normalizes one row among others, in training, and looks whether the others matter.

    Quantities: `change`, the largest difference of its numbers between two batches.
    """

    by: Literal["batch_norm", "layer_norm"] = option("layer_norm", "the layer")

    def measure(self, context: Context) -> Mapping[str, Quantity]:
        """The same row with two sets of random neighbors."""
        network = alone([_layer(self.by)], (UNITS,), [0], ROWS)
        rng = np.random.default_rng(0)
        row = rng.standard_normal((1, UNITS))
        first, second = (
            output(network, np.concatenate([row, rng.standard_normal((ROWS - 1, UNITS))]), training=True)[0, 0]
            for _ in range(2)
        )
        return {"change": float(np.abs(first - second).max())}


def _layer(name: str, **options: float) -> Layer:
    make: Any = layers.get(name)
    made: Layer = make(**options)
    return made
