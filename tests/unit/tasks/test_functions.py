"""Sampled functions: where the points are, what the values are, and what the seed decides."""

import pickle
from typing import Any

import numpy as np
import pytest

from nncli.errors import UserError
from nncli.seeds import Purpose, stream
from nncli.tasks import tasks

FORMULAS: dict[str, Any] = {
    "sine": np.sin,
    "bump": lambda x: np.exp(-10 * x**2),
    "step": lambda x: np.where(x >= 0, 1.0, 0.0),
    "sawtooth": lambda x: 1 - np.abs(2 * (4 * x % 1) - 1),
    "runge": lambda x: 1 / (1 + 25 * x**2),
    "absolute": np.abs,
    "polynomial": lambda x: x**3 - x,
    "chirp": lambda x: np.sin(2 * np.pi * x**2),
    "gaussian_2d": lambda x, y: np.exp(-(x**2 + y**2)),
    "ripple_2d": lambda x, y: np.sinc(np.hypot(x, y)),
}


def function(**options):
    return tasks.get("function")(**{"expression": "x", **options})


@pytest.mark.parametrize("name", FORMULAS)
@pytest.mark.parametrize("sampling", ["grid", "random"])
def test_a_preset_samples_its_formula_on_its_domain(name, sampling):
    task: Any = tasks.get(name)(sampling=sampling)
    data = task.data()
    low, high = task.domain
    np.testing.assert_allclose(data.targets[:, 0], FORMULAS[name](*data.inputs.T), rtol=1e-12, atol=1e-13)
    assert data.inputs.shape == (256, 2 if name.endswith("_2d") else 1)
    assert data.inputs.min() >= low
    assert data.inputs.max() <= high
    assert (data.kind, data.complete, data.target_names) == ("regression", False, ("f",))


@pytest.mark.parametrize(
    ("options", "names", "points"),
    [
        ({"samples": 5}, ("x",), [[-1], [-0.5], [0], [0.5], [1]]),
        ({"samples": 3, "domain": (2, 4)}, ("x",), [[2], [3], [4]]),
        ({"samples": 4, "expression": "x*y"}, ("x", "y"), [[-1, -1], [-1, 1], [1, -1], [1, 1]]),
        ({"samples": 8, "inputs": 2}, ("x", "y"), [[-1, -1], [-1, 1], [1, -1], [1, 1]]),
        ({"samples": 2, "expression": "7"}, ("x",), [[-1], [1]]),
    ],
)
def test_a_grid_is_even_with_both_ends_and_the_last_input_fastest(options, names, points):
    data = function(**options).data()
    assert data.input_names == names
    assert data.inputs.tolist() == points


@pytest.mark.parametrize(
    ("samples", "inputs", "rows"),
    [
        *[(256, 2, 256), (255, 2, 225), (80, 2, 64), (81, 2, 81), (8, 3, 8), (26, 3, 8), (27, 3, 27), (64, 3, 64)],
        *[(1000, 3, 1000), (999, 3, 729), (1_000_000, 3, 1_000_000), (999_999, 2, 999**2), (1_000_000, 1, 1_000_000)],
    ],
)
def test_a_grid_has_the_largest_full_number_of_rows_that_fits(samples, inputs, rows):
    assert len(function(samples=samples, inputs=inputs).data().inputs) == rows


@pytest.mark.parametrize(
    ("expression", "inputs", "names"),
    [("x", None, "x"), ("3", None, "x"), ("y", None, "xy"), ("x + z", None, "xyz"), ("x", 3, "xyz"), ("x*y", 2, "xy")],
)
def test_inputs_reach_up_to_the_last_variable_named(expression, inputs, names):
    data = function(expression=expression, inputs=inputs, sampling="random", samples=2).data()
    assert data.input_names == tuple(names)
    assert data.inputs.shape == (2, len(names))


@pytest.mark.parametrize("layers", [1, 2, 5])
def test_a_tent_composed_with_itself_doubles_the_teeth_of_a_saw(layers):
    data = tasks.get("sawtooth")(teeth=2 ** (layers - 1), sampling="random").data()
    tent = data.inputs
    for _ in range(layers):
        tent = 2 * np.maximum(tent, 0) - 4 * np.maximum(tent - 0.5, 0)
    np.testing.assert_allclose(data.targets, tent, atol=1e-13)


@pytest.mark.parametrize("teeth", [1, 3, 7])
def test_a_saw_has_the_teeth_it_is_asked_for(teeth):
    data = tasks.get("sawtooth")(teeth=teeth, samples=2 * teeth + 1).data()
    np.testing.assert_allclose(data.targets[:, 0], [0, *[1, 0] * teeth], atol=1e-13)


def test_noise_is_gaussian_with_the_given_deviation_and_leaves_the_points_alone():
    options = {"samples": 20_000, "sampling": "random", "seed": 3}
    clean, noisy = function(**options).data(), function(**options, noise=0.25).data()
    noise = noisy.targets - clean.targets
    assert np.array_equal(clean.inputs, noisy.inputs)
    assert abs(noise.mean()) < 4 * 0.25 / 20_000**0.5
    assert abs(noise.std() - 0.25) < 4 * 0.25 / 40_000**0.5
    assert abs(np.mean(np.abs(noise) < 0.25) - 0.6827) < 4 * (0.6827 * 0.3173 / 20_000) ** 0.5


def test_points_and_noise_have_streams_of_their_own():
    options = {"samples": 9, "sampling": "random", "domain": (2, 5), "seed": 3}
    clean, noisy = function(**options).data(), function(**options, noise=0.5).data()
    assert np.array_equal(clean.inputs, stream(3, Purpose.DATA, 0).uniform(2, 5, (9, 1)))
    assert np.array_equal(noisy.targets, clean.targets + 0.5 * stream(3, Purpose.DATA, 1).standard_normal((9, 1)))


def test_random_points_fill_the_domain_evenly():
    x = function(samples=20_000, sampling="random", domain=(2, 5)).data().inputs
    share, _ = np.histogram(x, bins=6, range=(2, 5))
    assert np.all(np.abs(share / 20_000 - 1 / 6) < 4 * (5 / 36 / 20_000) ** 0.5)


def test_the_seed_decides_and_nothing_else():
    def rows(seed):
        data = function(sampling="random", noise=0.1, seed=seed).data()
        return np.hstack([data.inputs, data.targets])

    assert np.array_equal(rows(1), rows(1))
    assert not np.any(rows(1) == rows(2))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"expression": "sim(x)"}, "unknown name 'sim' at column 1. Did you mean 'sin'?"),
        ({"expression": "x*y", "inputs": 1}, "unknown name 'y' at column 3"),
        ({"inputs": 0}, "inputs is 0. It must be at least 1."),
        ({"inputs": 4}, "inputs is 4. It must be at most 3."),
        ({"domain": (1.0, 1.0)}, "domain is [1.0, 1.0]"),
        ({"domain": (1.0, -1.0)}, "low below high"),
        ({"domain": (float("nan"), 1.0)}, "domain is [nan, 1.0]"),
        ({"domain": (0.0, float("inf"))}, "domain is [0.0, inf]"),
        ({"domain": (-1e308, 1e308)}, "domain is"),
        ({"domain": (1.0,)}, "domain has 1 numbers"),
        ({"samples": 1}, "samples is 1. It must be at least 2."),
        ({"samples": 1_000_001}, "samples is 1000001. It must be at most 1000000."),
        ({"samples": 3, "inputs": 2}, "too few for a grid of 2 inputs. At least 4"),
        ({"noise": -0.1}, "noise is -0.1. It must be at least 0."),
        ({"noise": float("nan")}, "noise is nan. It must be a finite number."),
        ({"seed": -1}, "seed is -1. It must be at least 0."),
    ],
)
def test_impossible_options_are_refused(options, words):
    with pytest.raises(UserError) as caught:
        function(**options)
    assert words in str(caught.value)


def test_a_pole_on_the_grid_is_named():
    with pytest.raises(UserError, match=r"1/x is not finite at x = 0\."):
        function(expression="1/x", samples=3).data()


def test_a_task_survives_pickling():
    task = function(expression="sin(3*x)", noise=0.1)
    assert pickle.loads(pickle.dumps(task)) == task
