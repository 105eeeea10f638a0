"""Count the Boolean functions that one threshold unit computes."""

from __future__ import annotations

import itertools

import numpy as np

from nncli.diagnosis.separability import linearly_separable

MOST = 4
"""The most inputs: the 2^32 functions of five are too many to list."""


def count_threshold_functions(inputs: int) -> tuple[int, int]:
    """The number of Boolean functions of some inputs, 2^2^n, and of those that a hyperplane separates.

    Functions that differ only in the order of the inputs, or in which of them or whether the output is negated, are
    separable together: one of each class is decided, exactly, and counts as often as the class is large.

    Raises:
        ValueError: for more inputs than `MOST`, or fewer than 1.
    Source: Muroga (1971), Threshold logic and its applications.
    """
    if not 1 <= inputs <= MOST:
        raise ValueError(f"functions of {inputs} inputs are not counted")
    points = np.array([*itertools.product((0, 1), repeat=inputs)])
    powers = 2 ** np.arange(inputs)[::-1]
    moves = np.array(
        [
            (points[:, order] ^ flips) @ powers
            for order in map(list, itertools.permutations(range(inputs)))
            for flips in points
        ]
    )
    bits = 2 ** np.arange(len(points), dtype=np.int64)
    functions = 2 ** len(points)
    seen, separable = np.zeros(functions, bool), 0
    for function in range(functions):
        if seen[function]:
            continue
        table = function >> np.arange(len(points)) & 1
        orbit = np.unique(np.concatenate([table[moves] @ bits, (1 - table)[moves] @ bits]))
        seen[orbit] = True
        if linearly_separable(points.astype(float), table.astype(float)):
            separable += len(orbit)
    return functions, separable
