"""Pictures of a run: what each kind needs is gathered here, and drawn in `report/plots/`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nncli.config.experiment import Experiment
from nncli.config.recorded_config import recorded_experiment
from nncli.errors import ExitCode, UserError
from nncli.experiments.predict import Trained, predict, reopen
from nncli.experiments.resume import check_data
from nncli.nn.layers.dense import Dense
from nncli.registry import unknown
from nncli.report.headline import task_text
from nncli.report.numbers import count
from nncli.runs.curves import Curves, recorded_curves
from nncli.runs.directory import RunDirectory
from nncli.runs.result_json import whole_result
from nncli.runs.result_record import Result
from nncli.tasks import TaskData
from nncli.tasks.data_json import Signature

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Numbers = NDArray[np.float64]

GRID = 120
"""Points on each side of a map."""
LINE = 500
"""Points along a function of one input."""
MARGIN = 0.1
"""How far a picture reaches beyond the rows, as a share of their range."""
MOST_MAPS = 6
"""Seeds that get a map of their own."""


@dataclass(frozen=True)
class Subject:
    """A finished run, as pictures look at it; what costs time is read when it is asked for.

    Attributes:
        seeds: those to draw.
    """

    run: RunDirectory
    experiment: Experiment
    result: Result
    seeds: tuple[int, ...]

    @property
    def title(self) -> str:
        """What was trained, on how many seeds."""
        which = f"seed {self.seeds[0]}" if len(self.seeds) == 1 else count(len(self.seeds), "seed")
        name, task = self.experiment.name, task_text(self.experiment)
        return f"{name}, {which}" if name == task else f"{name}: {task}, {which}"

    @cached_property
    def curves(self) -> Curves:
        """The recorded metrics of the seeds."""
        return recorded_curves(self.run).of(self.seeds)

    @cached_property
    def splits(self) -> dict[str, TaskData]:
        """The rows of each split, in raw units."""
        splits = self.experiment.splits
        mean, std = (0.0, 1.0) if splits.mean is None or splits.std is None else (splits.mean, splits.std)
        return {name: replace(data, inputs=data.inputs * std + mean) for name, data in splits.named().items()}

    def outputs(self, inputs: Numbers) -> Numbers:
        """The predictions (R, N, n_out) of the seeds for raw inputs (N, ...)."""
        with reopen(self.run, self.seeds[0] if len(self.seeds) == 1 else None) as trained:
            found = np.concatenate([*predict(trained, _blocks(trained, inputs))], axis=1)
            return found[[trained.seeds.index(seed) for seed in self.seeds]]

    def first_layer(self) -> Iterator[Numbers]:
        """Of each seed, w and b (units, n + 1) of the first layer for raw inputs; none if that is not dense."""
        if not isinstance(self.experiment.layers[0], Dense) or len(self.experiment.layers) == 1:
            return
        splits, n = self.experiment.splits, self.experiment.input_shape[-1]
        mean, std = (
            (np.zeros(n), np.ones(n)) if splits.mean is None or splits.std is None else (splits.mean, splits.std)
        )
        with reopen(self.run) as trained:
            for network in trained.networks():
                parts = {s.spec.name: network.view(s) for s in network.segments if s.layer == 0}
                for r, seed in enumerate(network.seeds):
                    if seed in self.seeds:
                        W = np.asarray(parts["W"][r], np.float64) / std[:, None]
                        b = np.asarray(parts["b"][r], np.float64).reshape(-1) if "b" in parts else np.zeros(W.shape[1])
                        yield np.column_stack([W.T, b - mean @ W])


def subject_of(run: RunDirectory, seed: int | None = None) -> Subject:
    """A run to draw.

    Raises:
        UserError: (code FILES) if it is not finished; (code DATA) if its data have changed; (code USAGE) for a seed
            that it does not have.
    """
    experiment = recorded_experiment(run)
    check_data(run, Signature.of(experiment.splits, experiment.task))
    result = whole_result(run)
    if not isinstance(result, Result):
        raise UserError(f"this run is {run.status}, not finished", where=str(run.path), code=ExitCode.FILES)
    if seed is not None and seed not in result.seeds:
        known = ", ".join(map(str, result.seeds[:12]))
        raise UserError(f"the run has no seed {seed}", where="--seed", allowed=f"Its seeds: {known}")
    return Subject(run, experiment, result, result.seeds if seed is None else (seed,))


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of picture.

    Attributes:
        needs: what a run must have, as in `two inputs`.
        fits: whether a run has it.
        draw: draws it, this wide in inches.
    """

    needs: str
    fits: Callable[[Subject], bool]
    draw: Callable[[Subject, float], Figure]


def _curves(subject: Subject, width: float) -> Figure:
    from nncli.report.plots.curves import curves_figure

    return curves_figure(subject.curves, subject.result, subject.title, width)


def _boundary(subject: Subject, width: float) -> Figure:
    from nncli.report.plots.plane import PlaneMap, Points, draw_boundary
    from nncli.report.plots.style import figure

    train = subject.splits["train"]
    x, y = (_axis(subject.splits, column, GRID) for column in range(2))
    grid = np.stack([part.ravel() for part in np.meshgrid(x, y)], axis=1)
    shown = replace(subject, seeds=subject.seeds[:MOST_MAPS])
    on_grid = shown.outputs(grid)
    on_rows = {name: shown.outputs(data.inputs) for name, data in subject.splits.items()}
    lines = [*shown.first_layer()] or [np.zeros((0, 3))] * len(shown.seeds)
    with figure(min(3, len(shown.seeds)), -(-len(shown.seeds) // 3), width, height=2.4) as (made, axes):
        for r, seed in enumerate(shown.seeds):
            points = tuple(
                Points(name, data.inputs, _classes(data.targets), _classes(on_rows[name][r]) != _classes(data.targets))
                for name, data in subject.splits.items()
            )
            draw_boundary(
                axes[r],
                PlaneMap(
                    x, y, _surface(on_grid[r], (GRID, GRID)), _names(train), train.input_names[:2], points, lines[r]
                ),
            )
            axes[r].set_title(f"seed {seed}")
        for spare in axes[len(shown.seeds) :]:
            spare.remove()
        made.suptitle(subject.title)
    return made


def _fit(subject: Subject, width: float) -> Figure:
    from nncli.report.plots.scores import draw_fit
    from nncli.report.plots.style import figure

    x, train = _axis(subject.splits, 0, LINE), subject.splits["train"]
    outputs = subject.outputs(x[:, None])[..., 0]
    rows = {name: (data.inputs[:, 0], data.targets[:, 0]) for name, data in subject.splits.items()}
    with figure(1, 1, width, height=3) as (made, (axes,)):
        draw_fit(axes, x, outputs, rows, (train.input_names[0], train.target_names[0]))
        axes.set_title(subject.title)
    return made


def _confusion(subject: Subject, width: float) -> Figure:
    from nncli.report.plots.scores import draw_confusion
    from nncli.report.plots.style import figure

    split, data = _last_split(subject)
    names = _names(data)
    counts = np.zeros((len(names), len(names)))
    for predicted in subject.outputs(data.inputs):
        np.add.at(counts, (_classes(data.targets), _classes(predicted)), 1)
    with figure(1, 1, width, height=min(width, 1.5 + 0.5 * len(names), 6)) as (made, (axes,)):
        draw_confusion(axes, counts, names)
        axes.set_title(f"{subject.title}, {split} rows")
    return made


def _residuals(subject: Subject, width: float) -> Figure:
    from nncli.report.plots.scores import draw_residuals
    from nncli.report.plots.style import figure

    split, data = _last_split(subject)
    with figure(1, 1, width, height=3) as (made, (axes,)):
        draw_residuals(axes, data.targets[:, 0], subject.outputs(data.inputs)[..., 0])
        axes.set_title(f"{subject.title}, {split} rows")
    return made


def _has_classes(subject: Subject) -> bool:
    form = subject.experiment.form
    return form.kind == "classes" or (form.kind == "binary" and form.outputs == 1)


KINDS = {
    "curves": Kind("recorded epochs", lambda subject: bool(subject.curves.seeds), _curves),
    "boundary": Kind(
        "two numbers as inputs, and classes", lambda s: s.experiment.input_shape == (2,) and _has_classes(s), _boundary
    ),
    "fit": Kind(
        "one number as input, and one as target",
        lambda s: s.experiment.input_shape == (1,) and not _has_classes(s) and s.experiment.outputs == 1,
        _fit,
    ),
    "confusion": Kind("classes", _has_classes, _confusion),
    "residuals": Kind("a number as target", lambda s: not _has_classes(s) and s.experiment.outputs == 1, _residuals),
}
"""The kinds of pictures, in the order in which they are drawn."""


def draw(subject: Subject, kinds: Sequence[str] = (), width: float = 7.0) -> Iterator[tuple[str, Figure]]:
    """Pictures by kind; without kinds, all that fit the run.

    Raises:
        UserError: for an unknown kind, or one that does not fit.
    """
    for name in kinds:
        if name not in KINDS:
            raise unknown("kind of picture", name, KINDS, "--kind")
        if not KINDS[name].fits(subject):
            fitting = ", ".join(own for own, kind in KINDS.items() if kind.fits(subject))
            given = f"{name} needs {KINDS[name].needs}, which this run does not have"
            raise UserError(given, where="--kind", allowed=f"Kinds that fit: {fitting}")
    for name in kinds or [own for own, kind in KINDS.items() if kind.fits(subject)]:
        yield name, KINDS[name].draw(subject, width)


def _names(data: TaskData) -> tuple[str, ...]:
    return data.class_names or ("0", "1")


def _classes(values: Numbers) -> NDArray[np.intp]:
    """The class of each row of targets or predictions (N, n_out)."""
    return np.asarray(values[:, 0] >= 0.5, np.intp) if values.shape[1] == 1 else values.argmax(axis=1)


def _surface(values: Numbers, shape: tuple[int, int]) -> Numbers:
    """Of two classes, the probability of the second; of more, the class."""
    if values.shape[1] > 2:
        return _classes(values).reshape(shape).astype(np.float64)
    return np.clip(values[:, -1], 0, 1).reshape(shape)


def _axis(splits: dict[str, TaskData], column: int, points: int) -> Numbers:
    """From the least to the largest input in any split, and a little beyond."""
    values = np.concatenate([data.inputs[:, column] for data in splits.values()])
    low, high = float(values.min()), float(values.max())
    margin = MARGIN * (high - low) or 1.0
    return np.linspace(low - margin, high + margin, points)


def _last_split(subject: Subject) -> tuple[str, TaskData]:
    """The rows that were held out the longest."""
    return [*subject.splits.items()][-1]


def _blocks(trained: Trained, inputs: Numbers) -> Iterator[TaskData]:
    """Raw inputs as rows of the network, as many at a time as can be predicted at once."""
    for first in range(0, len(inputs), trained.rows):
        yield trained.signature.data(inputs[first : first + trained.rows])
