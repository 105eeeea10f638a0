"""Laws of every activation, in a small network and by itself."""

from __future__ import annotations

import numpy as np
import pytest
from gradients import relative_errors
from samples import DTYPES, build, cases, data, dense, linear, replay

from nncli.nn.activations import activations, learned_parameters
from nncli.nn.layers.activation import ActivationLayer

every_activation = pytest.mark.parametrize("activation", cases(activations))
every_dtype = pytest.mark.parametrize("dtype", DTYPES)


def run(activation, z, da):
    """(a, dz, *gradients), the outputs starting as NaN."""
    specs = learned_parameters(activation, z.shape[-1])
    values = [spec.initializer.values(np.zeros((1, 1, *spec.shape)), 1, 1).astype(z.dtype) for spec in specs]
    a, dz = np.full_like(z, np.nan), np.full_like(z, np.nan)
    gradients = [np.full_like(value, np.nan) for value in values]
    replay(activation.forward, z, a, *values)
    replay(activation.backward, z, a, da, dz, *values, *gradients)
    return a, dz, *gradients


@every_activation
@pytest.mark.parametrize("batch", [1, 7])
def test_gradients_match_central_differences(activation, batch):
    """In the middle of the network, so that the derivative passes through it; in the last layer, beside the loss."""
    network = build(dense(4), dense(5, activation=activation), dense(3, activation=activation), linear(2))
    _, _, rows = data(network, batch)
    assert max(relative_errors(network, rows.x, rows.y).values()) <= 1e-6
    network = build(dense(4), dense(2, activation=activation))
    _, _, rows = data(network, batch)
    assert max(relative_errors(network, rows.x, rows.y).values()) <= 1e-6


@every_activation
def test_no_gradient_only_where_the_function_is_flat(activation):
    """A backward pass that writes zeros is right for a step and wrong for all others."""
    z = np.random.default_rng(1).standard_normal((1, 40, 6))
    above, dz, *_ = run(activation, z, np.ones_like(z) + z)
    moved, h = z.copy(), 1e-6
    moved[..., 0] += h
    slopes = (run(activation, moved, z)[0] - above)[..., 0] / h
    assert (np.abs(slopes).max() < 1e-9) == (np.abs(dz[..., 0]).max() == 0)


@every_activation
def test_an_activation_is_what_it_declares(activation):
    """By itself and as a layer: the identity, flat, or a function of all units."""
    z = np.random.default_rng(2).standard_normal((1, 40, 6))
    a, dz, *_ = run(activation, z, np.ones_like(z) + z)
    moved = z.copy()
    moved[..., 0] += 1
    assert activation.linear == np.array_equal(a, z)
    assert activation.flat == (not dz.any())
    couples = not np.array_equal(run(activation, moved, z)[0][..., 1:], a[..., 1:])
    assert activation.couples_units == couples
    assert ActivationLayer(activation).elementwise == (not couples)


@every_activation
@every_dtype
def test_outputs_and_gradients_of_extreme_inputs_are_finite(activation, dtype):
    z = np.array([0.0, 1e-30, 1.0, 30.0, 100.0, 1e4, 1e30, np.finfo(dtype).max], dtype)
    z = np.concatenate([z, -z]).reshape(1, -1, 1) * np.array([1, -1], dtype)
    with np.errstate(all="raise", under="ignore"):
        a, dz, *_ = run(activation, z, np.ones_like(z))
    assert np.isfinite(a).all()
    assert np.isfinite(dz).all()


@every_activation
@every_dtype
def test_inputs_are_untouched_and_the_dtype_is_kept(activation, dtype):
    rng = np.random.default_rng(2)
    z, da = (rng.standard_normal((1, 9, 4)).astype(dtype) for _ in range(2))
    before = z.copy(), da.copy()
    found = run(activation, z, da)
    assert np.array_equal(z, before[0])
    assert np.array_equal(da, before[1])
    assert {array.dtype for array in found} == {np.dtype(dtype)}
    assert all(np.isfinite(array).all() for array in found)  # all of `out` is written
