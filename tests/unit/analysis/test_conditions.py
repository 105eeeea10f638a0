"""Conditions on metrics."""

from __future__ import annotations

import numpy as np
import pytest

from nncli.analysis.conditions import Condition, parse_condition
from nncli.errors import UserError


@pytest.mark.parametrize(
    ("text", "metric", "comparison", "value"),
    [
        ("train_accuracy >= 0.99", "train_accuracy", ">=", 0.99),
        ("train_loss<=1e-3", "train_loss", "<=", 0.001),
        ("  train_r2  >  -1 ", "train_r2", ">", -1.0),
        ("penalty == 0", "penalty", "==", 0.0),
        ("penalty != 0.5", "penalty", "!=", 0.5),
        ("train_loss < inf", "train_loss", "<", float("inf")),
    ],
)
def test_parsing(text, metric, comparison, value):
    condition = parse_condition(text)
    assert condition == Condition(metric, comparison, value)
    assert parse_condition(str(condition)) == condition


@pytest.mark.parametrize(
    "text",
    ["", "train_loss", "train_loss <", "< 1", "1 < train_loss", "a < b", "a < nan", "a < 1 < 2", "a = 1", "a-b < 1"],
)
def test_what_is_no_condition(text):
    with pytest.raises(UserError) as error:
        parse_condition(text, where="--expect")
    assert str(error.value).startswith(f"--expect: '{text}' is not a condition. Write a metric, one of >= <= == != > <")


@pytest.mark.parametrize(
    ("comparison", "holds"),
    [
        (">=", [False, True, True]),
        ("<=", [True, True, False]),
        ("==", [False, True, False]),
        ("!=", [True, False, True]),
        (">", [False, False, True]),
        ("<", [True, False, False]),
    ],
)
def test_comparing(comparison, holds):
    condition = Condition("loss", comparison, 1.0)
    values = np.array([0.5, 1.0, 2.0])
    assert condition.holds({"loss": values}).tolist() == holds
    assert [bool(condition.holds({"loss": float(value)})) for value in values] == holds


@pytest.mark.parametrize("comparison", [">=", "<=", "==", "!=", ">", "<"])
def test_what_is_missing_satisfies_nothing(comparison):
    condition = Condition("loss", comparison, 1.0)
    assert not condition.holds({"loss": None})
    assert not condition.holds({"loss": float("nan")})
    assert not condition.holds({"loss": np.array([np.nan])}).any()


def test_an_unknown_metric():
    condition = Condition("trian_loss", "<", 1.0)
    condition.require(("train_loss", "trian_loss"), "here")
    with pytest.raises(UserError) as error:
        condition.require(("train_loss", "penalty"), "here")
    assert (
        str(error.value) == "here: unknown metric 'trian_loss'. Did you mean 'train_loss'? Known: train_loss, penalty."
    )
