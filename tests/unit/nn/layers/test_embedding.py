"""Embedding: tokens in, vectors out. Laws and values; its inputs are whole numbers, unlike those of other layers."""

from __future__ import annotations

import numpy as np
import pytest
from gradients import relative_errors
from samples import DTYPES, Bench, build, descent, fit, linear, peak_memory, same, sample, settings, step

from nncli.errors import UserError
from nncli.nn.layers.averages import MeanOverTime
from nncli.nn.layers.embedding import Embedding
from nncli.nn.regularizers.penalties import L2
from nncli.training.data import Rows

VOCABULARY, UNITS, STEPS = 7, 3, 5
SEEDS = (5, 2, 9, 14, 3)
every_dtype = pytest.mark.parametrize("dtype", DTYPES)


def reader(**given):
    """A network that reads tokens."""
    layers = [sample(Embedding, vocabulary=VOCABULARY, units=UNITS), MeanOverTime(), linear(2)]
    return build(*layers, shape=(STEPS,), **given)


def tokens(network, rows):
    """Random tokens, of which the last one never occurs, with random targets."""
    rng = np.random.default_rng(11)
    X, y = rng.integers(VOCABULARY - 1, size=(rows, STEPS)), rng.standard_normal((rows, 2))
    return Rows.of(network, "regression", X, y)


@every_dtype
def test_forward_looks_up_and_backward_adds_up(dtype):
    network = reader(seeds=(0, 1), dtype=dtype)
    x = tokens(network, 4).x
    bench = Bench(network, x)
    W = network.view(network.segments[0])
    out = bench.forward()
    da = np.random.default_rng(1).standard_normal(out.shape).astype(dtype)
    bench.backward(da)
    dW = np.zeros_like(W)
    for r in range(2):
        for b in range(4):
            for t in range(STEPS):
                v = int(x[0, b, t])
                assert same(out[r, b, t], W[r, v])
                dW[r, v] += da[r, b, t]
    np.testing.assert_allclose(network.segments[0].view(network.grad), dW, rtol=20 * np.finfo(dtype).eps)
    assert (dW[:, -1] == 0).all()


@pytest.mark.parametrize("batch", [1, 7])
def test_gradients_match_central_differences(batch):
    network = reader()
    rows = tokens(network, batch)
    assert max(relative_errors(network, rows.x, rows.y).values()) <= 1e-6


@every_dtype
@pytest.mark.parametrize(("batch_size", "shuffle"), [(10, True), (4, True), (4, False)])
def test_stacked_equals_solo_to_the_bit(dtype, batch_size, shuffle):
    def trained(seeds):
        network = reader(seeds=seeds, dtype=dtype)
        return [o.theta for o in fit(network, tokens(network, 10), settings(batch_size=batch_size, shuffle=shuffle))]

    for seed, theta in zip(SEEDS, trained(SEEDS), strict=True):
        assert same(theta, trained((seed,))[0])


@every_dtype
def test_a_sick_replica_leaves_the_others_alone(dtype):
    def after(sick):
        network = reader(seeds=SEEDS, dtype=dtype)
        rows, before = tokens(network, 10), tokens(network, 10).x
        if sick:
            network.theta[1] = np.nan
        update = descent(network)
        for number in (1, 2, 3):
            step(network, update, rows.x, rows.y, number)
        assert same(rows.x, before)
        return network.theta, network.grad

    with np.errstate(all="ignore"):
        healthy, sick = after(False), after(True)
    others = [0, 2, 3, 4]
    assert all(same(a[others], b[others]) for a, b in zip(healthy, sick, strict=True))
    assert np.isnan(sick[0][1]).all()


def test_no_allocation_grows_with_the_batch():
    def peak(batch):
        network = reader(seeds=(0, 1), dtype=np.float32, capacity=batch)
        rows, update = tokens(network, batch), descent(network)
        step(network, update, rows.x, rows.y)
        return peak_memory(lambda: step(network, update, rows.x, rows.y, 2))

    assert peak(65_536) <= peak(16_384) + 16_384


def test_the_variance_of_what_it_gives_does_not_depend_on_the_vocabulary():
    (spec,) = sample(Embedding, vocabulary=500, units=4).parameters((STEPS,))
    assert (spec.fan_in, spec.fan_out) == (1, 4)


def test_weights_decay():
    (spec,) = sample(Embedding, regularizer=(L2(0.1),)).parameters((STEPS,))
    assert spec.decay
    assert spec.penalties == (L2(0.1),)


def test_tokens_have_no_gradient():
    network = reader()
    x = tokens(network, 1).x
    bench = Bench(network, x)
    out = bench.forward()
    with pytest.raises(ValueError, match="first layer"):
        bench.backward(out, np.empty_like(x))


def test_tokens_that_are_in_the_vocabulary():
    layer = sample(Embedding, vocabulary=3)
    for dtype in (np.float32, np.float64, np.int64):
        layer.check(np.array([[0, 1], [2, 0]], dtype))


WHOLE = "Tokens are whole numbers from 0 to 2."


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ([[0, 1], [7, 5]], f"7 in step 1 of row 2 is not in the vocabulary of 3. Try vocabulary: 8. {WHOLE}"),
        ([[0, 3], [7, 5]], f"3 in step 2 of row 1 is not in the vocabulary of 3. Try vocabulary: 8. {WHOLE}"),
        ([[0, -1], [7, 5]], f"-1 in step 2 of row 1 is not in the vocabulary of 3. {WHOLE}"),
        ([[0, 1], [0.5, 1]], f"0.5 in step 1 of row 2 is not in the vocabulary of 3. {WHOLE}"),
        ([[0, 5], [0.5, 1]], f"5 in step 2 of row 1 is not in the vocabulary of 3. {WHOLE}"),
        ([[np.nan, 1]], f"nan in step 1 of row 1 is not in the vocabulary of 3. {WHOLE}"),
        ([[0, np.inf]], f"inf in step 2 of row 1 is not in the vocabulary of 3. {WHOLE}"),
    ],
)
def test_what_is_no_token(inputs, message):
    with pytest.raises(UserError) as error:
        sample(Embedding, vocabulary=3).check(np.array(inputs, float))
    assert str(error.value) == message
