"""The rows of a task as a network's last hidden layer represents them, before and after training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from nncli.experiments.hidden_rows import after_layers
from nncli.nn.network import Network
from nncli.pictures.kind import Film, Kind
from nncli.pictures.one_network import OneNetwork, knows_start, one_network, the_chosen
from nncli.pictures.subject import Numbers, Subject, class_names, classes, has_classes, thinned
from nncli.report.numbers import count
from nncli.threads import limited_threads

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def _hidden(subject: Subject, width: float, end: OneNetwork | None = None) -> Figure:
    """The last hidden layer; in a film, in the plane of its last picture, whose network is `end`."""
    from nncli.report.plots.hidden import Targets, hidden_figure

    one, data = one_network(subject), subject.experiment.splits.train
    rows = thinned(data)
    if has_classes(subject):
        shown = Targets("class", classes(rows.targets).astype(np.float64), class_names(data))
    else:
        shown = Targets(data.target_names[0], rows.targets[:, 0])
    with limited_threads(subject.experiment.threads), np.errstate(all="ignore"):
        networks = (one.initial, one.final, *([] if end is None else [end.final]))
        before, after, *plane = (last_hidden(network, rows.inputs) for network in networks)
    drawn, total = len(rows.inputs), count(len(data.inputs), "training row")
    units = count(before.shape[1], "hidden unit")
    title = (
        one.title,
        f"what the output layer reads: {units}, {f'{drawn} of ' if drawn < len(data.inputs) else ''}{total}",
    )
    then = f"after training, epoch {one.epoch}" if end is None else f"epoch {one.epoch}"
    panels = {"before training": before, then: after}
    return hidden_figure(panels, shown, title, _line(subject, one.final), width, *plane)


def _film(subjects: Sequence[Subject], width: float) -> list[Figure]:
    end = one_network(subjects[-1])
    return [_hidden(subject, width, end) for subject in subjects]


def last_hidden(network: Network, inputs: Numbers) -> Numbers:
    """What the output layer of a network of one replica reads, (N, n), for inputs as the network sees them."""
    return after_layers(network, len(network.layers) - 1, inputs)


def _line(subject: Subject, network: Network) -> Numbers | None:
    """w1, w2 and b of the output unit, where w·a + b = 0 divides two classes in the plane of two hidden units."""
    output = {s.spec.name: network.view(s)[0] for s in network.segments if s.layer == len(network.layers) - 1}
    divides = has_classes(subject) and network.loss_function.link in ("sigmoid", "step")
    if not divides or output["W"].shape != (2, 1):
        return None
    return np.array([*output["W"][:, 0], output["b"][0] if "b" in output else 0.0], np.float64)


def _learns(subject: Subject) -> bool:
    return knows_start(subject) and any(placed.parameters for placed in subject.experiment.hidden)


KINDS = {
    "hidden": Kind(
        "a hidden layer that learns, and the weights it started from",
        _learns,
        _hidden,
        seeds=the_chosen,
        film=Film(_film),
        reading=(
            "The training rows as the output layer reads them, before and after the training of one seed. An output "
            "layer can only divide this space by straight cuts, so training has to move the rows until such cuts are "
            "enough; a dashed line is where the output is 0.5. Of more than two units, the axes are the first two "
            "principal components: if they show little of the variance, classes that overlap here may be far apart."
        ),
    )
}
