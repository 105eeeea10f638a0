"""At the ends of their options' ranges, activations are finite for every finite input."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from samples import DTYPES, replay, sample

from nncli.nn.activations import activations
from nncli.registry import options_of

ENDS = [
    pytest.param(
        dataclasses.replace(sample(activations.get(name)), **{option: float(end)}), id=f"{name} {option}={end:g}"
    )
    for name in activations
    for option, limits in options_of(activations.get(name)).items()
    for end in (limits.ge, limits.le)
    if end is not None
]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("part", ENDS)
def test_finite(part, dtype):
    top = np.finfo(dtype).max
    z = np.array([[-top, -1e9, -90, -1e-9, 0, 1e-9, 90, 1e9, top]], dtype)
    a, dz = np.empty_like(z), np.empty_like(z)
    replay(part.forward, z, a)
    replay(part.backward, z, a, np.ones_like(z), dz)
    assert np.isfinite(a).all()
    assert np.isfinite(dz).all()


@pytest.mark.parametrize(("name", "option"), [("elu", "alpha"), ("swish", "beta")])
def test_a_factor_is_bounded(name, option):
    assert options_of(activations.get(name))[option].le == 1000
