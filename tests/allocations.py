"""Which arrays the calls of a program work on, and who owns their memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray


def operands(call: tuple[Callable[..., object], tuple[Any, ...]]) -> list[NDArray[Any]]:
    """The arrays among the arguments of a prepared call."""
    function, arguments = call
    given = (*arguments, *getattr(function, "args", ()), *getattr(function, "keywords", {}).values())
    return [value for value in given if isinstance(value, np.ndarray)]


def owner(array: NDArray[Any]) -> NDArray[Any]:
    """The array that owns the memory of a view."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array
