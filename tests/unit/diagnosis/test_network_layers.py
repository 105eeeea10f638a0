"""The layers as plain arrays: the affine functions of the regions are what the network computes."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from nncli.config.load import override
from nncli.config.resolve import resolve
from nncli.config.yaml_reader import read_yaml
from nncli.diagnosis.linear_regions import regions_on_line
from nncli.diagnosis.network_layers import plain_layers, scaling
from nncli.diagnosis.piecewise_layers import Units
from nncli.experiments.assembly import build_network

TEXT = """\
task: {function: {expression: sin(3*x), samples: 32}}
architecture: [5, 5]
activation: relu
initializer: {normal: {std: 1}}
seeds: 2
dtype: float64
"""


def built(*overrides):
    experiment = resolve(override(read_yaml(TEXT, "x.yaml"), overrides))
    network = build_network([experiment])
    network.theta += 0.3 * np.random.default_rng(0).standard_normal(network.theta.shape)  # biases and slopes, too
    return experiment, network


@pytest.mark.parametrize(
    "overrides",
    [
        ["architecture=[5, 5]"],
        ["architecture=[{dense: {units: 4, bias: false}}, 3]", "activation={leaky_relu: {slope: 0.2}}"],
        ["architecture=[{residual: [4, {residual: [{dense: {units: 4, activation: linear}}]}]}, {activation: prelu}]"],
        ["architecture=[3, {dropout: 0.5}, {activation: {function: {leaky_relu: {slope: 0.5}}}}]", "activation=prelu"],
        ["architecture=[6, 4]", "activation=step", "output.activation=relu"],
        ["architecture=[]", "output.activation=leaky_relu"],
    ],
)
def test_on_each_region_the_network_is_the_affine_function(overrides):
    experiment, network = built(*overrides)
    found = [regions_on_line(layers, low=-2, high=2) for layers in plain_layers(network, experiment)]
    for row, regions in enumerate(found):
        t = np.array([float(Fraction(*p.cell.low) + Fraction(*p.cell.high)) / 2 for p in regions.pieces])
        output = network.measure(network.prepare(t[:, None]), np.zeros((1, len(t), 1))).p[row, :, 0]
        functions = [piece.affine()[0] for piece in regions.pieces]
        expected = [float(slope) * at + float(c) for at, (slope, c) in zip(t, functions, strict=True)]
        np.testing.assert_allclose(output, expected, rtol=1e-9, atol=1e-9)
    assert found[0] != found[1]


def test_a_slope_is_the_number_that_the_network_multiplies_by():
    experiment, network = built("activation=leaky_relu", "dtype=float32")
    first = next(plain_layers(network, experiment))[0]
    assert isinstance(first, Units)
    assert Fraction(float(first.slope)) == Fraction(float(np.float32(0.01))) != Fraction(0.01)


def test_standardization_is_exact_and_a_mean_of_a_channel_is_that_of_all_its_pixels():
    layer = scaling([0.1, 2.0], [3.0, 0.7], 4)
    x = [Fraction(1), Fraction(2), Fraction(5), Fraction(7)]
    z = [sum(a * w for a, w in zip(x, column, strict=True)) + b for column, b in zip(layer.W.T, layer.b, strict=True)]
    tenth, seven = Fraction(0.1), Fraction(0.7)
    assert z == [(1 - tenth) / 3, 0, (5 - tenth) / 3, (7 - 2) / seven]
