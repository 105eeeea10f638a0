"""How much of the variance axes explain: by hand, and on data with known effects."""

import numpy as np
import pytest

from nncli.analysis.effects import explained


def shares(values, axes):
    return {own.source: own.share for own in explained(np.array(values, float), axes)}


def test_two_axes_by_hand():
    """y = 2 a + 4 b in a 2 × 2 grid on two equal seeds: SS = 8 (1 + 4), of which 8 · 1 are of a."""
    axes = [("a", ["0", "0", "1", "1"]), ("b", ["0", "1", "0", "1"])]
    found = shares([[0, 0], [4, 4], [2, 2], [6, 6]], axes)
    assert found == pytest.approx({"a": 0.2, "b": 0.8, "axes together": 0, "seed": 0, "rest": 0})


def test_what_axes_explain_only_together():
    axes = [("a", ["0", "0", "1", "1"]), ("b", ["0", "1", "0", "1"])]
    assert shares([[0, 1], [1, 2], [1, 2], [0, 1]], axes) == pytest.approx(
        {"a": 0, "b": 0, "axes together": 0.5, "seed": 0.5, "rest": 0}
    )


def test_a_grid_with_a_hole_has_main_effects_only():
    axes = [("a", ["0", "0", "1"]), ("b", ["0", "1", "0"])]
    assert [*shares([[0, 1], [1, 0], [3, 4]], axes)] == ["a", "b", "seed"]


def test_an_axis_without_effect_explains_what_chance_does():
    rng, levels = np.random.default_rng(1), [str(n // 80) for n in range(400)]
    found = [explained(rng.normal(size=(400, 1)), [("a", levels)])[0] for _ in range(400)]
    assert np.mean([own.share for own in found]) == pytest.approx(found[0].by_chance, rel=0.1)
    assert found[0].by_chance == pytest.approx(4 / 399)


def test_equal_values_have_no_effects():
    assert {*shares([[1, 1], [1, 1]], [("a", ["0", "1"])]).values()} == {0.0}


def test_intervals_cover_what_many_seeds_would_give():
    """Effects of variance 1 and 0 on 12 trials, noise of variance 1: most intervals of 20 seeds cover them."""
    rng, inside = np.random.default_rng(2), []
    grid = [(a, b) for a in range(4) for b in range(3)]
    axes = [(name, [str(point[place]) for point in grid]) for place, name in enumerate("ab")]
    effect = np.array([(a - 1.5) / np.sqrt(1.25) for a, _ in grid])
    for _ in range(100):
        found = explained(effect[:, None] + rng.normal(size=(12, 20)), axes)
        truth = {"a": 1 / 2, "b": 0, "axes together": 0, "seed": 1 / 24, "rest": 11 / 24}
        ends = [(own, *own.interval) for own in found if own.interval is not None]
        inside.append([low <= truth[own.source] <= high for own, low, high in ends])
        assert len(ends) == 5
        assert all(low <= own.share <= high for own, low, high in ends)
    assert (np.mean(inside, axis=0) >= 0.8).all(), np.mean(inside, axis=0)


def test_few_seeds_have_no_interval_and_size_does_not_matter():
    rng, axes = np.random.default_rng(3), [("a", ["0", "1", "2"])]
    values = rng.normal(size=(3, 9))
    assert {own.interval for own in explained(values, axes)} == {None}
    for size in (1e-200, 1e200):
        assert shares(values * size, axes) == pytest.approx(shares(values, axes))
