"""What the outputs of a network are worth as probabilities."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nncli.nn.activations.sigmoids import Sigmoid
from nncli.nn.activations.softmax import Softmax
from nncli.pictures.kind import Kind
from nncli.pictures.subject import Numbers, Subject, all_seeds, class_names, classes, has_classes, last_split

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def _roc(subject: Subject, width: float) -> Figure:
    from nncli.analysis.roc import roc
    from nncli.report.plots.probabilities import draw_roc
    from nncli.report.plots.style import figure

    split, data = last_split(subject)
    names, scores, label = class_names(data), _of_classes(subject.outputs(data.inputs)), classes(data.targets)
    known = [c for c in range(len(names)) if (label == c).any()]
    against = known[-1:] if len(names) == 2 else known
    curves = {names[c]: [roc(own[:, c], label == c) for own in scores] for c in against}
    with figure(1, 1, width, height=min(width + 0.3, 4.5)) as (made, (axes,)):
        draw_roc(axes, curves, subject.seeds)
        of = f"class {names[-1]}" if len(names) == 2 else "each class against the rest"
        axes.set_title(f"{subject.title}, {split} rows: {of}")
    return made


def _calibration(subject: Subject, width: float) -> Figure:
    from nncli.analysis.calibration import expected_calibration_error, reliability
    from nncli.report.plots.probabilities import draw_bin_counts, draw_calibration
    from nncli.report.plots.style import figure, legend_below

    split, data = last_split(subject)
    names, outputs, label = class_names(data), _of_classes(subject.outputs(data.inputs)), classes(data.targets)
    if len(names) == 2:
        stated, came_true = outputs[..., 1], np.broadcast_to(label == 1, outputs.shape[:2])
        axis, share = f"probability of class {names[1]}", f"share of class {names[1]}"
    else:
        stated, came_true = outputs.max(axis=-1), outputs.argmax(axis=-1) == label
        axis, share = "probability of the predicted class", "share of correct predictions"
    bins = reliability(stated, came_true)
    with figure(1, 2, width, heights=(3, 1)) as (made, (axes, below)):
        draw_calibration(axes, bins, expected_calibration_error(stated, came_true))
        draw_bin_counts(below, bins, len(subject.seeds))
        axes.set(xlabel=axis, ylabel=share)
        below.set_xlabel(axis)
        axes.set_title(f"{subject.title}, {split} rows")
        legend_below(made, axes)
    return made


def _of_classes(outputs: Numbers) -> Numbers:
    """Outputs (R, N, n_out) as one for each class: a single output is that of the second."""
    return np.concatenate([1 - outputs, outputs], axis=-1) if outputs.shape[-1] == 1 else outputs


def _has_two(subject: Subject) -> bool:
    """Whether its held-out rows are of two classes at least."""
    return has_classes(subject) and len({*classes(last_split(subject)[1].targets)}) > 1


def _has_probabilities(subject: Subject) -> bool:
    return has_classes(subject) and isinstance(subject.experiment.output.activation, Sigmoid | Softmax)


KINDS = {
    "roc": Kind(
        "rows of several classes",
        _has_two,
        _roc,
        seeds=all_seeds,
        reading=(
            "The share of the rows of a class that is found (up) and the share of all other rows that is taken for it"
            " (across), as the threshold on its probability falls. The diagonal is guessing; the corner at the top "
            "left is perfect."
        ),
    ),
    "calibration": Kind(
        "outputs that are probabilities of classes",
        _has_probabilities,
        _calibration,
        seeds=all_seeds,
        reading=(
            "Whether predicted probabilities can be taken at their word: of the rows to which the network gives a "
            "probability near 0.8, 80 % should be of that class. Below the diagonal, the probability is too high. An "
            "interval is wide where a bin has few rows."
        ),
    ),
}
