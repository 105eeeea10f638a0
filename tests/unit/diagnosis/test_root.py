"""Brent's method, against that of scipy."""

import math

import pytest
from scipy.optimize import brentq

from nncli.diagnosis.root import root

FUNCTIONS = {
    "smooth": (lambda x: math.cos(x) - x, -1.0, 9.0),
    "steep": (lambda x: x**9 - 1e-6, -0.3, 2.0),
    "jump": (lambda x: math.copysign(1, x - 0.1), -1.0, 1.0),
    "tiny": (lambda x: math.tanh(1e9 * x) - 0.25, -1.0, 0.5),
    "the first end": (lambda x: x, 0.0, 1.0),
    "the second end": (lambda x: x, -1.0, 0.0),
}


@pytest.mark.parametrize("errors", [(2e-12, 2.0**-50), (1e-300, 1e-13)])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_root_has_the_bits_of_scipy(name, errors):
    f, a, b = FUNCTIONS[name]
    assert root(f, a, b, *errors) == brentq(f, a, b, xtol=errors[0], rtol=errors[1])


def test_equal_signs_are_refused():
    with pytest.raises(ValueError, match="sign"):
        root(lambda x: x * x + 1, -1, 1)
