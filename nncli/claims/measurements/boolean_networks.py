"""Threshold units in two layers, for every Boolean function."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from nncli.analysis.verdict import Quantity
from nncli.claims.measurements import Context, measurements
from nncli.claims.measurements.networks import alone, experiment_of_text, output
from nncli.nn.layers import Layer
from nncli.nn.layers.dense import Dense
from nncli.registry import option


@measurements.register("boolean_networks")
@dataclass(frozen=True, slots=True)
class BooleanNetworks:
    """Boolean networks: builds a network of threshold units for each Boolean function, and checks every row.

        hidden unit r:   H(Σ_i (2 r_i - 1) x_i - Σ_i r_i + 1/2)     fires on the row r alone
        output:          H(Σ f(r) a_r - 1/2)                        fires if one of them should

    Quantities: `computed`, the number of functions that the networks compute on all rows.
    Source: McCulloch & Pitts (1943).
    """

    inputs: int = option(help="the number of inputs", ge=1, le=3)

    def measure(self, context: Context) -> Mapping[str, Quantity]:
        """All functions at once: each is a replica of one stack."""
        rows = np.array([*itertools.product((0.0, 1.0), repeat=self.inputs)])
        functions = np.array([*itertools.product((0.0, 1.0), repeat=len(rows))])
        text = f"task: {{parity: {{bits: {self.inputs}}}}}\narchitecture: [{len(rows)}]\nactivation: step\n"
        network = alone(_layers(text), (self.inputs,), range(len(functions)), len(rows))
        W1, b1, W2, b2 = (network.view(segment) for segment in network.segments)
        W1[...] = (2 * rows - 1).T
        b1[...] = 0.5 - rows.sum(axis=1)
        W2[...] = functions[:, :, None]
        b2[...] = -0.5
        found = output(network, rows)[..., 0]
        return {"computed": float((found == functions).all(axis=1).sum())}


def _layers(text: str) -> list[Layer]:
    """The layers of a config; the output is a threshold unit too."""
    (hidden, last) = (placed.layer for placed in experiment_of_text(text, "boolean_networks").placed_layers)
    if not isinstance(hidden, Dense) or not isinstance(last, Dense):
        raise TypeError("the layers of this config are dense")
    return [hidden, dataclasses.replace(last, activation=hidden.activation)]
