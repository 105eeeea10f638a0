"""The weights of a small network as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from nncli.nn.arrays import AnyArray
from nncli.report.numbers import short

MOST = 200
"""Maximum number of weights worth printing."""


def weight_lines(weights: Mapping[str, AnyArray], width: int) -> Iterator[str]:
    """Each parameter of a replica with its name and shape, and its values in aligned rows along the last axis.

    `W` of a dense layer has a row per input and a column per unit. A row wider than
    `width` continues on the next line.
    """
    texts = {name: [[short(float(x)) for x in row] for row in _rows(array)] for name, array in weights.items()}
    size = max((len(text) for rows in texts.values() for row in rows for text in row), default=1)
    columns = max(1, (width - 2) // (size + 2))
    for name, rows in texts.items():
        yield f"{name}   {' × '.join(map(str, weights[name].shape))}"
        for row in rows:
            for start in range(0, len(row), columns):
                yield "  " + "".join(f"  {text:>{size}}" for text in row[start : start + columns])


def _rows(array: AnyArray) -> AnyArray:
    return np.atleast_1d(array).reshape(-1, array.shape[-1] if array.ndim else 1)
