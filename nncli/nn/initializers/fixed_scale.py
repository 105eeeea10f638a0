"""Initializers with a fixed scale, independent of the fans."""

from __future__ import annotations

from dataclasses import dataclass

from nncli.nn.arrays import Array, PerReplica
from nncli.nn.initializers import initializers
from nncli.nn.initializers.draws import to_uniform
from nncli.registry import option


@initializers.register("normal", also_called=("gaussian", "random_normal"))
@dataclass(frozen=True, slots=True)
class Normal:
    """Normal: draws of a given mean and spread, the same for layers of every width.

        W ~ N(mean, std²)

    Shapes: normals and result (..., n_in, n_out), or any other.
    Source: Krizhevsky, Sutskever & Hinton (2012), for std = 0.01.
    """

    mean: PerReplica = option(0.0, "mean of the values", per_replica=True)
    std: PerReplica = option(0.01, "standard deviation of the values", ge=0, per_replica=True)

    def values(self, normals: Array, fan_in: int, fan_out: int) -> Array:
        return self.mean + self.std * normals


@initializers.register("uniform", also_called=("random_uniform",))
@dataclass(frozen=True, slots=True)
class Uniform:
    """Uniform: draws from an interval around 0, the same for layers of every width.

        W ~ U(-limit, limit),   variance limit² / 3

    Shapes: normals and result (..., n_in, n_out), or any other.
    Source: LeCun, Bottou, Orr & Müller (1998), section 4.6, on why small and symmetric.
    """

    limit: PerReplica = option(0.05, "end of the interval", ge=0, per_replica=True)

    def values(self, normals: Array, fan_in: int, fan_out: int) -> Array:
        return self.limit * to_uniform(normals)
