"""The loss on a plane through the weights before and after training."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nncli.experiments.weights_history import has_history, read_history
from nncli.nn.arrays import Array
from nncli.nn.layers import multiply_adds
from nncli.nn.network import Network
from nncli.pictures.kind import Kind
from nncli.pictures.one_network import knows_start, one_network, the_chosen
from nncli.pictures.subject import Subject
from nncli.report.numbers import count
from nncli.training.data import Rows
from nncli.training.metrics import evaluate

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from nncli.report.plots.loss_surface import LossSurface

Numbers = NDArray[np.float64]

ROWS = 200
"""Of the training rows, as many are enough for the picture."""
FEWEST_ROWS = 20
WORK = 2e9
"""Multiply-adds of all passes together: a second or two."""
SIDES = (41, 31, 21, 15, 11)
"""Points along each side of the grid: the most that `WORK` allows."""
NUMBERS = 1 << 22
"""Parameters of the networks that are evaluated at once."""
BEYOND = 0.35
"""How far the grid reaches beyond the points of interest, as a share of their distance."""


def loss_surface(subject: Subject) -> tuple[LossSurface, str]:
    """The surface for the seed that stands for the run, and the title of its picture. Raises: as `one_network`.

    Where weights were recorded, v is the first principal component of their path, apart from u. Elsewhere it is a
    random direction, whose part in each parameter is as long as that of u.

    Source: Goodfellow et al. (2015) for the line; Li et al. (2018), "Visualizing the Loss Landscape of Neural Nets",
        for the plane and its scale.
    """
    from nncli.report.plots.loss_surface import LossSurface

    one = one_network(subject)
    start, end = (own.theta[0].astype(np.float64) for own in (one.initial, one.final))
    u, size = end - start, float(np.linalg.norm(end - start))
    path, direction = np.stack([start, end]), "random direction"
    v = _random_direction(one.final, u)
    if has_history(subject.run):
        path = read_history(subject.run).of(one.final.seeds).theta[0].astype(np.float64)
        aside = (path - start) - np.outer((path - start) @ u / size**2, u) if size else path - start
        if np.abs(aside).max(initial=0.0) > 1e-9 * size:
            v, direction = np.linalg.svd(aside, full_matrices=False)[2][0], "main sideways direction of the path"
    v = v * size / (float(np.linalg.norm(v)) or 1.0)
    basis = np.stack([u, v]) / (size**2 or 1.0)
    on_plane = (path - start) @ basis.T
    per_row = sum(multiply_adds(own.layer, own.input_shape) for own in subject.experiment.placed_layers) + len(u)
    rows, note = _sample(subject, one.final, int(WORK / per_row / SIDES[-1] ** 2))
    side = next((own for own in SIDES if own**2 * len(rows) * per_row <= WORK), SIDES[-1])
    a, b = _grid(on_plane, side)
    places = np.stack([part.ravel() for part in np.meshgrid(a, b)], axis=1)
    loss = _losses(one.final, start, np.stack([u, v]), np.vstack([places, [[0, 0], [1, 0]]]), rows)
    surface = LossSurface(
        a, b, loss[:-2].reshape(side, side), on_plane, (float(loss[-2]), float(loss[-1])), direction, note
    )
    return surface, one.title


def _random_direction(network: Network, u: Numbers) -> Numbers:
    """Perpendicular to u; in each parameter as long as u, and 0 where it is not trained."""
    v = np.random.default_rng(0).standard_normal(len(u))
    for segment in network.segments:
        own = slice(segment.start, segment.stop)
        length = float(np.linalg.norm(v[own])) or 1.0
        v[own] *= float(np.linalg.norm(u[own])) / length if segment.spec.trained else 0.0
    return np.asarray(v - u * ((u @ v) / ((u @ u) or 1.0)))


def _sample(subject: Subject, network: Network, affordable: int) -> tuple[Rows, str]:
    """Training rows, as many as needed or can be afforded, and how many they are in words."""
    data = subject.experiment.splits.train
    n, most = len(data.inputs), min(ROWS, max(FEWEST_ROWS, affordable))
    own = np.arange(n) if n <= most else np.sort(np.random.default_rng(0).choice(n, most, replace=False))
    note = count(n, "training row") if n <= most else f"{most} of {n} training rows"
    return Rows.of(network, data.kind, data.inputs[own], data.targets[own]), note


def _grid(path: Numbers, side: int) -> tuple[Numbers, Numbers]:
    """Columns and rows around the path, at the same scale."""
    low, high = path.min(axis=0), path.max(axis=0)
    middle, half = (low + high) / 2, float((high - low).max()) * (0.5 + BEYOND) or 1.0
    return np.linspace(middle[0] - half, middle[0] + half, side), np.linspace(middle[1] - half, middle[1] + half, side)


def _losses(like: Network, start: Numbers, basis: Numbers, places: Numbers, rows: Rows) -> Numbers:
    """The loss at each place of the plane: networks are evaluated in stacks, as many as fit."""
    together = max(1, NUMBERS // len(start))
    found = []
    for first in range(0, len(places), together):
        own = places[first : first + together]
        theta: Array = (start + own @ basis).astype(like.theta.dtype)
        stack = Network(
            like.layers,
            like.loss_function,
            like.shapes[0],
            seeds=like.seeds * len(own),
            capacity=min(like.capacity, len(rows)),
            dtype=theta.dtype,
            theta=theta,
        )
        with np.errstate(all="ignore"):
            found.append(evaluate(stack, rows)["loss"])
    return np.concatenate(found)


def _draw(subject: Subject, width: float) -> Figure:
    from nncli.report.plots.loss_surface import loss_surface_figure

    surface, title = loss_surface(subject)
    return loss_surface_figure(surface, title, width)


KINDS = {
    "loss_surface": Kind(
        "weights that are trained, and those they started from",
        lambda s: s.result.parameters > 0 and knows_start(s),
        _draw,
        seeds=the_chosen,
        reading=(
            "The training loss on a plane through the weights before and after training. A steep or winding valley "
            "asks for a smaller learning rate or a scheme such as Adam; a wide one forgives much. A plane shows two "
            "directions of very many: what is a wall here may be open elsewhere."
        ),
    )
}
