"""Independent random streams, one per seed and purpose.

A stream is a pure function of its key: nothing is carried from one use to the next, so that a replica draws the same
numbers alone, in a stack, in another process, or after a resume.

Source: O'Neill (2014) for PCG64; NumPy's `SeedSequence` hashes (seed, spawn_key) into its state.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np


class Purpose(IntEnum):
    """What a stream is for. The numbers are part of every result: never renumber."""

    INITIALIZE = 0
    SHUFFLE = 1
    DROPOUT = 2
    DATA = 3
    SPLIT = 4


def stream(seed: int, purpose: Purpose, *key: int) -> np.random.Generator:
    """The generator for a seed, a purpose and a further key, such as (epoch,) or (layer, parameter).

    Args:
        seed: any non-negative integer.
        key: non-negative integers; each different key is an independent stream.
    """
    sequence = np.random.SeedSequence(seed, spawn_key=(int(purpose), *key))
    return np.random.Generator(np.random.PCG64(sequence))
