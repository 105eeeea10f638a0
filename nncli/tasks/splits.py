"""Split rows into train, validation and test, and standardize inputs without looking at the last two."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from nncli.analysis.spread import moments, standardized
from nncli.errors import UserError
from nncli.seeds import Purpose, stream
from nncli.tasks import TaskData


@dataclass(frozen=True, slots=True)
class Splits:
    """The splits of a task's rows: to train on, to select models with, and for one final evaluation.

    Attributes:
        train, validation, test: the parts; all but the first may be missing.
        mean, std: of the raw inputs, if these have been standardized.
    """

    train: TaskData
    validation: TaskData | None = None
    test: TaskData | None = None
    mean: NDArray[np.float64] | None = None
    std: NDArray[np.float64] | None = None

    def named(self) -> dict[str, TaskData]:
        """The existing parts, by name."""
        parts = {"train": self.train, "validation": self.validation, "test": self.test}
        return {name: data for name, data in parts.items() if data is not None}

    def map(self, change: Callable[[TaskData], TaskData]) -> Splits:
        """Apply the same change to every existing part."""
        held_out = [part and change(part) for part in (self.validation, self.test)]
        return Splits(change(self.train), held_out[0], held_out[1])


def split(data: TaskData, validation: float, test: float, seed: int) -> Splits:
    """Split the rows at random.

    A part of fraction f gets round(f N) of the N rows, but at least one; the rest is for training. The rows are drawn
    from the stream of `seed`; within a part they keep their order. If both fractions are 0, the data are returned as
    is.

    For `binary` and `classes` the split is stratified: each class is split in the same proportion, rounded by largest
    remainders. Every class keeps a training row, and has one in each other part, as far as it has rows and the part
    has room; a class too rare for all parts gets a training row first, then a test row.

    Args:
        data: N rows.
        validation, test: fractions in [0, 1) with a sum below 1.
        seed: the seed of the data, the same for all replicas.

    Raises: `UserError` for other fractions, or if there are too few rows to give each part one.
    Source: Kohavi (1995), A study of cross-validation and bootstrap, for stratification.
    """
    for name, fraction in (("validation", validation), ("test", test)):
        if not 0 <= fraction < 1:
            raise UserError(f"{name} is {fraction}", allowed="A fraction must be at least 0 and below 1")
    if validation + test >= 1:
        given = f"validation and test are {validation} and {test}, which leaves nothing to train on"
        raise UserError(given, allowed="Their sum must be below 1")
    if validation == test == 0:
        return Splits(data)
    rows = len(data.inputs)
    sizes = [max(1, round(fraction * rows)) if fraction else 0 for fraction in (validation, test)]
    if sum(sizes) >= rows:
        parts = 1 + sum(size > 0 for size in sizes)
        raise UserError(
            f"{rows} rows cannot be divided into {parts} parts with validation {validation} and test {test}",
            allowed="Each part needs a row",
        )
    part_of_row = assign(data, sizes, stream(seed, Purpose.SPLIT))
    train, *held_out = (take(data, np.flatnonzero(part_of_row == part)) for part in range(3))
    kept = [part if size else None for part, size in zip(held_out, sizes, strict=True)]
    return Splits(train, kept[0], kept[1])


def assign(data: TaskData, sizes: list[int], generator: np.random.Generator) -> NDArray[np.intp]:
    """The part of every row: 0 for train, 1 and 2 for the held-out parts of the given sizes. Shape (N,)."""
    rows = len(data.inputs)
    classes = np.zeros(rows, dtype=np.intp)
    if data.kind != "regression":
        # Rows sort by their first column first: reversed, one-hot rows sort as their classes are numbered.
        classes = np.unique(data.targets[:, ::-1], axis=0, return_inverse=True)[1].reshape(-1)
    permutation = generator.permutation(rows)
    class_sizes = np.bincount(classes)
    counts = apportion(sizes, class_sizes, np.arange(len(class_sizes)))
    if not (counts[[True, *(size > 0 for size in sizes)]] > 0).all():
        # If a class is left out, chance decides which.
        counts = apportion(sizes, class_sizes, generator.permutation(len(class_sizes)))
    part_of_row = np.zeros(rows, dtype=np.intp)
    members = permutation[np.argsort(classes[permutation], kind="stable")]  # class by class
    part_of_row[members] = np.repeat(np.tile(np.arange(3), len(class_sizes)), counts.T.ravel())
    return part_of_row


def apportion(sizes: list[int], class_sizes: NDArray[np.intp], order: NDArray[np.intp]) -> NDArray[np.intp]:
    """The number of rows of each class in each part: (3, classes), train first.

    The quota of a class in a part of m rows is m n_c / N, of the N rows not yet assigned. It is rounded down, and
    the remaining rows of m go to the largest remainders. Before that, a class gets its first row of the part, and
    keeps one for each later part and for train.

    Args:
        sizes: the sizes of the held-out parts.
        class_sizes: the rows of each class.
        order: the rank of each class among equal remainders.

    Source: Hamilton's method (1792).
    """
    left = class_sizes.copy()
    parts = []
    for number, size in enumerate(sizes):
        kept = 1 + sum(later > 0 for later in sizes[number + 1 :])
        most = next(room for k in (kept, 1, 0) if (room := np.maximum(left - k, 0)).sum() >= size)
        least = np.minimum(most, 1)
        if least.sum() > size:
            least = np.zeros_like(least)
        quota, total = size * left, left.sum()
        count = np.clip(quota // total, least, most)
        while missing := size - count.sum():
            step = 1 if missing > 0 else -1
            may_change = np.flatnonzero(count < most if step > 0 else count > least)
            first = np.lexsort((order[may_change], -step * (quota - count * total)[may_change]))
            count[may_change[first[: abs(missing)]]] += step
        parts.append(count)
        left = left - count
    return np.stack([left, *parts])


def take(data: TaskData, rows: NDArray[np.intp]) -> TaskData:
    """A subset of the rows, which is no longer complete."""
    return replace(data, inputs=data.inputs[rows], targets=data.targets[rows], complete=False)


def standardize(splits: Splits) -> Splits:
    """Shift and scale each input so that its train part has mean 0 and standard deviation 1.

        x' = (x - mean) / std,   std^2 = (1/N) Σ (x - mean)^2

    An input is an index of the last axis: a column of vectors; for sequences and images a channel, which has one mean
    and one std over all rows and positions, so that differences between steps or pixels remain.
    Mean and std come from the train part alone, for every part, so that nothing is learned from held-out rows. An
    input that is constant in the train part, up to rounding, has no scale: it is only centered. Targets are left as
    they are.
    Source: LeCun et al. (1998), Efficient BackProp, section 4.3.
    """
    inputs = splits.train.inputs
    mean, std = moments(inputs.reshape(-1, inputs.shape[-1]))
    std = np.where(std > 0, std, 1.0)
    scaled = splits.map(lambda part: replace(part, inputs=standardized(part.inputs, mean, std)))
    return replace(scaled, mean=mean, std=std)
