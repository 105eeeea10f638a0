from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from nncli.nn.initializers import initializers
from nncli.nn.initializers.constants import Constant
from nncli.nn.initializers.fixed_scale import Normal, Uniform
from nncli.registry import options_of

FAN_IN, FAN_OUT = 30, 20
VARIANCE = {"xavier": 2 / (FAN_IN + FAN_OUT), "he": 2 / FAN_IN, "lecun": 1 / FAN_IN}
PAIRS = [*((f"{name}_normal", f"{name}_uniform", variance) for name, variance in VARIANCE.items())]
GAINED = [name for name in initializers if "gain" in options_of(initializers.get(name))]


def draws(*shape):
    return np.random.default_rng(7).standard_normal(shape)


def phi(n):
    return (1 + math.erf(n / math.sqrt(2))) / 2


@pytest.mark.parametrize(
    ("initializer", "formula"),
    [
        (initializers.get("zeros")(), lambda n: 0.0),
        (initializers.get("ones")(), lambda n: 1.0),
        (Constant(value=-0.3), lambda n: -0.3),
        (Normal(), lambda n: 0.01 * n),
        (Normal(mean=2.0, std=0.5), lambda n: 2 + 0.5 * n),
        (Uniform(), lambda n: 0.05 * (2 * phi(n) - 1)),
        (Uniform(limit=2.0), lambda n: 2 * (2 * phi(n) - 1)),
        *((initializers.get(normal)(), lambda n, v=v: math.sqrt(v) * n) for normal, _, v in PAIRS),
        *((initializers.get(uni)(), lambda n, v=v: math.sqrt(3 * v) * (2 * phi(n) - 1)) for _, uni, v in PAIRS),
    ],
)
def test_values(initializer, formula):
    normals = draws(3, 4)
    values = initializer.values(normals, FAN_IN, FAN_OUT)
    expected = [[formula(float(n)) for n in row] for row in normals]
    np.testing.assert_allclose(values, expected, rtol=1e-13, atol=1e-16)


@pytest.mark.parametrize(("normal", "uniform", "variance"), PAIRS)
def test_variance_of_many_draws(normal, uniform, variance):
    normals = draws(400, 500)
    for name in (normal, uniform):
        values = initializers.get(name)().values(normals, FAN_IN, FAN_OUT)
        assert values.mean() == pytest.approx(0, abs=4 * math.sqrt(variance / values.size))
        assert values.var() == pytest.approx(variance, rel=4 * math.sqrt(2 / values.size))


def test_uniform_is_flat():
    values = Uniform(limit=1.0).values(draws(100_000), 1, 1)
    counts, _ = np.histogram(values, bins=20, range=(-1, 1))
    assert counts.sum() == values.size
    assert ((counts - 5000) ** 2 / 5000).sum() < 43.8  # χ² with 19 degrees of freedom: the 0.1 % point


@pytest.mark.parametrize(("normal", "uniform", "variance"), PAIRS)
def test_normal_and_uniform_are_paired(normal, uniform, variance):
    normals = draws(40, 50)
    a, b = (initializers.get(name)().values(normals, FAN_IN, FAN_OUT).ravel() for name in (normal, uniform))
    assert (np.sign(a) == np.sign(b)).all()
    assert (np.argsort(a) == np.argsort(b)).all()


@pytest.mark.parametrize("shape", [(5, 5), (9, 4), (4, 9), (1, 6), (6, 1), (3, 3, 2, 8), (2, 2, 1, 7)])
def test_orthogonal_rows_or_columns(shape):
    values = initializers.get("orthogonal")(gain=3.0).values(draws(*shape), 1, 1)
    assert values.shape == shape
    W = values.reshape(-1, shape[-1])
    gram = W.T @ W if W.shape[0] >= W.shape[1] else W @ W.T
    np.testing.assert_allclose(gram, 9 * np.eye(min(W.shape)), atol=1e-13)


def test_orthogonal_keeps_the_signs_that_make_it_haar():
    for normals in (draws(6, 6), -draws(6, 6), draws(8, 3), draws(3, 8)):
        W = initializers.get("orthogonal")().values(normals, 1, 1)
        R = W.T @ normals if len(W) >= len(W.T) else W @ normals.T  # the R of the QR with a positive diagonal
        assert (np.diagonal(R) > 0).all()
        np.testing.assert_allclose(np.tril(R, -1), 0, atol=1e-13)


@pytest.mark.parametrize("name", GAINED)
def test_gain_is_a_factor(name):
    normals: Any = draws(4, 4)
    part: Any = initializers.get(name)
    np.testing.assert_allclose(part(gain=2.0).values(normals, 4, 4), 2 * part().values(normals, 4, 4), rtol=1e-15)


@pytest.mark.parametrize("name", initializers.names())
@pytest.mark.parametrize("shape", [(3, 4), (5,), (2, 2, 3, 4)])
def test_shape_dtype_and_draws_are_left_as_they_are(name, shape):
    normals = draws(*shape)
    kept = normals.copy()
    part = initializers.get(name)
    values = (part(0.5) if name == "constant" else part()).values(normals, 3, 4)
    assert (values.shape, values.dtype) == (shape, np.float64)
    assert not np.shares_memory(values, normals)
    assert (normals == kept).all()


def test_those_with_a_gain():
    assert sorted([*(f"{k}_{d}" for k in VARIANCE for d in ("normal", "uniform")), "orthogonal"]) == GAINED
