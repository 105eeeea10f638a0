"""Predictions as rows: what is said of each sample, and how far the seeds agree."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.spread import moments


def prediction_rows(
    outputs: NDArray[np.float64], kind: str, class_names: tuple[str, ...], target_names: tuple[str, ...]
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
    """
    if kind == "regression" or (kind == "binary" and outputs.shape[-1] > 1):
        return _numbers(outputs, target_names)
    mean = outputs.mean(axis=0)
    if kind == "binary":
        each, chosen = (outputs[..., 0] >= 0.5).astype(int), (mean[:, 0] >= 0.5).astype(int)
        probability = np.where(chosen == 1, mean[:, 0], 1 - mean[:, 0])
    else:
        each, chosen = outputs.argmax(axis=-1), mean.argmax(axis=-1)
        probability = mean.max(axis=-1)
    names = class_names or ("0", "1")
    rows: list[dict[str, Any]] = []
    for n in range(len(mean)):
        row: dict[str, Any] = {"row": n + 1, "class": names[chosen[n]], "probability": float(probability[n])}
        if len(outputs) > 1:
            row["agree"] = float(np.mean(each[:, n] == chosen[n]))
        rows.append(row)
    return rows


def _numbers(outputs: NDArray[np.float64], names: tuple[str, ...]) -> list[dict[str, Any]]:
    mean, spread = moments(outputs, ddof=1) if len(outputs) > 1 else (outputs[0], None)
    rows: list[dict[str, Any]] = []
    for n in range(len(mean)):
        row: dict[str, Any] = {"row": n + 1}
        for k, name in enumerate(names):
            column = f"{name} (predicted)" if name in row else name  # a target may be called row
            row[column] = float(mean[n, k])
            if spread is not None:
                row[f"± {column}"] = float(spread[n, k])
        rows.append(row)
    return rows
