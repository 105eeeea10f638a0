"""The language of expectations."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nncli.claims.expectation import parse_expectation
from nncli.errors import UserError

MEASURED: dict[str, dict[str, Any]] = {
    "net": {"loss": np.arange(1.0, 21), "solved": np.arange(20) > 1, "units": 4.0},
    "plain": {"units": 8.0},
}


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("net.units == 4", "holds"),
        ("net.units * 2 == plain.units", "holds"),
        ("-net.units < 2 ** 3 - 1", "holds"),
        ("plain.units < net.units", "fails"),
        ("log2(plain.units) == 3", "holds"),
        ("net.loss < 30", "holds"),
        ("max(net.loss) == 20", "holds"),
        ("min(net.solved) == 1", "fails"),
        ("sum(net.solved) == 18", "holds"),
        ("net.solved > 0.5", "holds"),
        ("abs(net.loss - 10.5) < 10", "holds"),
        ("net.loss / net.units > 100", "fails"),
    ],
)
def test_an_expectation_is_judged(text, verdict):
    assert parse_expectation(text).judged(MEASURED).verdict == verdict


@pytest.mark.parametrize(
    "text",
    [
        *("", "net.units", "1 <", "1 < 2 < 3", "a is b", "net.units = 4", "net['x'] > 1", "x > 1", "'a' == 'b'"),
        *("os.system('ls') == 1", "net.units.real == 1", "abs(1, 2) == 1", "abs(x=1) == 1", "(lambda: 1) == 1"),
        *(
            "[1] == 1",
            "1 in net.units",
            "net.units and 1 == 1",
            "1 < 2",
            "9" * 400 + " < net.units",
            "(" * 300 + "1" + ")" * 300 + " == 1",
        ),
    ],
)
def test_everything_else_is_refused(text):
    with pytest.raises(UserError, match="is not an expectation"):
        parse_expectation(text)


def test_an_unknown_function_or_quantity_is_suggested():
    with pytest.raises(UserError, match=r"unknown function 'sqr'. Did you mean 'sqrt'"):
        parse_expectation("sqr(net.units) == 2")
    with pytest.raises(UserError, match=r"unknown quantity of net 'los'. Did you mean 'loss'"):
        parse_expectation("net.los < 1").judged(MEASURED)


@pytest.mark.parametrize(
    "text", ["net.solved - 0.5 > 0", "0 + net.solved > 0.5", "-net.solved < 0", "abs(net.solved) > 0"]
)
def test_a_rate_has_no_arithmetic(text):
    with pytest.raises(UserError, match=r"net.solved is yes or no for each seed.*mean\(net.solved\)"):
        parse_expectation(text).judged(MEASURED)


def test_measurements_and_quantities_are_listed():
    assert parse_expectation("net.loss < abs(plain.units) + 1").names == [("net", "loss"), ("plain", "units")]
