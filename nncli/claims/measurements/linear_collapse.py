"""Depth without nonlinearity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from nncli.analysis.verdict import Quantity
from nncli.claims.measurements import Context, measurements
from nncli.claims.measurements.networks import alone, output
from nncli.errors import UserError
from nncli.experiments.train import run
from nncli.nn.layers.dense import Dense
from nncli.registry import option


@measurements.register("linear_collapse")
@dataclass(frozen=True, slots=True)
class LinearCollapse:
    """Linear collapse: trains a chain of dense linear layers, and multiplies them into one.

        a_L = (((x W_1 + b_1) W_2 + b_2) ...) = x W + b,   W = W_1 W_2 ... W_L,   b = (b_1 W_2 + b_2) W_3 + ...

    Quantities per seed: `error`, the largest |z - (x W + b)| over the rows, relative to the largest |z|; `solved`.
    """

    config: str = option(help="a config file, from the folder of the claim")
    overrides: tuple[str, ...] = option((), "overrides such as seeds=20")

    def measure(self, context: Context) -> Mapping[str, Quantity]:
        """Train, then compare the layers one by one with their product."""
        finished = run(context.config(self.config), self.overrides, runs_dir=context.runs_dir)
        placed = finished.experiment.placed_layers
        layers = [own.layer for own in placed]
        if not all(isinstance(layer, Dense) and layer.activation.linear for layer in layers):
            raise UserError("a layer is not dense and linear", hint="Set activation=linear")
        x = finished.experiment.splits.train.inputs
        network = alone(layers, x.shape[1:], finished.result.seeds, len(x))
        network.theta[...] = [outcome.theta for outcome in finished.outcomes]
        z = output(network, x)
        values = [network.view(segment) for segment in network.segments]
        W, b = np.eye(x.shape[1]), np.zeros((len(z), x.shape[1]))
        for own_W, own_b in zip(values[::2], values[1::2], strict=True):
            W, b = W @ own_W, (b[:, None] @ own_W)[:, 0] + own_b
        error = np.abs(z - (x @ W + b[:, None])).max(axis=(1, 2)) / np.abs(z).max(axis=(1, 2))
        return {"error": error, "solved": np.array(finished.result.solved, bool)}
