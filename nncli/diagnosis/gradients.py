"""Check backpropagation against finite differences, for exactly the network of a config."""

from __future__ import annotations

import numpy as np

from nncli.config.experiment import Experiment
from nncli.errors import UserError
from nncli.nn.gradient_check import GradientComparison, compare, objective
from nncli.nn.layers import Layer
from nncli.nn.network import Network
from nncli.registry import changed
from nncli.report.gradient_text import FINE, GradientCheck, LayerGradient
from nncli.report.headline import table as layer_table
from nncli.report.network_text import LayerRow
from nncli.training.data import Rows

ROWS = 8
"""The number of rows of the train split to pass: evenly spread, as neighbors may be of one class."""

MOVED = 0.01
"""The standard deviation of the noise added to the initial weights: a bias of 0 would put relu on its kink."""

WORK = 10_000_000_000
"""The most multiply-adds of a check, some seconds; a layer's other work counts as `OVERHEAD` of them."""

OVERHEAD = 200_000

FEWEST, MOST = 10, 200
"""The number of scalars of each parameter that are compared."""


def check_gradients(experiment: Experiment) -> GradientCheck:
    """Compare backpropagation with finite differences: network, loss and penalties as in the config.

    The result is deterministic. Layers are those of `nncli.report.headline.table` that have parameters.
    Every pass draws the same noise, batch normalization is in training mode, and truncation is switched off.

    Raises:
        UserError: if there are too few rows for a layer with batch statistics, or if the loss is not finite.
    """
    plain = experiment.layers
    whole = [_without_truncation(layer) for layer in plain]
    data, seed = experiment.splits.train, experiment.seeds[0]
    chosen = np.linspace(0, len(data.inputs) - 1, min(ROWS, len(data.inputs))).astype(int)
    network = Network(
        whole, experiment.output.loss, experiment.input_shape, seeds=[seed], capacity=len(chosen), dtype=np.float64
    )
    if len(chosen) < network.least_rows:
        given = f"a layer takes statistics of the batch and needs {network.least_rows} training rows"
        raise UserError(f"{given}, not {len(chosen)}", hint="Make training.validation and training.test smaller")
    rows = Rows.of(network, data.kind, data.inputs[chosen], data.targets[chosen])
    _move(network)
    with np.errstate(all="ignore"):
        if not np.isfinite(objective(network, rows.x, rows.y)).all():
            raise UserError("the loss is not finite at the initial weights", hint="Try training.standardize=true")
        table = layer_table(experiment)
        most = _affordable(network, table, len(chosen))
        found = list(compare(network, rows.x, rows.y, most, FINE))
    layers = _by_row(table, found)
    return GradientCheck(seed, len(chosen), layers, noisy=network.noisy, truncated=tuple(whole) != plain)


def _without_truncation(layer: Layer) -> Layer:
    """A recurrent layer without truncation, as the derivative needs."""
    if getattr(layer, "truncation", None) is None:
        return layer
    return changed(layer, truncation=None)


def _move(network: Network) -> None:
    generator = np.random.default_rng(0)
    for segment in network.segments:
        if segment.spec.trained:
            view = segment.view(network.theta)
            view += MOVED * generator.standard_normal(view.shape)


def _affordable(network: Network, table: list[LayerRow], rows: int) -> int:
    """The number of scalars of each parameter that can be compared within `WORK`, at two passes each."""
    one_pass = rows * sum(row.multiply_adds for row in table) + OVERHEAD * len(network.layers)
    parameters = sum(segment.spec.trained for segment in network.segments)
    return int(np.clip(WORK // (2 * one_pass * parameters), FEWEST, MOST))


def _by_row(table: list[LayerRow], found: list[GradientComparison]) -> list[LayerGradient]:
    """The findings by the rows of the table, each of which stands for one or more layers."""
    layers, start = [], 0
    for row in table:
        own = [c for c in found if start <= c.layer < start + row.layers]
        start += row.layers
        if own:
            of_layers = {c.layer for c in own}
            layers.append(
                LayerGradient(
                    row.layer,
                    row.parameters,
                    checked=sum(c.checked for c in own),
                    largest_gradient=max(c.largest for c in own),
                    error=float(np.max([c.error for c in own])),
                    smaller_steps=sum(c.smaller_steps for c in own),
                    too_small=len(of_layers - {c.layer for c in own if c.tells}),
                    layers=len(of_layers),
                    depth=row.depth,
                )
            )
    return layers
