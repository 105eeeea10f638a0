"""Xavier initializers: a compromise between the forward and the backward signal."""

from __future__ import annotations

import math
from dataclasses import dataclass

from nncli.nn.arrays import Array, PerReplica
from nncli.nn.initializers import initializers
from nncli.nn.initializers.draws import UNIFORM_PER_STD, to_uniform
from nncli.registry import option


@initializers.register("xavier_normal", also_called=("glorot_normal",))
@dataclass(frozen=True, slots=True)
class XavierNormal:
    """Xavier normal: keeps activations and gradients of tanh-like units at about the same scale in every layer.

        W ~ N(0, gain² · 2 / (fan_in + fan_out))

    Shapes: normals and result (..., n_in, n_out).
    Source: Glorot & Bengio (2010), equation 16 and its variance, equation 12.
    """

    gain: PerReplica = option(1.0, "factor on the standard deviation", gt=0, per_replica=True)

    def values(self, normals: Array, fan_in: int, fan_out: int) -> Array:
        return self.gain * math.sqrt(2.0 / (fan_in + fan_out)) * normals


@initializers.register("xavier_uniform", also_called=("glorot_uniform", "glorot", "xavier"))
@dataclass(frozen=True, slots=True)
class XavierUniform:
    """Xavier uniform: the variance of `xavier_normal`, without its tails.

        W ~ U(-limit, limit),   limit = gain √(6 / (fan_in + fan_out))

    Shapes: normals and result (..., n_in, n_out).
    Source: Glorot & Bengio (2010), equation 16 and its variance, equation 12.
    """

    gain: PerReplica = option(1.0, "factor on the standard deviation", gt=0, per_replica=True)

    def values(self, normals: Array, fan_in: int, fan_out: int) -> Array:
        return self.gain * UNIFORM_PER_STD * math.sqrt(2.0 / (fan_in + fan_out)) * to_uniform(normals)
