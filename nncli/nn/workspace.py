"""Buffers that are allocated once and viewed per batch size."""

from __future__ import annotations

import math
from typing import Generic, TypeVar

import numpy as np

from nncli.nn.arrays import Array

Key = TypeVar("Key")


class Workspace(Generic[Key]):
    """Flat buffers for a number of samples, however they are divided into replicas and batches.

    A view is a reshape of the front of the flat buffer: contiguous, where `buffer[:, :B]` would not be.

    Args:
        samples: the maximum, over all replicas together.
        dtype: float32 or float64.
    """

    def __init__(self, samples: int, dtype: np.dtype[np.floating]) -> None:
        self.samples, self.dtype = samples, dtype
        self.arrays: dict[Key, Array] = {}

    def view(self, key: Key, replicas: int, batch: int, shape: tuple[int, ...]) -> Array:
        """The buffer called `key` as (replicas, batch, *shape), allocated on first use."""
        per_sample = math.prod(shape)
        if replicas * batch > self.samples:
            raise ValueError(f"{replicas} × {batch} samples exceed the {self.samples} allocated")
        if key not in self.arrays:
            self.arrays[key] = np.zeros(self.samples * per_sample, self.dtype)
        return self.arrays[key][: replicas * batch * per_sample].reshape(replicas, batch, *shape)
