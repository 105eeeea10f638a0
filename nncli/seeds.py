"""Independent random streams, one per seed and purpose.

A stream is a pure function of its key: nothing is carried from one use to the next, so that a replica draws the same
numbers alone, in a stack, in another process, or after a resume.

Source: O'Neill (2014) for PCG64; NumPy's `SeedSequence` hashes (seed, spawn_key) into its state.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import Any

import numpy as np

STREAM = 6
"""The number of integers below 2^64 in the state of a stream."""


class Purpose(IntEnum):
    """The purpose of a stream. The numbers are part of every result: never renumber."""

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


def stream_state(generator: np.random.Generator) -> list[int]:
    """The state of a stream as `STREAM` integers below 2^64: PCG64's state and increment, and a buffered half draw."""
    state: Any = generator.bit_generator.state
    halves = [half for name in ("state", "inc") for half in divmod(state["state"][name], 1 << 64)]
    return [*halves, state["has_uint32"], state["uinteger"]]


def set_stream_state(generator: np.random.Generator, numbers: Iterable[int]) -> None:
    """Restore a state from `stream_state`. Raises `ValueError` for an invalid state."""
    state_high, state_low, inc_high, inc_low, has_half, half = map(int, numbers)
    if has_half > 1 or half >> 32 or not inc_low & 1:  # PCG64's increment is odd
        raise ValueError("a random state is not that of a stream")
    words = {"state": state_high << 64 | state_low, "inc": inc_high << 64 | inc_low}
    generator.bit_generator.state = {
        "bit_generator": "PCG64",
        "state": words,
        "has_uint32": has_half,
        "uinteger": half,
    }
