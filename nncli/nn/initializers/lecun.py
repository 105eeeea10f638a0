"""LeCun initializers: every unit's input sum has the variance of its inputs."""

from __future__ import annotations

import math
from dataclasses import dataclass

from nncli.nn.arrays import Array, PerReplica
from nncli.nn.initializers import initializers
from nncli.nn.initializers.draws import UNIFORM_PER_STD, to_uniform
from nncli.registry import option


@initializers.register("lecun_normal", also_called=("lecun",))
@dataclass(frozen=True, slots=True)
class LeCunNormal:
    """LeCun normal: z of a unit with inputs of variance 1 has variance 1; the scale that selu needs.

        W ~ N(0, gain² · 1 / fan_in)

    Shapes: normals and result (..., n_in, n_out).
    Source: LeCun, Bottou, Orr & Müller (1998), section 4.6.
    """

    gain: PerReplica = option(1.0, "factor on the standard deviation", gt=0, per_replica=True)

    def values(self, normals: Array, fan_in: int, fan_out: int) -> Array:
        return self.gain * math.sqrt(1.0 / fan_in) * normals


@initializers.register("lecun_uniform")
@dataclass(frozen=True, slots=True)
class LeCunUniform:
    """LeCun uniform: the variance of `lecun_normal`, without its tails.

        W ~ U(-limit, limit),   limit = gain √(3 / fan_in)

    Shapes: normals and result (..., n_in, n_out).
    Source: LeCun, Bottou, Orr & Müller (1998), section 4.6.
    """

    gain: PerReplica = option(1.0, "factor on the standard deviation", gt=0, per_replica=True)

    def values(self, normals: Array, fan_in: int, fan_out: int) -> Array:
        return self.gain * UNIFORM_PER_STD * math.sqrt(1.0 / fan_in) * to_uniform(normals)
