"""Whether the numbers of the rows fit the dtype, and how much precision they lose in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.analysis.spread import ROUNDINGS
from nncli.config.conflicts import Conflict
from nncli.config.experiment import Experiment
from nncli.errors import Edit, Suggestion, UserError
from nncli.nn.initializers import Initializer
from nncli.nn.parameters import initialize, lay_out
from nncli.tasks.data_files import named
from nncli.tasks.splits import Splits

FARTHEST = 40.0
"""No standard normal draw of the generator is farther from 0."""

STEPS = 100
"""A dtype with fewer distinct numbers than this within the range of a column loses too much precision."""

SHOWN = 2
"""The number of columns that are reported one by one; the others are counted."""


def range_conflicts(experiment: Experiment) -> Iterator[Conflict]:
    """The first column of the rows, as the network gets them, with a number outside the range of its dtype."""
    dtype = experiment.dtype
    most = float(np.finfo(dtype).max)
    for part, data in experiment.splits.named().items():
        for names, values in ((data.input_names, data.inputs), (data.target_names, data.targets)):
            low, high = _ends(values)
            largest = np.maximum(high, -low)
            if (largest <= most).all():
                continue
            column = int(np.argmin(largest <= most))
            name, size = named(names[column]), float(largest[column])
            if np.isfinite(size):
                given = f"{name} reaches {size:.3g}, but {dtype} holds at most {most:.3g}"
                yield Conflict.at(("dtype",), given, Suggestion("Try dtype=float64", [Edit(("dtype",), "float64")]))
            else:
                given = f"{name} of the {part} rows is more than {most:.3g} standard deviations from its mean"
                hint = Suggestion("Set training.standardize=false", [Edit(("training", "standardize"), "false")])
                yield Conflict.at(("training", "standardize"), given, hint)
            return


def weight_conflicts(experiment: Experiment) -> Iterator[Conflict]:
    """Initial weights outside the range of the dtype, as training would draw them.

    They are drawn only if the most extreme possible draws would be out of range.
    """
    dtype, seeds = experiment.dtype, experiment.seeds
    specs = [placed.parameters for placed in experiment.placed_layers]
    seen = {(spec.initializer, len(spec.shape), spec.fan_in, spec.fan_out) for of_layer in specs for spec in of_layer}
    if all(_in_range(dtype, *one) for one in seen):
        return
    theta = np.empty((len(seeds), sum(spec.size for of_layer in specs for spec in of_layer)), dtype)
    try:
        initialize(theta, lay_out(specs), seeds)
    except UserError as error:
        yield Conflict(("initializer",), error)


def _in_range(dtype: np.dtype[Any], initializer: Initializer, rank: int, fan_in: int, fan_out: int) -> bool:
    """Whether all weights that the initializer can draw are within the range of the dtype."""
    draws = np.linspace(-FARTHEST, FARTHEST, 12).reshape(*[1] * (rank - 1), 12)
    with np.errstate(all="ignore"):
        return bool((np.abs(initializer.values(draws, fan_in, fan_out)) <= np.finfo(dtype).max).all())


def precision_notes(experiment: Experiment) -> Iterator[str]:
    """Notes on columns that are constant or nearly so in the dtype."""
    dtype, train = experiment.dtype, experiment.splits.train
    found = list(_notes(dtype, train.input_names, train.inputs, experiment.splits))
    if train.kind == "regression":
        found += _notes(dtype, train.target_names, train.targets)
    yield from found[:SHOWN]
    if len(found) > SHOWN:
        yield f"{len(found) - SHOWN} more columns have the same problem"


def _notes(
    dtype: np.dtype[Any], names: Sequence[str], values: NDArray[np.float64], splits: Splits | None = None
) -> Iterator[str]:
    low, high = _ends(values)
    largest = np.maximum(high, -low)
    exact = largest  # of the raw numbers, if these are standardized, in the standardized unit
    if splits is not None and splits.mean is not None and splits.std is not None:
        exact = np.abs(splits.mean / splits.std)
    with np.errstate(all="ignore"):  # an infinite range counts as wide
        width = high - low
    for name, size, whole, over in zip(map(named, names), largest, exact, width, strict=True):
        step = float(np.finfo(dtype).eps) * size
        if 0 < over <= ROUNDINGS * np.finfo(np.float64).eps * whole:
            yield f"{name} is constant up to rounding"
        elif 0 < over < STEPS * step:
            tries = "" if splits is None else " or training.standardize=true"
            yield f"{dtype} rounds {name} to steps of {step:.2g}; it spans {over:.2g}: try dtype=float64{tries}"


def _ends(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The least and the largest number of each column."""
    columns = values.reshape(-1, values.shape[-1])
    return columns.min(axis=0), columns.max(axis=0)
