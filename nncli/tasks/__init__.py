"""Tasks: what to learn. Data only; nothing here knows about networks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from nncli.analysis.metric_names import Kind
from nncli.registry import Registry


@dataclass(frozen=True, slots=True)
class SampleForm:
    """The form of each row: the kind of its target, the shape of its input, and the number of values in its target."""

    kind: Kind
    shape: tuple[int, ...]
    outputs: int


@dataclass(frozen=True, slots=True)
class TaskData:
    """The rows of a task.

    Attributes:
        kind: what the targets are: `binary` (0 or 1), `classes` (one-hot rows) or `regression` (numbers).
        inputs: float64 (N, *shape); the shape of one sample is (n) for a vector, (steps, n) for a sequence, (height,
            width, channels) for an image.
        targets: float64 (N, n_out).
        input_names: one for each number of the last axis of the inputs.
        target_names: one for each column of the targets.
        class_names: for `classes`, one for each column of the one-hot targets; for `binary`, perhaps those of 0 and 1.
        complete: whether these are all possible rows (a truth table), rather than a sample.
        notes: remarks from reading a file.
    """

    kind: Kind
    inputs: NDArray[np.float64]
    targets: NDArray[np.float64]
    input_names: tuple[str, ...]
    target_names: tuple[str, ...]
    class_names: tuple[str, ...] = ()
    complete: bool = False
    notes: tuple[str, ...] = ()

    @property
    def form(self) -> SampleForm:
        """The form of each row."""
        return SampleForm(self.kind, tuple(self.inputs.shape[1:]), int(self.targets.shape[1]))


class Task(Protocol):
    """A description of data: a frozen dataclass with options."""

    def data(self) -> TaskData:
        """Make the rows; always the same ones."""


tasks: Registry[Task] = Registry(
    "task",
    "tasks",
    elsewhere="fashion_mnist cifar10 cifar100 imagenet california_housing boston boston_housing imdb "
    "titanic penguins swiss_roll s_curve regression classification",
)
tasks.discover(__name__, __path__)
