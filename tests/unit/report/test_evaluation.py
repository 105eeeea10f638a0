"""What trained networks measure on some rows."""

from __future__ import annotations

import math

import pytest

from nncli.report.evaluation import evaluation_cells, evaluation_of_one, evaluation_sentences
from nncli.report.metrics import metric_name, metric_text


@pytest.mark.parametrize(
    ("metric", "name"),
    [
        ("loss", "loss"),
        ("r2", "R²"),
        ("max_error", "largest error"),
        ("penalty", "penalty"),
        ("train_accuracy", "accuracy"),
        ("validation_max_error", "validation largest error"),
        ("test_r2", "test R²"),
    ],
)
def test_names(metric, name):
    assert metric_name(metric) == name


@pytest.mark.parametrize(
    ("metric", "value", "rows", "text"),
    [
        ("loss", 0.25, 60, "0.2500"),
        ("accuracy", None, 60, "–"),
        ("accuracy", 0.75, 4, "3/4"),
        ("accuracy", 0.75, None, "75 %"),
        ("test_accuracy", 351 / 359, 359, "97.8 % (351/359)"),
        ("accuracy", 59_990 / 60_000, 60_000, "100 % (59 990/60 000)"),
    ],
)
def test_values(metric, value, rows, text):
    assert metric_text(metric, value, rows) == text


def test_one_seed():
    assert list(evaluation_of_one({"loss": [0.25], "accuracy": [0.95], "max_error": [140357.2]}, 60)) == [
        "loss           0.2500",
        "accuracy       95 % (57/60)",
        "largest error  140400",
    ]


def test_several_seeds():
    columns, rows = evaluation_cells({"loss": [k / 100 for k in range(1, 21)], "accuracy": [0.9] * 10 + [1.0] * 10})
    assert [name for name, _ in columns] == ["metric", "mean [95 % interval]", "median", "5–95 % of the seeds"]
    assert rows == [
        ["loss", "0.1050 [0.07620, 0.1338]", "0.1050", "0.01950–0.1905"],
        ["accuracy", "95 % [92.8, 97.2]", "95 %", "90.0–100.0 %"],
    ]
    assert "95 % certainty" in next(evaluation_sentences(20))


@pytest.mark.parametrize(
    ("values", "cells"),
    [
        ([0.25] * 20, ["0.2500", "0.2500", "0.2500–0.2500"]),
        ([0.1, 0.2, 0.3], ["0.2000", "0.2000", "0.1100–0.2900"]),
        ([0.1, math.nan, 0.3] * 3, ["–", "–", "–"]),
        ([0.1, math.inf, 0.3] * 3, ["–", "–", "–"]),
    ],
    ids=["equal", "few", "nan", "infinite"],
)
def test_without_an_interval(values, cells):
    assert evaluation_cells({"loss": values})[1] == [["loss", *cells]]


def test_few_seeds_are_told_how_many_it_takes():
    assert evaluation_cells({"loss": [1.0, 2.0]})[0][1] == ("mean", "left")
    assert next(evaluation_sentences(5)) == "an interval for the mean takes at least 6 seeds"
