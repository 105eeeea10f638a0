"""Values and ties of the pooling layers."""

from __future__ import annotations

import numpy as np
import pytest
from golden import torch_convolution
from samples import Bench

from nncli.errors import UserError
from nncli.nn.layers import layers
from nncli.nn.layers.averages import GlobalAveragePool
from nncli.nn.layers.flatten import Flatten
from nncli.nn.layers.pooling import AveragePool, MaxPool
from nncli.nn.losses.regression import MeanSquaredError
from nncli.nn.network import Network

GOLDEN = torch_convolution.load()
CASES = [name for name, (layer, _, _) in torch_convolution.CASES.items() if layer != "conv"]


def passes(layer, x, da=None):
    """The output for x (R or 1, B, ...) of three replicas, and the gradient that goes back."""
    network = Network(
        [layer, Flatten()], MeanSquaredError(), x.shape[2:], seeds=range(3), capacity=x.shape[1], dtype=x.dtype
    )
    bench = Bench(network, x)
    a = bench.forward()
    da = np.ones_like(a) if da is None else np.broadcast_to(da, a.shape).copy()
    dx = np.full((3, *x.shape[1:]), np.nan, x.dtype)
    bench.backward(da, dx if len(x) == 3 else None)
    return a, dx


@pytest.mark.parametrize("case", CASES)
def test_values_and_gradients_are_those_of_pytorch(case):
    """Equal numbers in a window included: the first of them has the gradient."""
    layer, _, options = torch_convolution.CASES[case]
    given = GOLDEN[case]
    a, dx = passes(layers.get(layer)(**options), np.stack([given["x"]] * 3), given["da"])
    for found, expected in ((a, given["a"]), (dx, given["dx"])):
        for replica in found:
            assert np.abs(replica - expected).max() <= 1e-10 * np.abs(expected).max()
    shared, _ = passes(layers.get(layer)(**options), given["x"][None])
    assert np.array_equal(shared, a)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_first_of_equals_has_the_gradient(dtype):
    x = np.zeros((3, 1, 4, 4, 2), dtype)
    _, dx = passes(MaxPool(2), x)
    assert np.array_equal(np.argwhere(dx[0, 0, :, :, 1]), [[0, 0], [0, 2], [2, 0], [2, 2]])
    _, dx = passes(MaxPool(3, stride=1), x)
    assert np.array_equal(dx[2, 0, :, :, 0], [[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]])


@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize("layer", [MaxPool(2), AveragePool(2), GlobalAveragePool()])
def test_nan_is_passed_on_and_stays_in_its_window(layer, place):
    x = np.random.default_rng(place).standard_normal((3, 2, 4, 4, 2))
    x[1, 0, place // 2, place % 2, 1] = np.nan
    x[2, 1, 3, 3, 0] = np.inf
    a, _ = passes(layer, x)
    a = a.reshape(3, 2, -1, 2)
    assert np.argwhere(np.isnan(a)).tolist() == [[1, 0, 0, 1]]
    assert np.argwhere(np.isinf(a)).tolist() == [[2, 1, a.shape[2] - 1, 0]]


@pytest.mark.parametrize(
    ("layer", "shape", "expected"),
    [
        (MaxPool(2), (7, 8, 3), (3, 4, 3)),
        (MaxPool(3, stride=1), (7, 8, 3), (5, 6, 3)),
        (AveragePool(2, stride=5), (7, 8, 3), (2, 2, 3)),
        (AveragePool(4), (9, 3), (2, 3)),
        (GlobalAveragePool(), (7, 8, 3), (3,)),
        (GlobalAveragePool(), (9, 3), (3,)),
    ],
)
def test_output_shape(layer, shape, expected):
    assert layer.output_shape(shape) == expected


def test_a_window_larger_than_the_input_is_an_error():
    with pytest.raises(UserError) as error:
        MaxPool(3).output_shape((2, 5, 1))
    assert str(error.value) == "size 3 does not fit into an image of 2 × 5. The largest that fits is 2."
