"""A network of one or two inputs as the function that it computes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from nncli.pictures.kind import Kind
from nncli.pictures.subject import (
    Numbers,
    Subject,
    all_seeds,
    axis,
    class_names,
    classes,
    has_classes,
    thinned,
    titled,
    with_band,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from nncli.report.plots.film import Stage
    from nncli.report.plots.function import Fit, Surface
    from nncli.report.plots.plane import Agreement, PlaneMap

GRID = 120
"""Points on each side of a map."""
FILM_GRID = 60
"""The same, in a film, whose pictures are small."""
FIT_GRID = 60
"""The same, of the median of all seeds."""
VOTES = 60
"""The same, where all seeds vote."""
LINE = 500
"""Points along a function of one input."""
MOST_MAPS = 5
"""Seeds that get a map of their own."""


def _boundary(subject: Subject, width: float) -> Figure:
    from nncli.report.plots.plane import boundary_figure
    from nncli.report.plots.seed_marks import belongs

    made = boundary_figure(*_boundaries(subject, GRID), titled(subject.title, subject.splits), width)
    for axes, seed in zip(made.axes, subject.seeds[:MOST_MAPS], strict=False):
        belongs(axes, [seed])
    return made


def _boundary_film(subjects: Sequence[Subject], width: float) -> Stage:
    from nncli.report.plots.film import Stage
    from nncli.report.plots.plane import boundary_figure, draw_maps

    found = [_boundaries(subject, FILM_GRID) for subject in subjects]
    titles = [titled(subject.title, subject.splits) for subject in subjects]
    made = boundary_figure(*found[-1], titles[-1], width)
    maps, agreement = found[-1]
    axes = made.axes[: len(maps) + (agreement is not None)]

    def draw(k: int) -> None:
        draw_maps(axes, *found[k])
        made.suptitle(titles[k])

    return Stage(made, axes, draw, len(found))


def _boundaries(subject: Subject, points: int) -> tuple[dict[str, PlaneMap], Agreement | None]:
    """Maps of the first seeds with this number of points on each side, and how far all seeds agree."""
    from nncli.report.plots.plane import PlaneMap, Points, agreement_of

    train = subject.splits["train"]
    names, shown = class_names(train), subject.only(subject.seeds[:MOST_MAPS])
    x, y, grid = _plane(subject, points)
    rows = {name: thinned(data) for name, data in subject.splits.items()}
    on_grid, *found = _outputs(shown, [grid, *(data.inputs for data in rows.values())])
    on_rows = dict(zip(rows, found, strict=True))
    lines = [*shown.first_layer()] or [np.zeros((0, 3))] * len(shown.seeds)
    maps = {
        f"seed {seed}": PlaneMap(
            x,
            y,
            _surface(on_grid[r], (points, points)),
            names,
            train.input_names[:2],
            tuple(
                Points(name, data.inputs, classes(data.targets), classes(on_rows[name][r]) != classes(data.targets))
                for name, data in rows.items()
            ),
            lines[r],
        )
        for r, seed in enumerate(shown.seeds)
    }
    agreement = None
    if len(subject.seeds) > 1:
        x, y, grid = _plane(subject, VOTES)
        votes = np.stack([classes(own).reshape(VOTES, VOTES) for own in subject.outputs(grid)])
        agreement = agreement_of(x, y, votes, names)
    return maps, agreement


def _plane(subject: Subject, points: int) -> tuple[Numbers, Numbers, Numbers]:
    """The coordinates of columns and rows of a grid over the rows, and its points (points², 2)."""
    x, y = (axis(subject.splits, column, points) for column in range(2))
    return x, y, np.stack([part.ravel() for part in np.meshgrid(x, y)], axis=1)


def _outputs(subject: Subject, inputs: Sequence[Numbers]) -> list[Numbers]:
    """The predictions for several inputs, each as `Subject.outputs` has it, made together."""
    return np.split(subject.outputs(np.concatenate(inputs)), np.cumsum([len(own) for own in inputs])[:-1], axis=1)


def _fit(subject: Subject, width: float) -> Figure:
    return _line(subject, width) if subject.experiment.input_shape == (1,) else _maps(subject, width)


def _fit_film(subjects: Sequence[Subject], width: float) -> Stage:
    return (_line_film if subjects[0].experiment.input_shape == (1,) else _maps_film)(subjects, width)


def _line(subject: Subject, width: float) -> Figure:
    from nncli.report.plots.function import fit_figure

    return fit_figure(_fit_of(subject), titled(with_band(subject), subject.splits), width)


def _line_film(subjects: Sequence[Subject], width: float) -> Stage:
    from nncli.report.plots.film import Stage
    from nncli.report.plots.function import draw_fit, draw_residuals_along, fit_figure

    found = [_fit_of(subject) for subject in subjects]
    titles = [titled(with_band(subject), subject.splits) for subject in subjects]
    made = fit_figure(found[-1], titles[-1], width)

    def draw(k: int) -> None:
        draw_fit(made.axes[0], found[k])
        draw_residuals_along(made.axes[1], found[k])
        made.suptitle(titles[k])

    return Stage(made, made.axes, draw, len(found))


def _fit_of(subject: Subject) -> Fit:
    from nncli.report.plots.function import Fit

    x, train = axis(subject.splits, 0, LINE), subject.splits["train"]
    shown = {name: thinned(data) for name, data in subject.splits.items()}
    outputs, *on_rows = _outputs(subject, [x[:, None], *(data.inputs for data in shown.values())])
    return Fit(
        x,
        outputs[..., 0],
        {name: (data.inputs[:, 0], data.targets[:, 0]) for name, data in shown.items()},
        {name: own[..., 0] for name, own in zip(shown, on_rows, strict=True)},
        (train.input_names[0], train.target_names[0]),
        exact_values(subject, x[:, None]),
    )


def _maps(subject: Subject, width: float) -> Figure:
    from nncli.report.plots.function import surfaces_figure

    return surfaces_figure(_surface_of(subject), _maps_title(subject), width)


def _maps_film(subjects: Sequence[Subject], width: float) -> Stage:
    from nncli.report.plots.film import Stage
    from nncli.report.plots.function import draw_surfaces, greatest, surfaces_figure

    found = [_surface_of(subject) for subject in subjects]
    most, titles = max(map(greatest, found)), [*map(_maps_title, subjects)]
    made = surfaces_figure(found[-1], titles[-1], width, most)

    def draw(k: int) -> None:
        draw_surfaces(made.axes[:3], found[k], most)
        made.suptitle(titles[k])

    return Stage(made, made.axes[:3], draw, len(found))


def _maps_title(subject: Subject) -> str:
    from nncli.tasks.functions import Sampled

    title = subject.title + (": median" if len(subject.seeds) > 1 else "")
    return title if isinstance(subject.experiment.task, Sampled) else titled(title, subject.splits)


def _surface_of(subject: Subject) -> Surface:
    from nncli.report.plots.function import Surface

    train = subject.splits["train"]
    x, y, grid = _plane(subject, FIT_GRID)
    median = np.median(subject.outputs(grid)[..., 0], axis=0)
    exact = exact_values(subject, grid)
    shown = [thinned(data) for data in subject.splits.values()]
    inputs = np.concatenate([data.inputs for data in shown])
    targets = np.concatenate([data.targets[:, 0] for data in shown])
    on_rows = np.median(subject.outputs(inputs)[..., 0], axis=0)
    shape = (len(y), len(x))
    return Surface(
        x,
        y,
        median.reshape(shape),
        None if exact is None else exact.reshape(shape),
        inputs,
        targets,
        on_rows,
        (*train.input_names[:2], train.target_names[0]),
    )


def exact_values(subject: Subject, inputs: Numbers) -> Numbers | None:
    """What the formula of the task gives for inputs (N, n), NaN where that is not finite; None without a formula."""
    from nncli.tasks.expressions import run
    from nncli.tasks.functions import Sampled

    if not isinstance(subject.experiment.task, Sampled):
        return None
    formula = subject.experiment.task.formula()
    values = run(formula.program, dict(zip(formula.variables, inputs.T, strict=True)))
    exact = np.array(np.broadcast_to(values, len(inputs)), np.float64)
    return np.where(np.isfinite(exact), exact, np.nan)


def _surface(values: Numbers, shape: tuple[int, int]) -> Numbers:
    """Of two classes, the probability of the second; of more, the class.

    Of two outputs it is (1 + p_2 - p_1) / 2, which is p_2 if they add up to 1, and ½ where they are equal if not.
    """
    if values.shape[1] > 2:
        return classes(values).reshape(shape).astype(np.float64)
    second = values[:, 0] if values.shape[1] == 1 else (1 + values[:, 1] - values[:, 0]) / 2
    return np.clip(second, 0, 1).reshape(shape)


def _has_numbers(subject: Subject) -> bool:
    shape = subject.experiment.input_shape
    return shape in {(1,), (2,)} and not has_classes(subject) and subject.experiment.outputs == 1


KINDS = {
    "boundary": Kind(
        "two numbers as inputs, and classes",
        lambda s: s.experiment.input_shape == (2,) and has_classes(s),
        _boundary,
        seeds=all_seeds,
        film=_boundary_film,
        reading=(
            "Filled markers are training rows, hollow ones were held out, and a ring marks a row that the network "
            "gets wrong. Each dashed line is where a unit of the first layer changes sign. The border bends near "
            "these lines; where it bends far from all of them, deeper layers are at work."
        ),
    ),
    "fit": Kind(
        "one or two numbers as input, and one as target",
        _has_numbers,
        _fit,
        seeds=all_seeds,
        film=_fit_film,
        reading=(
            "A network as the function it computes, beyond the rows as well. Where the band opens, the rows no longer"
            " decide what the network predicts: the seeds extrapolate in different ways. The dashed line is the "
            "function itself, if the task has a formula. Of two inputs, there are maps of target, prediction and "
            "difference."
        ),
    ),
}
