"""Per-replica numbers and the helpers that walk arrays."""

from __future__ import annotations

import numpy as np
import pytest

from nncli.nn.arrays import cast, row_maximum

DTYPES = [np.float32, np.float64]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(1, 1), (1, 4), (7, 1), (100, 4), (3, 5_000)])
def test_row_maximum(shape, dtype):
    rows = np.random.default_rng(1).standard_normal(shape).astype(dtype)
    rows[0, -1] = -np.inf
    found = row_maximum(rows)
    assert found.dtype == dtype
    assert found.tolist() == [max(row) for row in rows.tolist()]


def test_a_row_with_a_nan_has_no_maximum_and_leaves_the_others_alone():
    found = row_maximum(np.array([[1.0, 2.0, 0.0], [9.0, np.nan, 3.0], [-1.0, -np.inf, -2.0]]))
    np.testing.assert_array_equal(found, [2.0, np.nan, -1.0])


@pytest.mark.parametrize("dtype", DTYPES)
def test_cast_rounds_as_numpy_rounds_a_python_float(dtype):
    array = np.random.default_rng(2).standard_normal(50).astype(dtype)
    for value in (0.9, 0.1, 1 / 3, 1e-8, 123.456):
        one, many = cast(value, np.dtype(dtype)), cast(np.array([[value], [value]]), np.dtype(dtype))
        assert (one.shape, many.shape) == ((), (2, 1))
        expected = array * value
        assert expected.dtype == (array * one).dtype == (array * many).dtype == dtype
        assert (array * one == expected).all()
        assert (array * many == expected).all()
