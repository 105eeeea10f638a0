"""The common base of tasks whose rows are drawn at random."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from nncli.registry import option
from nncli.seeds import Purpose, stream
from nncli.tasks import TaskData
from nncli.tasks.option_ranges import check_ranges


def samples_option(default: int) -> Any:
    """The option `samples` with a given default."""
    return option(default, "number of rows", ge=2, le=100_000)


def seed_option() -> Any:
    """The option `seed`."""
    return option(0, "seed of the rows, the same for all replicas", ge=0)


class RandomTask:
    """A task whose random numbers all come from its seed.

    The draws for a row depend only on the seed and the number of the row, so that more samples append rows
    without changing the others.

    Attributes:
        KEY: the first key of the task's streams, unique to the task. Part of every result: never renumber.
    """

    __slots__ = ()

    KEY: ClassVar[int]
    samples: int
    seed: int

    def __post_init__(self) -> None:
        check_ranges(self)

    def generator(self, part: int) -> np.random.Generator:
        """The stream for one part of the draws; the numbers of the parts are part of every result too."""
        return stream(self.seed, Purpose.DATA, self.KEY, part)

    def in_turn(self, classes: int) -> NDArray[np.intp]:
        """A class for each row, 0, 1, ..., 0, 1, ..., so that all are equally frequent. Shape (samples,)."""
        return np.arange(self.samples) % classes


def classified(
    inputs: NDArray[np.float64], label: NDArray[np.intp], input_names: Sequence[str], class_names: Sequence[str]
) -> TaskData:
    """Rows that belong to classes: for two, the target is 0 or 1; for more, a one-hot row.

    Args:
        inputs: (N, *shape).
        label: (N,): the number of each row's class.
    """
    if len(class_names) == 2:
        return TaskData("binary", inputs, label[:, None].astype(np.float64), tuple(input_names), ("y",))
    targets = np.eye(len(class_names))[label]
    return TaskData("classes", inputs, targets, tuple(input_names), tuple(class_names), tuple(class_names))


def numbered(count: int) -> tuple[str, ...]:
    """Default names of classes: 0, 1, 2, ..."""
    return tuple(map(str, range(count)))


def x_names(count: int) -> tuple[str, ...]:
    """Default names of inputs: x1, x2, x3, ..."""
    return tuple(f"x{i + 1}" for i in range(count))
