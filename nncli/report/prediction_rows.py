"""Predictions as rows: the output for each sample, and how well the seeds agree."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from nncli.analysis.spread import moments
from nncli.tasks import TaskData

Cell: TypeAlias = str | int | float
Columns: TypeAlias = dict[str, Sequence[Cell]]


def prediction_rows(
    outputs: NDArray[np.float64],
    kind: str,
    class_names: tuple[str, ...],
    target_names: tuple[str, ...],
    before: int = 0,
    *,
    every_class: bool = False,
    samples: TaskData | None = None,
) -> list[dict[str, Cell]]:
    """A row for each sample.

    Classes: the `class` by name, its `probability`, for several seeds `agree`, the share of seeds that predict it,
    and for two classes the probability of the second, `p(1)`, whichever is predicted. Numbers: one column per
    target, and for several seeds `± name`, the standard deviation over them. Several seeds form an ensemble, whose
    outputs are averaged.

    Args:
        outputs: (R, N, n_out), in the units of the targets.
        kind: kind of the targets.
        class_names: as in `TaskData`; classes without names are named 0 and 1.
        target_names: as in `TaskData`.
        before: how many rows came before these.
        every_class: whether to add the probability of every class.
        samples: the rows themselves, to show their inputs and targets next to the outputs.
    """
    classes = () if predicts_numbers(kind, outputs.shape[-1]) else class_names or ("0", "1")
    said = _classes(outputs, kind, classes, every_class) if classes else _numbers(outputs, target_names)
    columns: Columns = {"row": list(range(before + 1, before + outputs.shape[1] + 1))}
    if samples is not None:
        columns |= _samples(samples, classes, taken={*columns, *said})
    columns |= said
    return [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]


def predicts_numbers(kind: str, outputs: int) -> bool:
    """Whether the outputs are numbers, rather than classes."""
    return kind == "regression" or (kind == "binary" and outputs > 1)


def _samples(data: TaskData, classes: tuple[str, ...], taken: set[str]) -> Columns:
    """The inputs, which are vectors, and the targets; a duplicate name gets a suffix."""
    targets: Columns = {}
    if classes:
        numbers = data.targets[:, 0] if data.targets.shape[1] == 1 else data.targets.argmax(axis=1)
        targets["target"] = [classes[int(number)] for number in numbers]
    else:
        targets = {f"{name} (target)": data.targets[:, k].tolist() for k, name in enumerate(data.target_names)}
    taken = taken | targets.keys()
    names = [f"{name} (input)" if name in taken else name for name in data.input_names]
    return {name: data.inputs[:, k].tolist() for k, name in enumerate(names)} | targets


def _classes(outputs: NDArray[np.float64], kind: str, names: tuple[str, ...], every_class: bool) -> Columns:
    mean, _ = moments(outputs)  # a sum of them may overflow
    if kind == "binary":
        each, chosen = (outputs[..., 0] >= 0.5).astype(int), (mean[:, 0] >= 0.5).astype(int)
        mean = np.concatenate([1 - mean, mean], axis=1)
        probability = np.where(chosen == 1, mean[:, 1], mean[:, 0])
    else:
        each, chosen = outputs.argmax(axis=-1), mean.argmax(axis=-1)
        probability = mean.max(axis=-1)
    columns: Columns = {"class": [names[number] for number in chosen], "probability": probability.tolist()}
    if len(outputs) > 1:
        columns["agree"] = (each == chosen).mean(axis=0).tolist()
    for number, name in enumerate(names):
        if every_class or (kind == "binary" and number == 1):
            columns[f"p({name})"] = mean[:, number].tolist()
    return columns


def _numbers(outputs: NDArray[np.float64], names: tuple[str, ...]) -> Columns:
    mean, spread = moments(outputs, ddof=1) if len(outputs) > 1 else (outputs[0], None)
    columns: Columns = {}
    for k, name in enumerate(names):
        column = f"{name} (predicted)" if name == "row" or name in columns else name  # a target may be named row
        columns[column] = mean[:, k].tolist()
        if spread is not None:
            columns[f"± {column}"] = spread[:, k].tolist()
    return columns
