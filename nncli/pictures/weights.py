"""The weights of a network, before and after training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from nncli.config.experiment import Design
from nncli.experiments.result import parameter_names
from nncli.nn.layers.convolution import Convolution
from nncli.nn.network import Network
from nncli.nn.parameters import by_layer
from nncli.pictures.kind import Kind
from nncli.pictures.one_network import OneNetwork, knows_start, one_network, the_chosen
from nncli.pictures.subject import Subject
from nncli.report.headline import output_activation
from nncli.report.network_text import layer_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from nncli.report.plots.film import Stage
    from nncli.report.plots.weights import Matrix

MOST = 6
"""The most matrices drawn; of more, some evenly spread over the network, the first and the last among them."""


def _weights(subject: Subject, width: float) -> Figure:
    from nncli.report.plots.weights import weights_figure

    one = one_network(subject)
    shown, title = _shown(subject, one)
    return weights_figure(shown, f"epoch {one.epoch}", title, width)


def _film(subjects: Sequence[Subject], width: float) -> Stage:
    """With one scale for all moments."""
    from nncli.report.plots.film import Stage
    from nncli.report.plots.weights import Scales, draw_weights, weights_figure

    moments = [_shown(subject, one_network(subject)) for subject in subjects]
    scales, when = Scales.of([shown for shown, _ in moments]), "this epoch"
    made = weights_figure(moments[-1][0], when, moments[-1][1], width, scales)
    axes = made.axes[:-1]  # the last one is the scale of the colors

    def draw(k: int) -> None:
        shown, title = moments[k]
        draw_weights(axes, shown, when, scales, width)
        made.suptitle("\n".join(title))

    return Stage(made, axes, draw, len(moments))


def _shown(subject: Subject, one: OneNetwork) -> tuple[list[Matrix], list[str]]:
    """The matrices to draw, and the lines of the title."""
    experiment = subject.experiment
    found = matrices(one.initial, one.final, layer_words(experiment), experiment.splits.train.input_names)
    drawn = np.unique(np.linspace(0, len(found) - 1, MOST).round().astype(int))
    many = [f"{MOST} of {len(found)} weight matrices"] if len(found) > MOST else []
    return [found[place] for place in drawn], [one.title, *many]


def layer_words(design: Design) -> list[str]:
    """What each layer is, with the output activation that the loss applies."""
    return [*map(layer_text, design.layers[:-1]), f"{design.outputs} {output_activation(design)}"]


def matrices(initial: Network, final: Network, words: Sequence[str], inputs: Sequence[str]) -> list[Matrix]:
    """The matrices that a network of one replica has learned, in order, and the filters of the first convolution.

    Args:
        initial, final: before and after training.
        words: what each layer is.
        inputs: the names of its inputs.
    """
    from nncli.report.plots.weights import MOST_NAMES, Matrix

    found = []
    names = dict(zip(final.segments, parameter_names(final.segments), strict=True))
    first = min((s.layer for s in final.segments if s.spec.trained), default=0)
    convolution = next((index for index, layer in enumerate(final.layers) if isinstance(layer, Convolution)), -1)
    for index, segments in by_layer(final.segments).items():
        layer, own = final.layers[index], {s.spec.name: s for s in segments}
        gates = getattr(layer, "gates", 1)
        for segment in segments:
            if len(segment.spec.shape) < 2 or not segment.spec.trained:
                continue
            before, after = (np.asarray(network.view(segment)[0], np.float64) for network in (initial, final))
            b = own.get(segment.spec.name.replace("W", "b"))
            bias = None if b is None or b is segment else np.asarray(final.view(b)[0], np.float64)
            rows, columns, labels = "input", f"unit, {gates} gates" if gates > 1 else "unit", tuple[str, ...]()
            if isinstance(layer, Convolution):
                if index == convolution:
                    rows, columns = ("channels", "steps") if after.ndim == 3 else ("rows", "columns")
                    before, after = (
                        own if own.ndim == 4 else own.transpose(1, 0, 2)[:, :, None] for own in (before, after)
                    )  # of a sequence, the channels below each other
                else:
                    rows, columns = "window cell", "filter"
                    before, after = (own.reshape(-1, own.shape[-1]) for own in (before, after))
            elif segment.spec.name == "U":
                rows = "unit before"
            elif segment.spec.name == "E":
                rows, columns = "step", "feature"
            if index == first and len(inputs) == len(after) <= MOST_NAMES and after.ndim == 2:
                labels = tuple(inputs)
            found.append(Matrix(names[segment], words[index], before, after, bias, rows, columns, labels))
    return found


KINDS = {
    "weights": Kind(
        "the weights that training started from",
        knows_start,
        _weights,
        seeds=the_chosen,
        film=_film,
        reading=(
            "The weights of one seed, on one scale for all: dark is negative, bright positive, gray 0. Each column of"
            " a matrix is a unit, and its last row the biases; the filters of the first convolution are tiles. Below,"
            " the line is how the weights were spread before training, the area how they are now."
        ),
    )
}
