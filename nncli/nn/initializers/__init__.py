"""Initializers: the weights before the first step."""

from __future__ import annotations

from typing import Protocol

from nncli.nn.arrays import Array
from nncli.registry import Registry


class Initializer(Protocol):
    """A pure function from standard normal draws to the initial values of a parameter.

    Every initializer transforms the *same* draws, so that one seed starts from the same random numbers under each of
    them and variants are paired.
    """

    def values(self, normals: Array, fan_in: int, fan_out: int) -> Array:
        """The values (same shape, float64) made of `normals`, float64 draws from N(0, 1).

        Args:
            normals: standard normal draws of the parameter's shape (..., n_in, n_out).
            fan_in: inputs that feed one output unit.
            fan_out: outputs that one input unit feeds.
        """


initializers: Registry[Initializer] = Registry(
    "initializer",
    "initializers",
    elsewhere="truncated_normal trunc_normal variance_scaling sparse dirac eye identity",
)
initializers.discover(__name__, __path__)
