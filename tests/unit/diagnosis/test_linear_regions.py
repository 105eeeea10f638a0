"""Linear regions: values from theory, and a naive network on many points."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest

from nncli.diagnosis.linear_regions import (
    TooManyRegions,
    breakpoints,
    most_regions,
    regions_in_plane,
    regions_on_line,
)
from nncli.diagnosis.piecewise_layers import Fork, Join, Units, tent


def random_net(sizes, activation, seed):
    """Weights and biases that make many regions near the origin."""
    draw = np.random.default_rng(seed)
    layers = []
    for n_in, n_out in itertools.pairwise(sizes):
        W = (draw.standard_normal((n_in, n_out)) / np.sqrt(n_in)).astype(np.float32)
        slope = draw.uniform(-1, 0.5, n_out) if activation == "prelu" else 0.1
        layers.append(Units(W, 0.5 * draw.standard_normal(n_out), activation, slope))
    return [*layers[:-1], layers[-1]._replace(activation="linear")]


def naive(layers, x):
    """The output of a network for x (N, n_in), and which units have z >= 0, in floats."""
    patterns, kept = [], []
    for layer in layers:
        if isinstance(layer, Fork):
            kept.append(x)
        elif isinstance(layer, Join):
            x = x + (kept.pop() if layer.W is None else kept.pop() @ layer.W)
        else:
            z = x @ np.asarray(layer.W, float) + np.asarray(layer.b, float)
            x = {
                "linear": lambda z: z,
                "relu": lambda z: np.maximum(z, 0),
                "step": lambda z: (z >= 0) * 1.0,
            }.get(layer.activation, lambda z, slope=layer.slope: np.where(z >= 0, z, slope * z))(z)
            if layer.activation != "linear":
                patterns.append(z >= 0)
    return x, np.concatenate(patterns, axis=1)


RESIDUAL = [
    random_net([1, 6, 1], "relu", 3)[0],
    Fork(),
    *random_net([6, 5, 6], "relu", 4),
    Join(),
    Fork(),
    *random_net([6, 5], "relu", 7),
    Fork(),
    *random_net([5, 5, 5], "relu", 8),
    Join(),
    *random_net([5, 3], "relu", 5),
    Join(np.random.default_rng(6).standard_normal((6, 3))),
]


@pytest.mark.parametrize("depth", [1, 2, 5, 10])
def test_the_composed_tent_has_2_to_the_depth_pieces(depth):
    found = regions_on_line(tent(depth), low=0, high=1)
    assert found.linear_regions == found.activation_regions == 2**depth
    assert breakpoints(found) == [Fraction(i, 2**depth) for i in range(1, 2**depth)]
    assert {abs(piece.affine()[0][0]) for piece in found.pieces} == {2**depth}


@pytest.mark.parametrize("n", [1, 7, 24])
def test_generic_lines_cut_the_plane_into_the_known_number_of_parts(n):
    draw = np.random.default_rng(n)
    layers = [Units(draw.standard_normal((2, n)), draw.uniform(-1, 1, n), "relu"), Units(np.ones((n, 1)), [0])]
    found = regions_in_plane(layers, [(-(10**9), 10**9)] * 2)
    assert found.activation_regions == found.linear_regions == 1 + n + n * (n - 1) // 2 == most_regions(layers, 2)


@pytest.mark.parametrize("n", [1, 5, 40])
def test_a_hidden_layer_of_n_units_has_at_most_n_plus_1_pieces_on_a_line(n):
    layers = random_net([1, n, 1], "relu", n)
    assert regions_on_line(layers).linear_regions == n + 1 == most_regions(layers, 1)


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "prelu", "step"])
@pytest.mark.parametrize("sizes", [[1, 12, 1], [1, 6, 6, 2], [1, 4, 4, 4, 4, 1]])
def test_pieces_on_a_line_are_those_that_dense_samples_show(activation, sizes):
    check_line(random_net(sizes, activation, 11))


def test_pieces_of_residual_blocks_are_those_that_dense_samples_show():
    check_line(RESIDUAL)


def check_line(layers):
    """Sample between the breakpoints: one pattern and one affine function in each piece, other patterns beside it."""
    found = regions_on_line(layers, low=-4, high=4)
    seen = set()
    for piece in found.pieces:
        low, high = (float(Fraction(*end)) for end in (piece.cell.low, piece.cell.high))
        t = low + (high - low) * np.linspace(0.01, 0.99, 7)
        y, patterns = naive(layers, t[:, None])
        assert (patterns == patterns[0]).all()
        seen.add(patterns[0].tobytes())
        slope_and_constant = np.array([[float(c) for c in row] for row in piece.affine()])
        np.testing.assert_allclose(y, t[:, None] * slope_and_constant[:, 0] + slope_and_constant[:, 1], atol=1e-9)
    assert len(seen) == found.activation_regions >= 4
    _, sampled = naive(layers, np.linspace(-4, 4, 100_001)[:, None])
    assert {row.tobytes() for row in sampled} <= seen  # no piece was missed
    ends = [piece.cell.high for piece in found.pieces]
    assert ends[:-1] == [piece.cell.low for piece in found.pieces[1:]]


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "step"])
@pytest.mark.parametrize("sizes", [[2, 9, 1], [2, 5, 5, 1], [2, 4, 4, 4, 2]])
def test_polygons_are_those_that_dense_samples_show(activation, sizes):
    layers = random_net(sizes, activation, 21)
    found = regions_in_plane(layers, [(-2, 2), (-1, 2)])
    inside = [np.array([[x / w, y / w] for x, y, w in piece.cell.corners]).mean(axis=0) for piece in found.pieces]
    y, patterns = naive(layers, np.array(inside))
    assert len({row.tobytes() for row in patterns}) == found.activation_regions
    for point, value, piece in zip(inside, y, found.pieces, strict=True):
        expected = [float(a) * point[0] + float(b) * point[1] + float(c) for a, b, c in piece.affine()]
        np.testing.assert_allclose(value, expected, atol=1e-9)
    x = np.random.default_rng(0).uniform([-2, -1], [2, 2], (40_000, 2))
    assert {row.tobytes() for row in naive(layers, x)[1]} <= {row.tobytes() for row in patterns}
    assert sum(area(piece.cell.corners) for piece in found.pieces) == 12  # exactly the box


def area(corners):
    points = [(Fraction(x, w), Fraction(y, w)) for x, y, w in corners]
    pairs = zip(points, points[1:] + points[:1], strict=True)
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairs) / 2


def test_a_segment_in_the_plane_passes_through_the_polygons_that_it_crosses():
    layers = random_net([2, 6, 6, 1], "relu", 5)
    on_segment = regions_on_line(layers, (-2, -1), (4, 3), 0, 1)
    start, direction = np.array([-2.0, -1.0]), np.array([4.0, 3.0])
    middles = [float(Fraction(*p.cell.low) + Fraction(*p.cell.high)) / 2 for p in on_segment.pieces]
    _, patterns = naive(layers, start + np.array(middles)[:, None] * direction)
    assert len({row.tobytes() for row in patterns}) == on_segment.activation_regions
    whole = regions_in_plane(layers, [(-2, 2), (-1, 2)])
    assert on_segment.activation_regions < whole.activation_regions


@pytest.mark.parametrize(
    ("layers", "linear", "activation"),
    [
        ([Units([[1, 1]], [0, -1], "relu"), Units([[0], [1]], [0])], 2, 3),  # the first unit is not used
        ([Units([[1, 1]], [0, 0], "relu"), Units([[1], [-1]], [0])], 1, 2),  # two units cancel
        ([Units([[1, -1]], [0, 0], "relu"), Units([[1], [-1]], [0])], 1, 2),  # relu(x) - relu(-x) = x
        ([Units([[1, 1]], [0, -1], "step"), Units([[1], [-1]], [0])], 3, 3),  # a bump
        ([Units([[1, 2]], [0, 0], "step"), Units([[1], [-1]], [0])], 1, 2),  # they fire together
        ([Units([[1]], [0], "leaky_relu", 1), Units([[1]], [0])], 1, 1),  # not bent at all
        ([Units([[1, 1]], [0, 0], "prelu", [1, 0.5]), Units([[1], [1]], [0])], 2, 2),
        ([Units([[0.1]], [0.3], "step")], 2, 2),
        ([Units([[0]], [0], "relu"), Units([[1]], [0])], 1, 1),  # dead everywhere
        ([Units([[1]], [0], "relu"), Units([[1]], [0], "step")], 1, 2),  # z = 0 on a half line counts as z >= 0
        ([Units([[1]], [0], "relu"), Units([[-1]], [0], "step")], 2, 2),
        ([Units([[2]], [1])], 1, 1),
    ],
)
def test_equal_neighbors_are_one_linear_region(layers, linear, activation):
    found = regions_on_line(layers)
    assert (found.linear_regions, found.activation_regions) == (linear, activation)


def test_breakpoints_are_exact_for_the_float_weights():
    found = regions_on_line([Units(np.array([[0.1]], np.float32), np.array([0.3], np.float32), "step")])
    assert breakpoints(found) == [-Fraction(float(np.float32(0.3))) / Fraction(float(np.float32(0.1)))]


AND, CORNER = [[1, 0], [0, 1]], [0, 0]


@pytest.mark.parametrize(
    ("out", "bias", "linear"),
    [
        ([1, 1], -1.5, 2),  # the first quadrant, and the other three together
        ([1, -1], -0.5, 2),
        ([1, 1], -0.5, 2),
        ([1, 1], -3, 1),
    ],
)
def test_polygons_with_a_common_side_and_function_are_one_region(out, bias, linear):
    layers = [Units(AND, CORNER, "step"), Units(np.array(out)[:, None], [bias], "step")]
    found = regions_in_plane(layers, [(-1, 1)] * 2)
    assert (found.linear_regions, found.activation_regions) == (linear, 4)


def test_polygons_that_meet_at_a_corner_are_not_connected():
    hidden = Units([[1, -1], [1, -1]], [-0.5, 1.5], "step")
    xor = [Units(AND, CORNER, "step"), hidden, Units([[1], [1]], [-1.5], "step")]
    found = regions_in_plane(xor, [(-1, 1)] * 2)
    assert (found.linear_regions, found.activation_regions) == (4, 4)


def test_a_plane_in_space_has_the_regions_of_its_restriction():
    layers = random_net([3, 7, 1], "relu", 9)
    rows = np.array([[1, 0, 2], [0, -1, 1], [0.5, -1, 2]])  # two directions and the start
    columns = np.asarray(layers[0].W, float).T
    exact = [[sum(Fraction(d) * Fraction(w) for d, w in zip(row, own, strict=True)) for own in columns] for row in rows]
    shift = [x + Fraction(c) for x, c in zip(exact[2], layers[0].b, strict=True)]
    same = regions_in_plane([Units(exact[:2], shift, "relu"), layers[1]], [(-3, 3)] * 2)
    u, v, start = rows.tolist()
    assert regions_in_plane(layers, [(-3, 3)] * 2, start, (u, v)) == same


def test_counting_stops_at_the_most():
    with pytest.raises(TooManyRegions):
        regions_on_line(tent(10), low=0, high=1, most=1000)


def test_no_activation_of_another_kind():
    with pytest.raises(ValueError, match="tanh"):
        regions_on_line([Units([[1]], [0], "tanh")])
