"""A network as a diagram."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from nncli.config.experiment import Design
from nncli.nn.layers.dense import Dense
from nncli.nn.network import Network
from nncli.pictures.kind import Kind
from nncli.pictures.one_network import knows_start, one_network, the_chosen
from nncli.pictures.subject import Subject
from nncli.pictures.weights import layer_words
from nncli.report.headline import table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from nncli.report.plots.network import DenseWeights

MOST_UNITS, MOST_WEIGHTS = 32, 500
"""The largest network drawn with its units: of a layer, and of all layers, with biases."""


def _network(subject: Subject, width: float) -> Figure:
    from nncli.report.plots.network import blocks_figure, diagram_figure, total_text

    if not is_small(subject.experiment):
        rows = table(subject.experiment)
        return blocks_figure(rows, [subject.title, total_text(rows)], width)
    one, data = one_network(subject), subject.experiment.splits.train
    layers = [*dense_weights(one.final, layer_words(subject.experiment))]
    outputs = data.class_names if len(data.class_names) == layers[-1].W.shape[1] else data.target_names
    return diagram_figure(layers, data.input_names, outputs, [f"{one.title}, epoch {one.epoch}"], width)


def is_small(design: Design) -> bool:
    """Whether a network is drawn with its units: dense layers on vectors, and nothing else that learns."""
    sizes = [design.input_shape[-1]]
    for placed in design.placed_layers:
        if isinstance(placed.layer, Dense):
            sizes.append(placed.layer.units)
        elif placed.parameters or placed.layer.forks or placed.layer.joins:
            return False
    is_flat = all(len(placed.input_shape) == 1 for placed in design.placed_layers)
    return is_flat and max(sizes) <= MOST_UNITS and design.parameter_count <= MOST_WEIGHTS


def dense_weights(network: Network, words: Sequence[str]) -> Iterator[DenseWeights]:
    """The dense layers of a network of one replica.

    Args:
        words: what each layer is.
    """
    from nncli.report.plots.network import DenseWeights

    for index, layer in enumerate(network.layers):
        if isinstance(layer, Dense):
            own = {
                s.spec.name: np.asarray(network.view(s)[0], np.float64) for s in network.segments if s.layer == index
            }
            yield DenseWeights(words[index], own["W"], own.get("b"))


def _seeds(subject: Subject) -> tuple[int, ...]:
    """The one whose units it shows; blocks are those of all seeds."""
    return the_chosen(subject) if is_small(subject.experiment) else subject.seeds


KINDS = {
    "network": Kind(
        "the weights that training started from",
        knows_start,
        _network,
        seeds=_seeds,
        reading=(
            "A small network of dense layers, unit by unit, of one seed: a line is as thick as its weight is large, "
            "solid if it is positive and dashed if negative; the biases are lines from the squares. Any other network"
            " is drawn as blocks: its layers with the shapes of their outputs and their parameters."
        ),
    )
}
