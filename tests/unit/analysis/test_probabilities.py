"""ROC curves and calibration, beside their definitions."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from nncli.analysis.calibration import expected_calibration_error, reliability
from nncli.analysis.intervals import wilson
from nncli.analysis.roc import roc


@pytest.mark.parametrize("decimals", [1, 8])  # with ties, and without
def test_the_area_is_the_statistic_of_mann_and_whitney(decimals):
    rng = np.random.default_rng(decimals)
    for positive in (np.arange(60) % 3 == 0, np.arange(60) == 7):
        scores = (rng.random(60) + 0.3 * positive).round(decimals)
        u = mannwhitneyu(scores[positive], scores[~positive]).statistic
        assert roc(scores, positive).area == pytest.approx(u / (positive.sum() * (~positive).sum()), abs=1e-12)


def test_a_curve_counts_at_each_threshold():
    scores, positive = np.array([0.9, 0.8, 0.8, 0.3, 0.1]), np.array([True, True, False, False, True])
    curve = roc(scores, positive)
    expected = [(0.0, 0.0)]
    for threshold in (0.9, 0.8, 0.3, 0.1):
        said = scores >= threshold
        expected.append(((said & ~positive).sum() / 2, (said & positive).sum() / 3))
    np.testing.assert_allclose(np.stack([curve.false, curve.true], axis=1), expected)
    np.testing.assert_allclose(curve.at(np.array([0.0, 0.25, 0.5, 1.0])), [1 / 3, 0.5, 2 / 3, 1.0])


def test_a_curve_needs_both_kinds_of_rows():
    with pytest.raises(ValueError, match="negative rows"):
        roc(np.zeros(3), np.ones(3, bool))


def test_calibration_is_its_definition():
    rng = np.random.default_rng(1)
    stated = np.append(rng.random((3, 199)), [[0.0], [1.0], [0.7]], axis=1)
    came_true = rng.random((3, 200)) < stated**2
    errors = expected_calibration_error(stated, came_true, bins=7)
    for p, y, error in zip(stated, came_true, errors, strict=True):
        by_hand = 0.0
        for b in range(7):
            inside = (p >= b / 7) & ((p < (b + 1) / 7) | (b == 6))
            by_hand += inside.sum() / 200 * abs(y[inside].mean() - p[inside].mean())
        assert error == pytest.approx(by_hand, abs=1e-12)
    found = reliability(stated, came_true, bins=7)
    assert sum(own.predictions for own in found) == 600
    last = (stated >= 6 / 7) & (stated <= 1)
    assert (found[-1].stated, found[-1].observed) == pytest.approx((stated[last].mean(), came_true[last].mean()))
    assert all(own.interval[0] <= own.observed <= own.interval[1] for own in found)


def test_the_same_predictions_of_more_seeds_are_not_more_rows():
    stated, came_true = np.array([0.05, 0.15, 0.16, 0.18]), np.array([False, True, False, False])
    alone, several = (reliability(np.tile(stated, (r, 1)), np.tile(came_true, (r, 1))) for r in (1, 50))
    assert [own.interval for own in several] == [pytest.approx(own.interval) for own in alone]
    assert alone[1].interval == pytest.approx(wilson(1, 3))
    assert (len(alone), several[1].predictions) == (2, 150)
