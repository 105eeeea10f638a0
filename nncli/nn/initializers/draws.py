"""Uniform draws made from normal ones."""

from __future__ import annotations

import math

import numpy as np

from nncli.nn.arrays import Array, blocks
from nncli.nn.normal_distribution import erf

UNIFORM_PER_STD = math.sqrt(3.0)
"""The standard deviation of U(-a, a) is a / √3."""


def to_uniform(normals: Array) -> Array:
    """Standard normal draws mapped, in the same order and with the same signs, onto U(-1, 1).

        u = erf(n / √2) = 2 Φ(n) - 1

    Φ is the distribution function of the draws, so Φ(n) is exactly uniform on (0, 1): the probability integral
    transform.
    """
    uniforms = np.empty(normals.shape, normals.dtype)
    for n, u in blocks(normals, uniforms):  # otherwise erf would take ten times the memory of the weights
        u[...] = erf(n / math.sqrt(2.0))
    return uniforms
