"""Constructed networks: the true error on many points is below the bound, and the bound below the tolerance."""

import numpy as np
import pytest

from nncli.errors import UserError
from nncli.experiments.construction import construct
from nncli.experiments.interpolant import interpolant
from nncli.tasks import tasks
from nncli.tasks.expressions import parse_expression


def largest_error(task, found, points):
    """The largest error on a grid, by a network written out here."""
    formula, (low, high) = task.formula(), found.domain
    k = len(formula.variables)
    axes = np.meshgrid(*[np.linspace(low, high, round(points ** (1 / k)))] * k, indexing="ij")
    inputs = np.stack([axis.ravel() for axis in axes], axis=1)
    for ends in found.excluded:
        inputs = inputs[(inputs[:, 0] <= ends[0]) | (inputs[:, 0] >= ends[1])]
    units, worst = found.units, 0.0
    for x in np.array_split(inputs, max(1, len(inputs) // 20_000)):
        output = np.clip(x @ units.W1 + units.b1, 0, None) @ units.W2[:, 0] + units.b2[0]
        target = formula(dict(zip(formula.variables, x.T, strict=True)))
        worst = max(worst, float(np.abs(output - target).max()))
    return worst


def check(name, tolerance, points, **options):
    task = tasks.get(name)(**options)
    found = construct(task, tolerance)
    error = largest_error(task, found, points)
    assert error <= found.bound <= tolerance
    return found, error


@pytest.mark.parametrize("tolerance", [0.1, 0.01])
@pytest.mark.parametrize("name", ["sine", "runge", "step", "bump", "sawtooth"])
def test_the_error_is_below_the_bound(name, tolerance):
    check(name, tolerance, 20_000)


def test_the_error_of_two_inputs_is_below_the_bound():
    check("gaussian_2d", 0.1, 20_000)


@pytest.mark.slow
@pytest.mark.parametrize("tolerance", [0.1, 0.01])
@pytest.mark.parametrize("name", ["sine", "runge", "step", "gaussian_2d"])
def test_the_error_on_a_million_points_is_below_the_bound(name, tolerance):
    found, error = check(name, tolerance, 1_000_000)
    if name in ("sine", "runge"):
        assert found.bound < 1.05 * error  # and the bound is close


def test_the_units_are_as_few_as_theory_says():
    """Interpolation with error E needs about ∫ sqrt(|f''| / (8 E)) dx pieces."""
    x = np.linspace(-np.pi, np.pi, 100_001)
    for tolerance in (0.1, 0.01, 0.001):
        least = np.trapezoid(np.sqrt(np.abs(np.sin(x)) / (8 * tolerance)), x)
        found, _ = check("sine", tolerance, 10_000)
        assert 0.9 * least <= found.units.count <= 1.15 * least + 2


@pytest.mark.parametrize(("expression", "units"), [("abs(x)", 2), ("3*x - 1", 1), ("maximum(x, 0)", 2), ("2", 1)])
def test_what_is_piecewise_linear_is_exact(expression, units):
    found, _ = check("function", 1e-6, 10_000, expression=expression, inputs=1)
    assert found.units.count == units
    assert found.bound < 1e-12


@pytest.mark.parametrize("expression", ["sqrt(abs(x))", "cbrt(x)", "log(x + 1.1)*sinc(3*x)", "tan(x)/(2 + x**3)"])
def test_steep_and_composed_functions(expression):
    check("function", 0.02, 20_000, expression=expression)


def test_a_jump_is_named_and_nothing_else_is_left_out():
    found, error = check("step", 0.01, 20_001)
    ((low, high),) = found.excluded
    assert low < 0 <= high
    assert high - low < 1e-5
    assert error < 1e-6


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("1/(x + 0.0011)", "not known to be bounded near x = -0.001"),
        ("sign(x*y)", "do not come within"),
        ("x + y + z", "3 inputs"),
        ("floor(200*x)", "it jumps at"),
    ],
)
def test_what_cannot_be_constructed_is_refused(expression, words):
    with pytest.raises(UserError, match=words):
        construct(tasks.get("function")(expression=expression, samples=300), 0.1)


def test_too_many_units_are_refused_with_their_number():
    formula = parse_expression("sin(x)", ("x",))
    with pytest.raises(UserError, match=r"a tolerance of 0.0001 would need about 2[0-9]{2} units"):
        interpolant(formula, -3.0, 3.0, 1e-4, most=50)


def test_only_functions_are_constructed():
    with pytest.raises(UserError, match="xor is not a function of numbers"):
        construct(tasks.get("xor")(), 0.1)
