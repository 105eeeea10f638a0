"""He initializers: the scale for units that are zero for half of their inputs."""

from __future__ import annotations

import math
from dataclasses import dataclass

from nncli.nn.arrays import Array, PerReplica
from nncli.nn.initializers import initializers
from nncli.nn.initializers.draws import UNIFORM_PER_STD, to_uniform
from nncli.registry import option


@initializers.register("he_normal", also_called=("kaiming_normal", "kaiming", "he"))
@dataclass(frozen=True, slots=True)
class HeNormal:
    """He normal: keeps the activations of relu units at about the same scale in every layer.

        W ~ N(0, gain² · 2 / fan_in)

    Shapes: normals and result (..., n_in, n_out).
    Source: He et al. (2015), equation 10.
    """

    gain: PerReplica = option(1.0, "factor on the standard deviation", gt=0, per_replica=True)

    def values(self, normals: Array, fan_in: int, fan_out: int) -> Array:
        return self.gain * math.sqrt(2.0 / fan_in) * normals


@initializers.register("he_uniform", also_called=("kaiming_uniform",))
@dataclass(frozen=True, slots=True)
class HeUniform:
    """He uniform: the variance of `he_normal`, without its tails.

        W ~ U(-limit, limit),   limit = gain √(6 / fan_in)

    Shapes: normals and result (..., n_in, n_out).
    Source: He et al. (2015), equation 10.
    """

    gain: PerReplica = option(1.0, "factor on the standard deviation", gt=0, per_replica=True)

    def values(self, normals: Array, fan_in: int, fan_out: int) -> Array:
        return self.gain * UNIFORM_PER_STD * math.sqrt(2.0 / fan_in) * to_uniform(normals)
