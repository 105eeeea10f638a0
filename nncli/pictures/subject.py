"""A finished run, as pictures look at it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nncli.config.experiment import Experiment
from nncli.config.recorded_config import recorded_experiment
from nncli.errors import ExitCode, UserError, command
from nncli.experiments.predict import Trained, predict, reopen
from nncli.experiments.resume import check_data
from nncli.experiments.weights_history import History
from nncli.nn.layers.dense import Dense
from nncli.report.headline import task_text
from nncli.report.names import distinct_names
from nncli.report.numbers import count
from nncli.runs.curves import Curves, recorded_curves
from nncli.runs.directory import RunDirectory
from nncli.runs.result_json import whole_result
from nncli.runs.result_record import Result
from nncli.tasks import TaskData
from nncli.tasks.data_json import Signature

if TYPE_CHECKING:
    from nncli.report.flow_text import Flow

Numbers = NDArray[np.float64]

MOST_ROWS = 500
"""Rows of a split that are drawn; of more, some evenly spread over all."""
MARGIN = 0.1
"""How far a picture reaches beyond the rows, as a share of their range."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment of the training of the seeds of `history`: that of `history.epochs[k]`.

    Attributes:
        epoch: the same, or that in which the last of the seeds to draw stopped, if that is earlier.
    """

    history: History
    k: int
    epoch: int


@dataclass(frozen=True)
class Subject:
    """A finished run, as pictures look at it; what costs time is read when it is asked for.

    Attributes:
        seeds: those to draw.
        moment: of the training, as which its networks are drawn; None for its end.
    """

    run: RunDirectory
    experiment: Experiment
    result: Result
    seeds: tuple[int, ...]
    moment: Moment | None = None

    @property
    def title(self) -> str:
        """What was trained, on how many seeds; for how long, if that is not the end."""
        of = f"{len(self.seeds)} of " if len(self.seeds) < len(self.result.seeds) else ""
        which = f"seed {self.seeds[0]}" if len(self.seeds) == 1 else f"{of}{count(len(self.result.seeds), 'seed')}"
        name, task = self.experiment.name, task_text(self.experiment)
        when = "" if self.moment is None else f", epoch {self.moment.epoch}"
        return (f"{name}, {which}" if name == task else f"{name}: {task}, {which}") + when

    def only(self, seeds: tuple[int, ...]) -> Subject:
        """The same run with some of its seeds."""
        moment = self.moment and replace(self.moment, history=self.moment.history.of(seeds))
        return replace(self, seeds=seeds, moment=moment)

    @cached_property
    def curves(self) -> Curves:
        """The recorded metrics of the seeds."""
        return recorded_curves(self.run).of(self.seeds)

    @cached_property
    def flow(self) -> Flow:
        """What flows through its layers. Raises: `UserError`; see `flow_of_run`."""
        from nncli.diagnosis.flow import flow_of_run

        return flow_of_run(self.run, self.seeds[0] if len(self.seeds) == 1 else None)

    @cached_property
    def splits(self) -> dict[str, TaskData]:
        """The rows of each split, in raw units."""
        splits = self.experiment.splits
        mean, std = (0.0, 1.0) if splits.mean is None or splits.std is None else (splits.mean, splits.std)
        return {name: replace(data, inputs=data.inputs * std + mean) for name, data in splits.named().items()}

    @contextmanager
    def trained(self) -> Iterator[Trained]:
        """The networks of the seeds, at the moment to draw."""
        if self.moment is not None:
            yield self.moment.history.trained(self.moment.k)
            return
        with reopen(self.run, self.seeds[0] if len(self.seeds) == 1 else None) as trained:
            yield trained

    def outputs(self, inputs: Numbers) -> Numbers:
        """The predictions (R, N, n_out) of the seeds for raw inputs (N, ...)."""
        with self.trained() as trained:
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
        with self.trained() as trained:
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
        hint = f"To finish it: {command('resume', run.path)}" if run.status == "interrupted" else ""
        raise UserError(f"this run is {run.status}, not finished", where=str(run.path), hint=hint, code=ExitCode.FILES)
    if seed is not None and seed not in result.seeds:
        known = ", ".join(map(str, result.seeds[:12]))
        raise UserError(f"the run has no seed {seed}", where="--seed", allowed=f"Its seeds: {known}")
    return Subject(run, experiment, result, result.seeds if seed is None else (seed,))


def all_seeds(subject: Subject) -> tuple[int, ...]:
    """The seeds to draw."""
    return subject.seeds


def has_classes(subject: Subject) -> bool:
    """Whether it was trained to tell classes apart."""
    form = subject.experiment.form
    return form.kind == "classes" or (form.kind == "binary" and form.outputs == 1)


def class_names(data: TaskData) -> tuple[str, ...]:
    """The names of its classes, as there is room for; 0 and 1 without names."""
    return tuple(distinct_names(data.class_names)) or ("0", "1")


def classes(values: Numbers) -> NDArray[np.intp]:
    """The class of each row of targets or predictions (N, n_out)."""
    return np.asarray(values[:, 0] >= 0.5, np.intp) if values.shape[1] == 1 else values.argmax(axis=1)


def axis(splits: dict[str, TaskData], column: int, points: int) -> Numbers:
    """From the least to the largest input in any split, and a little beyond."""
    values = np.concatenate([data.inputs[:, column] for data in splits.values()])
    low, high = float(values.min()), float(values.max())
    margin = MARGIN * (high - low) or 1.0
    return np.linspace(low - margin, high + margin, points)


def last_split(subject: Subject) -> tuple[str, TaskData]:
    """The rows that were held out the longest."""
    return [*subject.splits.items()][-1]


def thinned(data: TaskData) -> TaskData:
    """At most `MOST_ROWS` of its rows, evenly spread."""
    rows = np.linspace(0, len(data.inputs) - 1, min(MOST_ROWS, len(data.inputs))).round().astype(np.intp)
    return replace(data, inputs=data.inputs[rows], targets=data.targets[rows])


def rows_text(split: str, data: TaskData) -> str:
    """Which of its rows are drawn: `test rows`, or `500 of 700 test rows`."""
    return f"{split} rows" if len(data.inputs) <= MOST_ROWS else f"{MOST_ROWS} of {len(data.inputs)} {split} rows"


def with_band(subject: Subject) -> str:
    """Its title; of several seeds, with what a line and a band around it are."""
    return subject.title + (": median, and 5–95 %" if len(subject.seeds) > 1 else "")


def titled(title: str, splits: dict[str, TaskData]) -> str:
    """A title; below it, how many rows of each split are drawn, if not all."""
    parts = [rows_text(name, data) for name, data in splits.items() if len(data.inputs) > MOST_ROWS]
    return "\n".join([title, *([", ".join(parts)] if parts else [])])


def _blocks(trained: Trained, inputs: Numbers) -> Iterator[TaskData]:
    """Raw inputs as rows of the network, as many at a time as can be predicted at once."""
    for first in range(0, len(inputs), trained.rows):
        yield trained.signature.data(inputs[first : first + trained.rows])
