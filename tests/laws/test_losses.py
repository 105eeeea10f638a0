"""Laws of every loss, with every kind of target it is made for."""

from __future__ import annotations

import numpy as np
import pytest
from allocations import operands, owner
from gradients import relative_errors
from samples import DTYPES, build, cases, data, dense, linear, replay, targets

from nncli.nn.arrays import BLOCK
from nncli.nn.losses import losses
from nncli.nn.program import Program

every_loss = pytest.mark.parametrize(
    ("loss", "kind"),
    [
        pytest.param(*case.values, kind, id=f"{case.id} {kind}")
        for case in cases(losses)
        for kind in case.values[0].kinds
    ],
)


def run(loss, z, y):
    """(L, p, dz) of one forward and backward pass, all starting as NaN."""
    L = np.full(len(z), np.nan, z.dtype)
    p, work, dz = (np.full_like(z, np.nan) for _ in range(3))
    replay(loss.forward, z, y, p, work, L)
    replay(loss.backward, z, y, p, dz)
    return L, p, dz


@every_loss
@pytest.mark.parametrize("batch", [1, 7])
@pytest.mark.parametrize("n", [1, 3])
def test_gradients_match_central_differences(loss, kind, batch, n):
    network = build(dense(4), linear(n), loss=loss)
    _, _, rows = data(network, batch, kind)
    assert max(relative_errors(network, rows.x, rows.y).values()) <= 1e-6


@every_loss
def test_the_loss_is_a_mean_over_the_batch(loss, kind):
    """The same rows twice: the same loss, half the gradient for each row."""
    rng = np.random.default_rng(3)
    z, y = rng.standard_normal((2, 5, 3)), targets(kind, 5, 3, rng)[None]
    once, twice = run(loss, z, y), run(loss, np.concatenate([z, z], axis=1), np.concatenate([y, y], axis=1))
    np.testing.assert_allclose(twice[0], once[0], rtol=1e-14)
    np.testing.assert_allclose(2 * twice[2][:, :5], once[2], rtol=1e-14)


@every_loss
def test_a_loss_allocates_at_most_blocks_whatever_the_batch(loss, kind):
    """And the mean over many blocks is still the mean."""
    rng = np.random.default_rng(5)
    z, y = rng.standard_normal((2, BLOCK + 5, 3)), targets(kind, BLOCK + 5, 3, rng)[None]
    L, (p, work, dz) = np.empty(2), (np.empty_like(z) for _ in range(3))
    on = Program()
    loss.forward(on, z, y, p, work, L)
    loss.backward(on, z, y, p, dz)
    given = [id(owner(array)) for array in (z, y, p, work, dz, L)]
    owners = {id(root): root for call in on.calls for root in map(owner, operands(call))}
    made = [root.size for identity, root in owners.items() if identity not in given]
    assert made
    assert max(made) <= BLOCK
    assert sum(made) <= 3 * BLOCK
    halves = [run(loss, z[:, rows], y[:, rows])[0] for rows in (slice(0, 40), slice(40, None))]
    on.run()
    np.testing.assert_allclose(L, (halves[0] * 40 + halves[1] * (z.shape[1] - 40)) / z.shape[1], rtol=1e-12)


@every_loss
@pytest.mark.parametrize("dtype", DTYPES)
def test_loss_prediction_and_gradient_of_large_inputs_are_finite(loss, kind, dtype):
    """Up to 1e4; if the loss includes its activation, any finite input."""
    largest = 1e4 if loss.link == "linear" else float(np.finfo(dtype).max) / 8
    z = np.array([0.0, 1e-30, 1.0, 88.0, 800.0, 1e4, largest], dtype)
    z = np.stack([z, -z, z[::-1]], axis=-1)[None]
    y = targets(kind, z.shape[1], 3, np.random.default_rng(4)).astype(dtype)[None]
    with np.errstate(all="raise", under="ignore"):
        found = run(loss, z, y)
    assert all(np.isfinite(array).all() for array in found)
    assert {array.dtype for array in found} == {np.dtype(dtype)}
    assert (found[0] >= 0).all()


@every_loss
def test_inputs_are_untouched_and_replicas_apart(loss, kind):
    rng = np.random.default_rng(5)
    z, y = rng.standard_normal((3, 5, 2)), targets(kind, 5, 2, rng)[None]
    before = z.copy(), y.copy()
    healthy = run(loss, z, y)
    assert np.array_equal(z, before[0])
    assert np.array_equal(y, before[1])
    z[1, 2] = np.nan
    with np.errstate(invalid="ignore"):
        sick = run(loss, z, y)
    assert np.isnan(sick[0][1])
    assert all(np.array_equal(a[[0, 2]], b[[0, 2]]) for a, b in zip(healthy, sick, strict=True))


@pytest.mark.parametrize("part", [losses.get(name)() for name in losses], ids=list(losses))
@pytest.mark.parametrize("error", [0.01, 0.05, 0.3])
def test_no_sample_within_an_error_loses_more_than_the_most(part, error):
    """And some sample at that error loses nearly as much, or the bound would be of no use."""
    rng = np.random.default_rng(5)
    n = 1 if part.kinds == ("binary",) else 3
    y = np.zeros((1, 1, n))
    y[..., 0] = 1.0
    # about the targets for losses of a; on both sides of the logits that give p = 1 - error for those of logits
    z = (
        y + error * rng.uniform(-1.2, 1.2, (20_000, 1, n))
        if part.link == "linear"
        else rng.uniform(-9, 9, (20_000, 1, n))
    )
    p, work, out = np.empty_like(z), np.empty_like(z), np.empty(len(z))
    replay(part.forward, z, y, p, work, out)
    within = (np.abs(p - y) <= error).all(axis=(1, 2))
    assert within.any()
    assert out[within].max() <= part.upper_bound(error) * (1 + 1e-12)
    assert out[within].max() >= part.upper_bound(error) * 0.8
