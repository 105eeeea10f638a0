"""Predictions as rows."""

from __future__ import annotations

import numpy as np
import pytest

from nncli.report.prediction_rows import prediction_rows


@pytest.mark.parametrize("size", [1e-200, 1.0, 1e155, 1.7e308])
def test_a_committee_has_a_mean_and_a_spread_of_any_size(size):
    outputs = np.array([1.0, 0.5, -1.0, 0.9])[:, None, None] * size
    (row,) = prediction_rows(outputs, "regression", (), ("y",))
    assert row["y"] / size == pytest.approx(0.35)
    assert row["± y"] / size == pytest.approx(np.std([1.0, 0.5, -1.0, 0.9], ddof=1))


def test_a_spread_beyond_the_range_is_infinite():
    (row,) = prediction_rows(np.array([1.7e308, -1.7e308])[:, None, None], "regression", (), ("y",))
    assert (row["y"], row["± y"]) == (0.0, np.inf)


@pytest.mark.parametrize("kind", ["binary", "classes"])
def test_a_committee_of_classes_has_a_mean_of_any_size(kind):
    outputs = np.full((3, 1, 1 if kind == "binary" else 2), 1.79e308)
    (row,) = prediction_rows(outputs, kind, ("no", "yes"), ())
    assert (row["probability"], row["agree"]) == (1.79e308, 1.0)


def test_one_seed_has_no_spread():
    assert prediction_rows(np.full((1, 1, 1), 2.0), "regression", (), ("y",)) == [{"row": 1, "y": 2.0}]
