"""A constructed network beside its function: what its units contribute, and its error within the certified bound."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nncli.experiments.construction import Construction, construct
from nncli.experiments.interpolant import Units
from nncli.pictures.function import exact_values
from nncli.pictures.kind import Kind
from nncli.pictures.one_network import chosen, the_chosen
from nncli.pictures.subject import Numbers, Subject
from nncli.report.numbers import count

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from nncli.report.plots.construction import Built, Ridge

LINE = 1001
"""Points along a function of one input, apart from those halfway between knots, where an error is largest."""
GRID = 81
"""Points on each side of a map."""
ALONG = 400
"""Points along a ridge."""


def built(subject: Subject) -> tuple[Construction, Built]:
    """The construction that a run starts from, and what is drawn of it."""
    from nncli.report.plots.construction import Built

    found = construct(subject.experiment.task, subject.experiment.start.constructed or 0.0)
    inputs, (low, high) = len(found.units.W1), found.domain
    corners = np.zeros((0, 2))
    ridges: list[Ridge] = []
    if inputs == 1:
        corners = _corners(found.units, low, high)
        axis = np.union1d(np.linspace(low, high, LINE), (corners[1:, 0] + corners[:-1, 0]) / 2)
        points = axis[:, None]
    else:
        axis = np.linspace(low, high, GRID)
        points = np.stack([side.ravel() for side in np.meshgrid(axis, axis)], axis=1)
        ridges = sorted(_ridges(found.units, low, high), key=lambda ridge: -ridge.height)
    exact = np.asarray(exact_values(subject, points))  # only functions can be constructed
    for start, end in found.excluded:
        exact[(points[:, 0] >= start) & (points[:, 0] <= end)] = np.nan
    alone = subject.only((chosen(subject)[0],))
    return found, Built(
        units=found.units,
        bound=found.bound,
        excluded=found.excluded,
        axis=axis,
        exact=exact,
        output=found.units(points),
        trained=alone.outputs(points)[0, :, 0] if subject.experiment.training.epochs else None,
        corners=corners,
        ridges=ridges,
        names=subject.splits["train"].input_names[:inputs],
    )


def _corners(units: Units, low: float, high: float) -> Numbers:
    """Where the network bends, and the ends of the domain: x and the output there, (K, 2)."""
    bends = -units.b1 / units.W1[0]
    x = np.unique(np.concatenate([[low], bends[(bends > low) & (bends < high)], [high]]))
    return np.column_stack([x, units(x[:, None])])


def _ridges(units: Units, low: float, high: float) -> list[Ridge]:
    """What the units of each direction make together, along it."""
    from nncli.report.plots.construction import Ridge

    directions, of_unit = np.unique(units.W1.T, axis=0, return_inverse=True)
    found = []
    for place, direction in enumerate(directions):
        own = of_unit.ravel() == place
        reach = np.stack([direction * low, direction * high])
        s = np.linspace(reach.min(axis=0).sum(), reach.max(axis=0).sum(), ALONG)
        values = np.maximum(s[:, None] + units.b1[own], 0.0) @ units.W2[own, 0]
        found.append(Ridge((float(direction[0]), float(direction[1])), int(own.sum()), s, values))
    return found


def _draw(subject: Subject, width: float) -> Figure:
    from nncli.report.plots.construction import construction_figure

    found, drawn = built(subject)
    title = f"{subject.experiment.name}: {found.formula} by {count(found.units.count, 'relu unit')}: {found.method}"
    if drawn.trained is not None:
        seed, why = chosen(subject)
        title += f"; then trained, seed {seed}" + (f", {why}" if why else "")
    return construction_figure(drawn, title, width)


KINDS = {
    "construction": Kind(
        "a start from a construction, as runs of nncli construct have",
        lambda s: s.experiment.start.constructed is not None,
        _draw,
        "training.start.constructed and the task of config.yaml: it is constructed again; weights.npz",
        lambda s: the_chosen(s) if s.experiment.training.epochs else (),
        reading=(
            "The units are hinges, each flat on one side. Together they make bumps, one for each corner, and the "
            "bumps add up to the network. The function certainly lies within the band: the bound holds at every "
            "point, also between those that are drawn. Of two inputs, hinges along a direction add up to a ridge, and"
            " ridges of many directions to the function."
        ),
    )
}
