"""Enclosures hold every value and every slope, found here on points inside each box."""

import numpy as np
import pytest

from nncli.tasks.enclosures import enclose
from nncli.tasks.expressions import FUNCTIONS, parse_expression

POSITIVE = ("log", "log2", "log10", "sqrt")
INSIDE = ("arcsin", "arccos")
EXPRESSIONS = [
    *(f"{name}(x)" for name, (arguments, _) in FUNCTIONS.items() if arguments == 1),
    *(f"{name}(x*y, 0.3 - y)" for name, (arguments, _) in FUNCTIONS.items() if arguments == 2),
    *("1/(1 + 25*x**2)", "x**3 - x", "x**-2 + y", "x**0.5*y", "-x/y", "exp(-(x**2 + y**2))", "sinc(sqrt(x**2 + y**2))"),
]


def domain(text):
    if any(f"{name}(" in text for name in INSIDE):
        return -0.999, 0.999
    return (0.01, 4.0) if any(f"{name}(x)" in text for name in POSITIVE) or "x**0.5" in text else (-4.0, 4.0)


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_enclosures_hold_all_values_and_slopes(text):
    rng = np.random.default_rng(1)
    formula = parse_expression(text, ("x", "y"))
    low, high = domain(text)
    centers, radius = rng.uniform(low, high, (2, 300)), 10.0 ** rng.uniform(-9, 0, 300)
    lows, highs = np.clip(centers - radius, low, high), np.clip(centers + radius, low, high)
    found = enclose(formula, list(lows), list(highs))
    step = 1e-6
    for share in np.linspace(0, 1, 21):
        x, y = lows + (highs - lows) * share
        value = formula({"x": x, "y": y})
        assert (found.value.low <= value).all()
        assert (value <= found.value.high).all()
        for slope, (dx, dy) in zip(found.slopes, [(step, 0), (0, step)], strict=True):
            inside = np.minimum(highs - lows - 2 * step, 0).sum(axis=0) == 0
            ahead = formula({"x": np.minimum(x + dx, highs[0]), "y": np.minimum(y + dy, highs[1])})
            behind = formula({"x": np.maximum(x - dx, lows[0]), "y": np.maximum(y - dy, lows[1])})
            width = np.minimum(x + dx, highs[0]) - np.maximum(x - dx, lows[0])
            width = width if dx else np.minimum(y + dy, highs[1]) - np.maximum(y - dy, lows[1])
            mean = (ahead - behind)[inside] / width[inside]  # a mean of slopes, or of jumps, lies between them
            slack = 1e-8 * (1 + np.abs(value[inside]) + np.abs(mean))
            assert (slope.low[inside] <= mean + slack).all()
            assert (mean - slack <= slope.high[inside]).all()


@pytest.mark.parametrize("text", ["x**3", "sin(x)", "exp(x)", "1/x", "sqrt(x)", "tan(x)", "sinc(x)", "log(x)"])
def test_enclosures_of_narrow_boxes_are_narrow(text):
    """An enclosure that is always [-inf, inf] would hold everything, too."""
    x = np.linspace(0.1, 1.4, 50)
    found = enclose(parse_expression(text, ("x",)), [x], [x + 1e-6])
    assert (found.value.high - found.value.low < 2e-4).all()
    assert (found.slopes[0].high - found.slopes[0].low < 2e-2).all()


@pytest.mark.parametrize("text", ["floor(x)", "heaviside(x)", "sign(x)", "ceil(x)"])
def test_a_jump_has_no_bounded_slope(text):
    found = enclose(parse_expression(text, ("x",)), [np.array([-0.1, 0.2])], [np.array([0.1, 0.4])])
    assert np.isinf(found.slopes[0].high[0])
    assert found.slopes[0].high[1] < 1e-200
    assert found.value.high[0] - found.value.low[0] >= 1
