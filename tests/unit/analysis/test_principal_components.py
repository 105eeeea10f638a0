import numpy as np
import pytest

from nncli.analysis.principal_components import principal_components


@pytest.mark.parametrize(("rows", "columns"), [(40, 7), (7, 40), (5, 5)])
def test_components_are_right_singular_vectors(rows, columns):
    x = np.random.default_rng(0).normal(size=(rows, columns)) * np.linspace(1, 3, columns)
    found = principal_components(x, 3)
    _, singular, axes = np.linalg.svd(x - x.mean(axis=0))
    np.testing.assert_allclose(np.abs(found.axes), np.abs(axes[:3]), atol=1e-10)
    np.testing.assert_allclose(found.shares, (singular**2 / np.square(singular).sum())[:3])
    assert (found.axes[range(3), np.abs(found.axes).argmax(axis=1)] > 0).all()
    np.testing.assert_allclose(found.of(x).mean(axis=0), 0, atol=1e-12)


@pytest.mark.parametrize("x", [np.ones((4, 3)), np.ones((1, 3)), np.full((2, 5), 1e300)])
def test_equal_rows_have_no_components(x):
    found = principal_components(x)
    assert found.axes.shape == (2, x.shape[1])
    assert not found.shares.any()
    np.testing.assert_array_equal(found.of(x), np.zeros((len(x), 2)))


def test_rows_on_a_line_have_one_component_however_large():
    x = np.outer([1e200, -1e200, 3e200], [3.0, 4.0])
    found = principal_components(x)
    np.testing.assert_allclose(found.axes, np.array([[0.6, 0.8], [0, 0]]))
    np.testing.assert_allclose(found.shares, [1, 0])
