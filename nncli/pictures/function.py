"""A network of one or two inputs as the function that it computes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from nncli.pictures.kind import Kind
from nncli.pictures.subject import Numbers, Subject, axis, class_names, classes, has_classes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

GRID = 120
"""Points on each side of a map."""
LINE = 500
"""Points along a function of one input."""
MOST_MAPS = 6
"""Seeds that get a map of their own."""


def _boundary(subject: Subject, width: float) -> Figure:
    from nncli.report.plots.plane import PlaneMap, Points, draw_boundary
    from nncli.report.plots.style import figure

    train = subject.splits["train"]
    x, y = (axis(subject.splits, column, GRID) for column in range(2))
    grid = np.stack([part.ravel() for part in np.meshgrid(x, y)], axis=1)
    shown = replace(subject, seeds=subject.seeds[:MOST_MAPS])
    on_grid = shown.outputs(grid)
    on_rows = {name: shown.outputs(data.inputs) for name, data in subject.splits.items()}
    lines = [*shown.first_layer()] or [np.zeros((0, 3))] * len(shown.seeds)
    with figure(min(3, len(shown.seeds)), -(-len(shown.seeds) // 3), width, height=2.4) as (made, axes):
        for r, seed in enumerate(shown.seeds):
            points = tuple(
                Points(name, data.inputs, classes(data.targets), classes(on_rows[name][r]) != classes(data.targets))
                for name, data in subject.splits.items()
            )
            values, inputs = _surface(on_grid[r], (GRID, GRID)), train.input_names[:2]
            draw_boundary(axes[r], PlaneMap(x, y, values, class_names(train), inputs, points, lines[r]))
            axes[r].set_title(f"seed {seed}")
        for spare in axes[len(shown.seeds) :]:
            spare.remove()
        made.suptitle(subject.title)
    return made


def _fit(subject: Subject, width: float) -> Figure:
    from nncli.report.plots.scores import draw_fit
    from nncli.report.plots.style import figure

    x, train = axis(subject.splits, 0, LINE), subject.splits["train"]
    outputs = subject.outputs(x[:, None])[..., 0]
    rows = {name: (data.inputs[:, 0], data.targets[:, 0]) for name, data in subject.splits.items()}
    with figure(1, 1, width, height=3) as (made, (axes,)):
        draw_fit(axes, x, outputs, rows, (train.input_names[0], train.target_names[0]))
        axes.set_title(subject.title)
    return made


def _surface(values: Numbers, shape: tuple[int, int]) -> Numbers:
    """Of two classes, the probability of the second; of more, the class."""
    if values.shape[1] > 2:
        return classes(values).reshape(shape).astype(np.float64)
    return np.clip(values[:, -1], 0, 1).reshape(shape)


KINDS = {
    "boundary": Kind(
        "two numbers as inputs, and classes", lambda s: s.experiment.input_shape == (2,) and has_classes(s), _boundary
    ),
    "fit": Kind(
        "one number as input, and one as target",
        lambda s: s.experiment.input_shape == (1,) and not has_classes(s) and s.experiment.outputs == 1,
        _fit,
    ),
}
