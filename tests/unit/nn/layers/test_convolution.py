"""Values, windows, blocks and errors of the convolution."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from golden import torch_convolution
from gradients import relative_errors
from samples import Bench, build, data, descent, linear, same, sample, step

from nncli.errors import UserError
from nncli.nn.activations.linear import Linear
from nncli.nn.activations.rectifiers import PRelu
from nncli.nn.initializers.fixed_scale import Normal
from nncli.nn.initializers.he import HeNormal
from nncli.nn.layers import windows
from nncli.nn.layers.convolution import Convolution
from nncli.nn.layers.flatten import Flatten
from nncli.nn.layers.windows import slide
from nncli.nn.losses.regression import MeanSquaredError
from nncli.nn.network import Network
from nncli.nn.regularizers.penalties import L2

GOLDEN = torch_convolution.load()
CASES = [name for name, (layer, _, _) in torch_convolution.CASES.items() if layer == "conv"]


def conv(filters=4, **given):
    return sample(Convolution, filters=filters, bias_initializer=Normal(std=0.3), **given)


def passes(layer, given, replicas=1, shared=True):
    """What one pass each way computes from x, W, b and da, for each replica."""
    x, da = (np.stack([given[name]] * n) for name, n in (("x", 1 if shared else replicas), ("da", replicas)))
    network = Network(
        [layer, Flatten()], MeanSquaredError(), x.shape[2:], seeds=range(replicas), capacity=x.shape[1], dtype=x.dtype
    )
    for segment in network.segments:
        network.view(segment)[...] = given[segment.spec.name]
    bench = Bench(network, x)
    found = {"a": bench.forward().copy(), "dx": np.full((replicas, *x.shape[1:]), np.nan, x.dtype)}
    bench.backward(da, found["dx"])
    return found | {"d" + s.spec.name: s.view(network.grad) for s in network.segments}


@pytest.mark.parametrize("budget", [1, 300, windows.COLUMNS], ids="COLUMNS {}".format)
@pytest.mark.parametrize("shared", [True, False], ids=["shared input", "an input each"])
@pytest.mark.parametrize("case", CASES)
def test_values_and_gradients_are_those_of_pytorch(case, shared, budget, monkeypatch):
    """However the batch is cut into blocks, and whether or not the replicas share their input."""
    monkeypatch.setattr(windows, "COLUMNS", budget)
    options, given = torch_convolution.CASES[case][2], GOLDEN[case]
    found = passes(conv(**options, activation=Linear()), given, replicas=3, shared=shared)
    assert set(found) == {"a", *(name for name in given if name[0] == "d" and name != "da")}
    for name, values in found.items():
        for replica in values:
            assert np.abs(replica - given[name]).max() <= 1e-10 * np.abs(given[name]).max(), name


SIZES = list(itertools.product(range(1, 9), range(1, 5), range(1, 5), range(1, 4), [True, False]))


def test_windows_are_those_of_the_definition():
    """Every small axis; and the turned windows lie around the inputs that they are for."""
    for n, kernel, stride, dilation, padded in SIZES:
        span = (kernel - 1) * dilation + 1
        if not padded and span > n:
            continue
        _, axis = slide((n, 1), "kernel", kernel, stride, dilation, padded)
        total = max((-(-n // stride) - 1) * stride + span - n, 0) if padded else 0
        assert (axis.before, axis.padded) == (total // 2, n + total)
        assert axis.count == (-(-n // stride) if padded else (n - span) // stride + 1)
        numbers = np.full(axis.padded, -1)
        numbers[axis.inputs] = range(n)
        seen = {(p, o, i) for i in range(kernel) for o, p in enumerate(numbers[axis.cells(i)]) if p >= 0}
        assert seen == {
            (o * stride + i * dilation - total // 2, o, i)
            for o in range(axis.count)
            for i in range(kernel)
            if 0 <= o * stride + i * dilation - total // 2 < n
        }
        turned = axis.turned
        numbers = np.full(turned.padded, -1)
        numbers[turned.inputs] = range(axis.count)
        back = {(p, o, kernel - 1 - i) for i in range(kernel) for p, o in enumerate(numbers[turned.cells(i)]) if o >= 0}
        assert turned.count == n
        assert back == seen


@pytest.mark.parametrize(
    ("shape", "options", "expected"),
    [
        ((28, 27, 3), {}, (28, 27, 4)),
        ((28, 27, 3), {"stride": 2}, (14, 14, 4)),
        ((28, 27, 3), {"padding": "valid"}, (26, 25, 4)),
        ((28, 27, 3), {"kernel": 5, "padding": "valid", "stride": 2, "dilation": 2}, (10, 10, 4)),
        ((30, 2), {"stride": 4}, (8, 4)),
        ((30, 2), {"padding": "valid", "kernel": 30}, (1, 4)),
        ((2, 2, 1), {"kernel": 7}, (2, 2, 4)),
    ],
)
def test_output_shape(shape, options, expected):
    assert conv(**options).output_shape(shape) == expected


@pytest.mark.parametrize(
    ("shape", "options", "words"),
    [
        (
            (4, 9, 3),
            {"kernel": 5},
            "kernel 5 does not fit into an image of 4 × 9. Try padding: same. The largest that fits is 4.",
        ),
        (
            (4, 3),
            {"dilation": 2},
            "kernel 3 with dilation 2 spans 5 and does not fit into a sequence of 4 steps. "
            "Try padding: same. The largest that fits is 2.",
        ),
    ],
)
def test_a_window_larger_than_the_input_is_an_error(shape, options, words):
    with pytest.raises(UserError) as error:
        conv(padding="valid", **options).output_shape(shape)
    assert str(error.value) == words


@pytest.mark.parametrize(("shape", "cells"), [((9, 9, 2), 25), ((9, 2), 5)])
def test_fans_count_the_cells_of_a_window(shape, cells):
    W, b = conv(filters=3, kernel=5, regularizer=(L2(0.1),)).parameters(shape)
    assert (W.fan_in, W.fan_out) == (b.fan_in, b.fan_out) == (2 * cells, 3 * cells)
    assert (W.size, b.shape, W.shape[-2:]) == (2 * 3 * cells, (3,), (2, 3))
    assert (W.decay, W.penalties, b.decay, b.penalties) == (True, (L2(0.1),), False, ())


def test_he_keeps_the_size_of_signals():
    network = build(
        conv(64, initializer=HeNormal(), activation=Linear(), bias=False), linear(2), shape=(8, 8, 32), seeds=[0]
    )
    _, _, rows = data(network, 16)
    inside = Bench(network, rows.x).forward()[:, :, 1:-1, 1:-1]
    assert np.var(inside) == pytest.approx(2, rel=0.1)  # twice what goes in: a ReLU would take half


@pytest.mark.parametrize("shape", [(6, 5, 2), (7, 2)])
def test_learned_slopes_are_one_for_each_channel(shape):
    network = build(
        conv(3, activation=PRelu()), conv(2, stride=2, activation=PRelu()), Flatten(), linear(2), shape=shape
    )
    assert [s.spec.shape for s in network.segments if s.spec.name == "slope"] == [(3,), (2,)]
    _, _, rows = data(network, 4)
    assert max(relative_errors(network, rows.x, rows.y).values()) <= 1e-6


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("budget", [1, 1500, 5000, 20_000], ids="COLUMNS {}".format)
def test_blocks_keep_replicas_apart(dtype, budget, monkeypatch):
    """Each replica has the bits that it has alone, whatever shared a buffer with it; one is full of NaN."""
    monkeypatch.setattr(windows, "COLUMNS", budget)

    def trained(seeds, sick=None):
        layers = conv(3, stride=2), conv(4, dilation=2), Flatten(), linear(2)
        network = build(*layers, seeds=seeds, capacity=7, dtype=dtype, shape=(6, 5, 2))
        if sick is not None:
            network.theta[sick] = np.nan
        _, _, rows = data(network, 7)
        update = descent(network)
        for number, batch in enumerate((7, 3, 7), 1):
            step(network, update, rows.x[:, :batch], rows.y[:, :batch], number)
        return network.theta, network.grad

    with np.errstate(invalid="ignore"):
        stacked = trained((5, 8, 2, 9), sick=1)
    for r, seed in ((0, 5), (2, 2), (3, 9)):
        assert all(same(together[r], alone[0]) for together, alone in zip(stacked, trained((seed,)), strict=True))


def test_a_block_is_a_part_of_a_batch_or_some_whole_batches(monkeypatch):
    monkeypatch.setattr(windows, "COLUMNS", 100)

    def shapes(*given):
        return [(r.stop - r.start, b.stop - b.start) for r, b in windows.blocks(*given)]

    assert shapes(5, 4, 10) == [(2, 4), (2, 4), (1, 4)]
    assert shapes(2, 13, 10) == [(1, 7), (1, 6)] * 2
    assert shapes(2, 2, 1000) == [(1, 1)] * 4
    assert shapes(2, 1, 1000) == [(1, 1)] * 2
    assert shapes(3, 10, 10) == [(1, 10)] * 3
