"""The pieces of a piecewise linear network, as pictures show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Bent:
    """A function of one input.

    Attributes:
        lines: the ends of each piece, (pieces, 2, 2).
        region: the linear region of each (pieces,).
        headline: how many there are.
    """

    lines: Numbers
    region: NDArray[np.intp]
    headline: str


@dataclass(frozen=True, slots=True)
class Faceted:
    """A function of two inputs.

    Attributes:
        corners: of each piece, (corners, 2).
        values: the steepness of the function on each, or its value where it is flat everywhere (pieces,).
        region: the linear region of each (pieces,).
        headline: how many there are.
        is_steepness: whether values are that.
    """

    corners: Sequence[Numbers]
    values: Numbers
    region: NDArray[np.intp]
    headline: str
    is_steepness: bool
