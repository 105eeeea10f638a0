"""Buffers that are allocated once, and viewed per batch size."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from nncli.nn.arrays import Array


class Workspace:
    """Flat buffers for the largest batch of the largest stack.

    A view for fewer samples or replicas is a reshape of the front of the flat buffer: contiguous, where `buffer[:, :B]`
    would not be.

    Args:
        replicas: R, the most replicas there will be.
        capacity: B, the most samples per replica in a batch.
        dtype: float32 or float64.
    """

    def __init__(self, replicas: int, capacity: int, dtype: np.dtype[Any]) -> None:
        self.replicas, self.capacity, self.dtype = replicas, capacity, dtype
        self._flat: dict[object, Array] = {}

    def view(self, key: object, replicas: int, batch: int, shape: tuple[int, ...]) -> Array:
        """The buffer called `key` as (replicas, batch, *shape), allocated on first use."""
        per_sample = math.prod(shape)
        if key not in self._flat:
            self._flat[key] = np.zeros(self.replicas * self.capacity * per_sample, self.dtype)
        if batch > self.capacity or replicas > self.replicas:
            raise ValueError(f"{replicas} × {batch} samples exceed the {self.replicas} × {self.capacity} allocated")
        return self._flat[key][: replicas * batch * per_sample].reshape(replicas, batch, *shape)
