"""What trained networks measure on some rows."""

from __future__ import annotations

import math

import pytest

from nncli.report.evaluation_text import evaluation_cells, evaluation_of_one, evaluation_sentences
from nncli.report.metric_text import metric_name, metric_text


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
    assert [name for name, _ in columns] == ["metric", "median [95 % interval]", "5–95 % of the seeds", "mean"]
    assert rows == [
        ["loss", "0.1050 [0.06000, 0.1500]", "0.01950–0.1905", "0.1050"],
        ["accuracy", "95 % [90.0, 100.0]", "90.0–100.0 %", "95 %"],
    ]
    assert "95 % confidence interval" in next(evaluation_sentences(20))


@pytest.mark.parametrize(
    ("values", "cells"),
    [
        ([0.25] * 20, ["0.2500", "0.2500–0.2500", "0.2500"]),
        ([0.1, 0.2, 0.3], ["0.2000 [0.1000, 0.3000]", "0.1100–0.2900", "0.2000"]),
        ([1.5e308] * 2, ["1.5e+308", "1.5e+308–1.5e+308", "1.5e+308"]),
        ([0.1, math.nan, 0.3] * 3, ["–", "–", "–"]),
        ([0.1, math.inf, 0.3] * 3, ["–", "–", "–"]),
    ],
    ids=["equal", "few", "huge", "nan", "infinite"],
)
def test_cells(values, cells):
    assert evaluation_cells({"loss": values})[1] == [["loss", *cells]]


@pytest.mark.parametrize(("seeds", "certainty"), [(2, "50 %"), (3, "75 %"), (4, "87.5 %"), (5, "93.8 %")])
def test_few_seeds_are_told_how_much_their_ends_say(seeds, certainty):
    assert evaluation_cells({"loss": [1.0] * seeds})[0][1] == ("median [least, most]", "left")
    first, second, _ = evaluation_sentences(seeds)
    assert first == f"in brackets: {certainty} confidence interval for the median over all possible seeds"
    assert second == "a 95 % interval needs at least 6 seeds"
