"""Uniform draws made of normal ones."""

from __future__ import annotations

import math

import numpy as np
import pytest

from nncli.nn.arrays import BLOCK
from nncli.nn.initializers.draws import to_uniform


@pytest.mark.parametrize("shape", [(3, 4), (5,), (2, 2, 3, 4), (2, BLOCK + 7)])
def test_to_uniform_is_the_error_function_of_each_draw(shape):
    normals = np.random.default_rng(3).standard_normal(shape)
    expected = np.reshape([math.erf(n / math.sqrt(2)) for n in normals.reshape(-1)], shape)
    np.testing.assert_allclose(to_uniform(normals), expected, rtol=1e-15)
    np.testing.assert_array_equal(to_uniform(normals.T), to_uniform(normals).T)
