"""Orthogonal initializer: a random rotation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nncli.nn.arrays import Array, PerReplica
from nncli.nn.initializers import initializers
from nncli.registry import option


@initializers.register("orthogonal")
@dataclass(frozen=True, slots=True)
class Orthogonal:
    """Orthogonal: a random rotation, which keeps the length of every signal that it does not drop.

        Q R = normals,   W = gain · Q diag(sign(R_ii))
        so WᵀW = gain² I (tall) or WWᵀ = gain² I (wide)

    The signs make W uniform (Haar) over the orthogonal matrices; without them it depends on how QR is computed.

    Shapes: normals and result (..., n_in, n_out), seen as a matrix of n_out columns.
    Source: Saxe, McClelland & Ganguli (2014); Mezzadri (2007) for the signs.
    """

    gain: PerReplica = option(1.0, "factor on the rotation", gt=0, per_replica=True)

    def values(self, normals: Array, fan_in: int, fan_out: int) -> Array:
        matrix = normals.reshape(-1, normals.shape[-1])
        wide = matrix.shape[0] < matrix.shape[1]
        Q, R = np.linalg.qr(matrix.T if wide else matrix)
        Q = Q * np.copysign(1.0, np.diagonal(R))
        W: Array = self.gain * (Q.T if wide else Q).reshape(normals.shape)
        return W
