"""What claims measure, against values worked out by hand or known from theory."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nncli.claims.measurements import Context, measurements
from nncli.errors import UserError
from nncli.nn.activations import activations
from nncli.tasks import tasks

SMALL = ("training.epochs=1", "task={glyphs: {size: 8, samples: 300}}", "architecture=[flatten, 64]")
CONFIGS = Path(__file__).parents[3] / "configs"


@pytest.fixture
def measure(tmp_path):
    """The quantities of a measurement, given by name and options."""

    def found(name: str, *arguments: Any, **options: Any) -> Any:
        make: Any = measurements.get(name)
        return make(*arguments, **options).measure(Context(CONFIGS / "claims", tmp_path))

    return found


@pytest.mark.parametrize(
    ("task", "signs", "learned", "bound"),
    [
        ("and", False, 1, 51),
        ("or", False, 1, 27),
        ("and", True, 1, 9),
        ("or", True, 1, 9),
        ("nand", False, 1, 51),
        ("xor", False, 0, math.inf),
    ],
)
def test_the_perceptron_rule_and_its_bound(measure, task, signs, learned, bound):
    found = measure("perceptron_rule", tasks.get(task)(), signs)
    assert found["learned"] == learned
    assert found["bound"] == pytest.approx(bound, rel=1e-9)
    assert found["updates"] <= found["bound"]


def test_the_perceptron_rule_is_the_one_that_train_follows(measure):
    """Training stops before the epoch without a mistake that shows that the rule has learned."""
    trained = measure("train", "../perceptron_and.yaml")
    assert trained["solved"].all()
    learned = [measure("perceptron_rule", tasks.get("and")(), epochs=n)["learned"] for n in range(1, 30)]
    assert trained["epochs"][0] == learned.index(1.0) + 1


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("sigmoid", {"slope_max": 0.25, "slope_max_at": 0}),
        ("tanh", {"slope_max": 1, "minimum": -1}),
        ("relu", {"slope_max": 1, "minimum": 0, "left": 0}),
        ("swish", {"minimum": -0.27846454, "minimum_at": -1.2785}),
        ("linear", {"minimum": -20, "left": -20}),
    ],
)
def test_the_shape_of_an_activation(measure, name, expected):
    found = measure("activation", activations.get(name)())
    assert {key: found[key] for key in expected} == pytest.approx(expected, abs=1e-8)


def test_an_activation_of_many_numbers_has_no_shape(measure):
    with pytest.raises(UserError, match="only an activation of one number"):
        measure("activation", activations.get("softmax")())


def test_linear_layers_collapse_and_others_are_refused(measure):
    quick = ("seeds=3", "architecture=[4,4]", "training.epochs=5")
    found = measure("linear_collapse", "../xor.yaml", (*quick, "activation=linear"))
    assert found["error"].shape == (3,)
    assert found["error"].max() < 1e-6
    with pytest.raises(UserError, match="is not dense and linear"):
        measure("linear_collapse", "../xor.yaml", quick)


@pytest.mark.parametrize("inputs", [1, 2])
def test_every_boolean_function_is_computed(measure, inputs):
    assert measure("boolean_networks", inputs) == {"computed": 2**2**inputs}


@pytest.mark.parametrize(("layers", "width", "expected"), [(1, 1, 0.5), (2, 1, 0.75), (10, 2, 0.943686)])
def test_born_dead(measure, layers, width, expected):
    found = measure("born_dead", layers, width, 2000)
    assert found["dead"].mean() == pytest.approx(expected, abs=0.04)


def test_what_layers_share(measure):
    assert measure("shift", size=10, by=1) == {"error": 0, "parameters": 40, "parameters_of_double": 40}
    for layer, parameters in (("rnn", 288), ("gru", 864), ("lstm", 1152)):
        found = measure("steps", layer, by=3)
        assert {**found, "range": 1} == {
            "error": 0,
            "before": 0,
            "range": 1,
            "parameters": parameters,
            "parameters_of_long": parameters,
        }
        assert found["range"] > 0.1
    found = measure("attention_weights", seeds=2)
    assert found["change"].min() > 0
    assert found["total_error"].max() < 1e-12


def test_what_passes_through_dropout_and_normalization(measure):
    found = measure("dropout_mean", 0.25, seeds=10)
    assert found["predicted"] == 1
    assert found["mean"].mean() == pytest.approx(1, abs=0.01)
    assert found["zeros"].mean() == pytest.approx(0.25, abs=0.01)
    assert measure("normalized_row", "layer_norm") == {"change": 0}
    assert measure("normalized_row", "batch_norm")["change"] > 0.01


def test_a_trained_network_is_described(measure):
    found = measure("train", "../xor.yaml", ("seeds=3", "training.epochs=1", "activation=prelu"))
    assert set(found) >= {"solved", "diverged", "epochs", "parameters", "seconds", "train_loss", "W_norm", "slope_mean"}
    assert not found["solved"].any()
    assert np.isinf(found["solved_epoch"]).all()
    assert found["W_small"].max() <= 1
    with pytest.raises(UserError, match=r"there is no file .*nor.yaml"):
        measure("train", "../nor.yaml")


@pytest.mark.parametrize("depth", [1, 3, 5])
def test_the_pieces_of_tents(measure, depth):
    pieces = 2**depth
    assert measure("tent_regions", depth) == {
        "regions": pieces,
        "bends": pieces - 1,
        "units": 2 * depth,
        "shallow": pieces,
        "one_less": pieces - 1,
    }


def test_gradients_along_paths(measure):
    """Weak branches leave the shortcuts alone; a plain chain has no paths to choose from."""
    config, quick = "../spirals_residual_100.yaml", ("seeds=2", "training.epochs=0", "task={spirals: {samples: 100}}")
    residual = "architecture=[{residual: [4, 4]}, {residual: [4, 4]}, {residual: [4, 4]}]"
    found = measure("residual_paths", config, (*quick, residual))
    assert found["blocks"] == 2  # the first has another width than its input
    assert (found["mean_length"] > 0).all()
    assert (found["mean_length"] < 1).all()
    small = measure("residual_paths", config, (*quick, residual, "initializer={normal: {std: 1e-6}}"))
    np.testing.assert_allclose(small["mean_length"], 0, atol=1e-9)
    with pytest.raises(UserError, match="no residual blocks"):
        measure("residual_paths", config, (*quick, "architecture=[4]"))


def test_what_flows_through_hidden_layers(measure):
    bad = "architecture=[{dense: {units: 4, bias_initializer: {constant: {value: -5}}}}]"
    found = measure("flow", "../xor.yaml", ("seeds=2", "training.epochs=3", "activation=relu", bad))
    assert (found["start_dead"] == 1).all()
    assert (found["end_dead"] == 1).all()
    np.testing.assert_array_equal(found["start_variance_ratio"], 1)  # the first hidden layer is the last


def test_training_continues_after_another(measure):
    """Units that a bad bias kills stay dead; the first training alone moves the weights that the flow starts from."""
    quick = ("seeds=2", "training.epochs=0", "activation=relu")
    fresh = measure("flow", "../xor.yaml", quick)
    after = measure("flow", "../xor.yaml", quick, ("training.epochs=30",))
    trained = measure("flow", "../xor.yaml", ("seeds=2", "training.epochs=30", "activation=relu"))
    assert (after["train_loss"] < fresh["train_loss"]).all()
    np.testing.assert_array_equal(after["train_loss"], trained["train_loss"])
    np.testing.assert_array_equal(after["start_gradient_ratio"], trained["end_gradient_ratio"])


def test_the_cost_of_training(measure):
    found = measure("cost", "../wide_and_deep_million.yaml", SMALL)
    rows, pixels = 300, 64
    assert found["data_bytes"] == rows * (pixels + 10) * 12
    assert found["parameter_bytes"] == 4 * found["parameters"]
    assert found["memory"] > found["data_bytes"] + 4 * found["parameter_bytes"]
    assert 0 < found["product_seconds"] < found["cpu_seconds"]
    assert found["memory"] < 10 * found["predicted_memory"]


@pytest.mark.parametrize(
    ("name", "sigma_w2", "variance"), [("relu", 2, 3), ("relu", 1, 3 / 2**5), ("linear", 4, 3 * 4**5)]
)
def test_the_variance_of_a_signal(measure, name, sigma_w2, variance):
    found = measure("signal", activations.get(name)(), float(sigma_w2), start=3.0, layers=5)
    assert found["variance"] == pytest.approx(variance, rel=1e-12)


def test_what_is_constructed_and_separated(measure):
    found = measure("construct", tasks.get("sine")(), 0.1)
    assert found["bound"] / 2 < found["error"] <= found["bound"] <= 0.1
    assert measure("construct", tasks.get("step")(), 0.1)["error"] <= 0.1  # outside of its jump
    assert measure("separable", "xor") == {"separable": 0, "rows": 4}
    assert measure("separable", "and") == {"separable": 1, "rows": 0}
    assert measure("threshold_functions", 2) == {"separable": 14}
    hidden = measure("hidden_separable", "../xor.yaml", ("seeds=3",))
    assert (hidden["separable"] >= hidden["solved"]).all()
