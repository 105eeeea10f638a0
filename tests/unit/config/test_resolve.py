"""What follows from the task, and what does not fit together."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from samples import seldom

from nncli.config.document import Document
from nncli.config.experiment import Experiment
from nncli.config.load import override
from nncli.config.parts import required_options
from nncli.config.resolve import resolve, resolve_design
from nncli.config.schema import json_schema
from nncli.config.yaml_reader import read_yaml
from nncli.config.yaml_writer import write_yaml
from nncli.errors import UserError
from nncli.nn.activations import activations
from nncli.nn.initializers import initializers
from nncli.nn.layers.dense import Dense
from nncli.nn.losses import losses
from nncli.nn.regularizers.penalties import L2
from nncli.tasks import tasks
from nncli.tasks.splits import split


def resolved(text, *overrides):
    return resolve(override(read_yaml(text, "x.yaml"), overrides))


@pytest.mark.parametrize(
    ("text", "activation", "loss"),
    [
        ("task: xor", "sigmoid", "binary_cross_entropy"),
        ("task: xor\noutput: {activation: step}", "step", "perceptron"),
        ("task: xor\noutput: {activation: tanh}", "tanh", "mean_squared_error"),
        ("task: xor\noutput: {activation: linear}", "linear", "mean_squared_error"),
        ("task: xor\noutput: {loss: hinge}", "step", "hinge"),
        ("task: xor\noutput: {loss: perceptron}", "step", "perceptron"),
        ("task: xor\noutput: {loss: mean_squared_error}", "sigmoid", "mean_squared_error"),
        ("task: xor\noutput: {loss: binary_cross_entropy}", "sigmoid", "binary_cross_entropy"),
        ("task: sine", "linear", "mean_squared_error"),
        ("task: sine\noutput: {loss: huber}", "linear", "huber"),
        ("task: sine\noutput: {activation: tanh}", "tanh", "mean_squared_error"),
        ("task: sine\noutput: {activation: sigmoid}", "sigmoid", "mean_squared_error"),
        ("task: sine\noutput: {activation: tanh, loss: mean_absolute_error}", "tanh", "mean_absolute_error"),
    ],
)
def test_output_and_loss_follow_from_the_task_and_from_each_other(text, activation, loss):
    output = resolved(text).output
    assert (activations.name_of(output.activation), losses.name_of(output.loss)) == (activation, loss)


@pytest.mark.parametrize("loss", losses.names())
@pytest.mark.parametrize("task", ["xor", "sine"])
def test_every_loss_that_fits_a_task_can_be_had_by_its_name_alone(loss, task):
    kind = tasks.get(task)().data().kind
    if kind in losses.get(loss).kinds:
        assert losses.name_of(resolved(f"task: {task}\noutput: {{loss: {loss}}}").output.loss) == loss
    else:
        with pytest.raises(UserError) as error:
            resolved(f"task: {task}\noutput: {{loss: {loss}}}")
        assert f"{loss} does not fit the task {task}" in str(error.value)


def test_defaults_reach_every_layer_that_does_not_say_otherwise():
    experiment = resolved(
        "task: xor\n"
        "architecture: [4, {dense: {units: 5, activation: relu, initializer: he_normal, regularizer: none}}]\n"
        "activation: gelu\ninitializer: orthogonal\nregularizer: {l2: 0.5}\n"
    )
    first, second = experiment.architecture
    assert type(first) is type(second) is Dense
    assert [activations.name_of(layer.activation) for layer in (first, second)] == ["gelu", "relu"]
    assert [initializers.name_of(layer.initializer) for layer in (first, second)] == ["orthogonal", "he_normal"]
    assert [initializers.name_of(layer.bias_initializer) for layer in (first, second)] == ["zeros", "zeros"]
    assert (first.regularizer, second.regularizer) == ((L2(0.5),), ())
    output = experiment.output
    assert (initializers.name_of(output.initializer), output.regularizer) == ("orthogonal", ())


TEXTS = [
    "task: xor",
    'task: {boolean: "0110"}\narchitecture: [4, {dropout: 0.2}, {activation: relu}]\n'
    "regularizer: {l1: 0.1, dropout: 0.5}",
    "task: {function: {expression: sin(3*x), noise: 0.1, domain: [-2, 2]}}\ntraining: {schedule: {cosine: {warmup: 3}},"
    " stop: {target: train_loss <= 0.01, patience: 3}, clip_norm: 1, batch_size: 16, validation: 0.2}\nseeds: [3, 1]",
    "task: and\noutput: {loss: perceptron, bias: false}\ntraining: {optimizer: {nesterov: {momentum: 0.5}}}",
]


@pytest.mark.parametrize(
    "text",
    [*TEXTS, *(f"task: {task}\narchitecture: [flatten]" for task in tasks if not required_options(tasks.get(task)))],
)
def test_a_resolved_config_resolves_to_itself(text):
    first = resolved(text)
    data = first.written
    again = resolve(read_yaml(write_yaml(data), "x.yaml"))
    assert again.written == data
    assert (again.splits.train.inputs == first.splits.train.inputs).all()


@pytest.mark.parametrize("text", TEXTS)
def test_a_network_is_described_without_its_data(text):
    experiment = resolved(text)
    design = resolve_design(read_yaml(text, "x.yaml"), experiment.form)
    for name in ("written", "output", "training", "seeds", "dtype", "layers", "weight_count"):
        assert getattr(design, name) == getattr(experiment, name), name


def test_another_name_or_other_seeds_are_written_too():
    changed = resolved("task: xor\nseeds: 3").renamed("b").with_seeds([7, 1])
    assert (changed.name, changed.seeds, type(changed)) == ("b", (7, 1), Experiment)
    assert (changed.written["name"], changed.written["seeds"]) == ("b", [7, 1])


def test_the_rows_are_split_once(monkeypatch):
    calls = []
    monkeypatch.setattr("nncli.config.resolve.split", lambda *given: calls.append(given) or split(*given))
    resolved("task: circles\narchitecture: [4, batch_norm]\ntraining: {validation: 0.2, batch_size: 8}")
    assert len(calls) == 1


@pytest.mark.parametrize("text", TEXTS)
def test_a_resolved_config_writes_every_default_out(text):
    def check(schema, data, at=""):
        for key in schema["properties"]:
            assert key in data, f"{at}{key}"

    schema, data = json_schema(), resolved(text).written
    check(schema, data)
    for section in ("OutputConfig", "TrainingConfig"):
        check(schema["$defs"][section], data[section.removesuffix("Config").lower()])
    check(schema["$defs"]["StopConfig"], data["training"]["stop"], "stop.")
    for layer in data["architecture"]:
        ((name, options),) = layer.items()
        if name == "dense":
            assert set(options) == {field.name for field in dataclasses.fields(Dense)}


@pytest.mark.parametrize(
    ("architecture", "regularizer", "layers"),
    [
        ("[]", "none", ["dense 1"]),
        ("[4]", "none", ["dense 4", "dense 1"]),
        ("[4, 3]", "{dropout: 0.5, l2: 0.1}", ["dense 4", "dropout", "dense 3", "dropout", "dense 1"]),
        ("[4, {dropout: 0.5}]", "none", ["dense 4", "dropout", "dense 1"]),
        ("[{dense: {units: 4, regularizer: {dropout: 0.1}}}, 3]", "none", ["dense 4", "dropout", "dense 3", "dense 1"]),
        ("[3]", "{dropout: {rate: 0.1, per: channel}}", ["dense 3", "dropout per channel", "dense 1"]),
    ],
)
def test_layers(architecture, regularizer, layers):
    built = resolved("task: xor", f"architecture={architecture}", f"regularizer={regularizer}").layers
    names = {"unit": "dropout", "channel": "dropout per channel"}
    assert [f"dense {layer.units}" if isinstance(layer, Dense) else names[layer.per] for layer in built] == layers
    assert activations.name_of(built[-1].activation) == "linear"  # the loss applies the sigmoid


@pytest.mark.parametrize(
    ("overrides", "rows"),
    [([], 4), (["training.batch_size=3"], 3), (["training={batch_size: 4, validation: 0.25}"], 3)],
)
def test_a_batch_is_no_larger_than_what_is_left_to_train_on(overrides, rows):
    assert resolved("task: xor", *overrides).batch_size == rows


def test_rows_that_the_memory_does_not_hold(monkeypatch):
    def data(_):
        raise MemoryError

    monkeypatch.setattr(tasks.get("xor"), "data", data)
    with pytest.raises(UserError) as caught:
        resolved("task: xor")
    assert str(caught.value) == ("x.yaml:1:7: task: not enough memory for the rows of this task. Try fewer rows.")


LARGEST: dict[str, Any] = {
    "seeds": {"task": "xor", "seeds": list(range(2**63 - 100_000, 2**63))},
    "layers": {"task": "xor", "architecture": [4] * 1000, "regularizer": {"l1": 0.1, "l2": 1e-4, "dropout": 0.1}},
    "blocks": {
        "task": "sine_forecast",
        "architecture": [*[{"residual": [{"lstm": {"units": 4, "return_sequence": True}}]}] * 499, "flatten"],
    },
}


@pytest.mark.parametrize("case", seldom(LARGEST, "seeds"))
def test_the_largest_configs_are_read_back(case):
    experiment = resolve(Document("x.yaml", LARGEST[case]))
    assert resolve(read_yaml(write_yaml(experiment.written), "y.yaml")).written == experiment.written


def test_standardized_inputs():
    inputs = resolved("task: sine", "training={standardize: true, validation: 0.5}").splits.train.inputs
    assert inputs.mean() == pytest.approx(0, abs=1e-12)
    assert inputs.std() == pytest.approx(1)
