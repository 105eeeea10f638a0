"""ReLU networks that are dead before training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from nncli.analysis.verdict import Quantity
from nncli.claims.measurements import Context, measurements
from nncli.claims.measurements.networks import alone, experiment_of_text, output
from nncli.registry import option


@measurements.register("born_dead")
@dataclass(frozen=True, slots=True)
class BornDead:
    """Born dead: how often a ReLU network of narrow layers maps an input to zero, whatever follows.

        P(dead) = 1 - Π over the layers of (1 - 2^-N)

    With symmetric weights and zero biases, a unit is silent on an input with probability 1/2, and all N of a layer with
    2^-N. A signal that has come to a layer has no memory of how: the layers are independent.

    Quantities: `dead` per seed.
    Source: Lu, Shin, Su & Karniadakis (2020).
    """

    layers: int = option(10, "the number of layers", ge=1, le=100)
    width: int = option(2, "units in each", ge=1, le=100)
    seeds: int = option(5000, "the number of networks", ge=1, le=100_000)

    def measure(self, context: Context) -> Mapping[str, Quantity]:
        """One input through all networks at once."""
        text = f"task: sine\narchitecture: [{{repeat: {{times: {self.layers}, layers: [{self.width}]}}}}]\n"
        text += "activation: relu\ninitializer: he_normal\n"
        experiment = experiment_of_text(text, "born_dead")
        hidden = [placed.layer for placed in experiment.placed_layers][:-1]
        network = alone(hidden, (1,), range(self.seeds), 1)
        dead = np.all(output(network, np.ones((1, 1))) == 0, axis=(1, 2))
        return {"dead": np.asarray(dead)}
