"""Predictions as rows: what is said of each sample, and how far the seeds agree."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.spread import moments


def prediction_rows(
    outputs: NDArray[np.float64],
    kind: str,
    class_names: tuple[str, ...],
    target_names: tuple[str, ...],
    before: int = 0,
) -> list[dict[str, Any]]:
    """A row for each sample.

    Of classes: the `class` by its name, its `probability`, and for several seeds `agree`, the share of them that say
    the same. Of numbers: each by the name of its target, and for several seeds `± name`, the standard deviation over
    them. Several seeds are one committee, whose outputs are averaged.

    Args:
        outputs: (R, N, n_out), in the units of the targets.
        kind: of the targets.
        class_names: as of `TaskData`; classes without names are called 0 and 1.
        target_names: as of `TaskData`.
        before: how many rows came before these.
    """
    columns: dict[str, list[Any]] = {"row": list(range(before + 1, before + outputs.shape[1] + 1))}
    if kind == "regression" or (kind == "binary" and outputs.shape[-1] > 1):
        columns |= _numbers(outputs, target_names)
    else:
        columns |= _classes(outputs, kind, class_names or ("0", "1"))
    return [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]


def _classes(outputs: NDArray[np.float64], kind: str, names: tuple[str, ...]) -> dict[str, list[Any]]:
    mean = outputs.mean(axis=0)
    if kind == "binary":
        each, chosen = (outputs[..., 0] >= 0.5).astype(int), (mean[:, 0] >= 0.5).astype(int)
        probability = np.where(chosen == 1, mean[:, 0], 1 - mean[:, 0])
    else:
        each, chosen = outputs.argmax(axis=-1), mean.argmax(axis=-1)
        probability = mean.max(axis=-1)
    columns = {"class": [names[number] for number in chosen], "probability": probability.tolist()}
    if len(outputs) > 1:
        columns["agree"] = (each == chosen).mean(axis=0).tolist()
    return columns


def _numbers(outputs: NDArray[np.float64], names: tuple[str, ...]) -> dict[str, list[Any]]:
    mean, spread = moments(outputs, ddof=1) if len(outputs) > 1 else (outputs[0], None)
    columns: dict[str, list[Any]] = {}
    for k, name in enumerate(names):
        column = f"{name} (predicted)" if name == "row" or name in columns else name  # a target may be called row
        columns[column] = mean[:, k].tolist()
        if spread is not None:
            columns[f"± {column}"] = spread[:, k].tolist()
    return columns
