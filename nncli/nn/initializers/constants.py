"""Initializers that ignore the draws."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nncli.nn.arrays import Array, PerReplica
from nncli.nn.initializers import initializers
from nncli.registry import option


@initializers.register("zeros", also_called=("zero",))
@dataclass(frozen=True, slots=True)
class Zeros:
    """Zeros: every value is 0; right for biases, but hidden units with equal weights stay equal forever.

        W = 0

    Shapes: normals and result (..., n_in, n_out), or any other.
    Source: Goodfellow, Bengio & Courville (2016), section 8.4, on breaking symmetry.
    """

    def values(self, normals: Array, fan_in: int, fan_out: int) -> Array:
        return np.zeros_like(normals)


@initializers.register("ones")
@dataclass(frozen=True, slots=True)
class Ones:
    """Ones: every value is 1, as for the gain of a normalization.

        W = 1

    Shapes: normals and result (..., n_in, n_out), or any other.
    Source: Ioffe & Szegedy (2015), for the gain.
    """

    def values(self, normals: Array, fan_in: int, fan_out: int) -> Array:
        return np.ones_like(normals)


@initializers.register("constant")
@dataclass(frozen=True, slots=True)
class Constant:
    """Constant: every value is the same given number.

        W = value

    Shapes: normals and result (..., n_in, n_out), or any other.
    Source: Jozefowicz, Zaremba & Sutskever (2015), for biases of 1.
    """

    value: PerReplica = option(help="the number", per_replica=True)

    def values(self, normals: Array, fan_in: int, fan_out: int) -> Array:
        return np.full_like(normals, self.value)
