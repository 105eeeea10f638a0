"""The rows of a task as a network's last hidden layer represents them, before and after training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from nncli.experiments.hidden_rows import after_layers
from nncli.nn.network import Network
from nncli.pictures.kind import Kind
from nncli.pictures.one_network import OneNetwork, knows_start, one_network, the_chosen
from nncli.pictures.subject import Numbers, Subject, class_names, classes, has_classes, thinned
from nncli.report.numbers import count
from nncli.threads import limited_threads

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from nncli.report.plots.film import Stage
    from nncli.report.plots.hidden import Targets


def _hidden(subject: Subject, width: float) -> Figure:
    from nncli.report.plots.hidden import hidden_figure

    one = one_network(subject)
    before, after = _representations(subject, one.initial, one.final)
    panels = {"before training": before, f"after training, epoch {one.epoch}": after}
    return hidden_figure(panels, _targets(subject), _title(subject, one, before), _line(subject, one.final), width)


def _film(subjects: Sequence[Subject], width: float) -> Stage:
    """In the plane of the last moment."""
    from nncli.report.plots.film import Stage
    from nncli.report.plots.hidden import draw_rows, hidden_figure

    moments = [one_network(subject) for subject in subjects]
    finals = (one.final for one in moments)
    before, *after = _representations(subjects[-1], moments[0].initial, *finals)
    lines = [_line(subject, one.final) for subject, one in zip(subjects, moments, strict=True)]
    names = [f"epoch {one.epoch}" for one in moments]
    titles = [_title(subject, one, before) for subject, one in zip(subjects, moments, strict=True)]
    targets = _targets(subjects[-1])
    panels = {"before training": before, names[-1]: after[-1]}
    made = hidden_figure(panels, targets, titles[-1], lines[-1], width, after[-1])
    moving = made.axes[1]

    def draw(k: int) -> None:
        draw_rows(moving, names[k], after[k], targets, lines[k], after[-1])
        made.suptitle("\n".join(titles[k]))

    return Stage(made, [moving], draw, len(moments))


def _representations(subject: Subject, *networks: Network) -> list[Numbers]:
    """The drawn rows (N, n) in the last hidden layer of each network."""
    rows = thinned(subject.experiment.splits.train)
    with limited_threads(subject.experiment.threads), np.errstate(all="ignore"):
        return [last_hidden(network, rows.inputs) for network in networks]


def _targets(subject: Subject) -> Targets:
    from nncli.report.plots.hidden import Targets

    data = subject.experiment.splits.train
    rows = thinned(data)
    if has_classes(subject):
        return Targets("class", classes(rows.targets).astype(np.float64), class_names(data))
    return Targets(data.target_names[0], rows.targets[:, 0])


def _title(subject: Subject, one: OneNetwork, hidden: Numbers) -> tuple[str, str]:
    (drawn, units), rows = hidden.shape, len(subject.experiment.splits.train.inputs)
    total, few = count(rows, "training row"), f"{drawn} of " if drawn < rows else ""
    return one.title, f"what the output layer reads: {count(units, 'hidden unit')}, {few}{total}"


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
        film=_film,
        reading=(
            "The training rows as the output layer reads them, before and after the training of one seed. An output "
            "layer can only divide this space by straight cuts, so training has to move the rows until such cuts are "
            "enough; a dashed line is where the output is 0.5. Of more than two units, the axes are the first two "
            "principal components: if they show little of the variance, classes that overlap here may be far apart."
        ),
    )
}
