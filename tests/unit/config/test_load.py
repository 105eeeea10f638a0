"""From YAML and overrides to a validated config. What users write wrong is in `tests/bad_configs/`."""

from __future__ import annotations

from pathlib import Path

import pytest

from nncli.config.load import examine, load_document, override, raise_all
from nncli.config.parts import model_of
from nncli.config.schema import ExperimentConfig, StopConfig
from nncli.config.schema_lookup import annotation_at, is_part, model_at
from nncli.config.yaml_reader import read_yaml
from nncli.errors import UserError, UserErrors
from nncli.nn.layers.dense import Dense
from nncli.nn.optimizers.adam import Adam


def validate(document):
    examined = examine(document)
    raise_all(document, examined.faults)
    return examined.config


def loaded(text, *overrides):
    return override(read_yaml(text, "x.yaml"), overrides)


def test_the_name_is_that_of_the_file(tmp_path):
    for text, name in (("task: xor", "my.xor"), ("task: xor\nname: null", "my.xor"), ("task: xor\nname: mine", "mine")):
        path = tmp_path / "my.xor.yaml"
        path.write_text(text)
        assert validate(load_document(path)).name == name


@pytest.mark.parametrize(
    ("overrides", "optimizer"),
    [
        (["training.optimizer.beta1=0.8"], {"adam": {"beta1": 0.8}}),
        (["training.optimizer.adam.beta1=0.8"], {"adam": {"beta1": 0.8}}),
        (["training.optimizer=momentum", "training.optimizer.momentum=0.5"], {"momentum": 0.5}),
        (["training.optimizer.beta1=0.8", "training.optimizer.beta2=0.9"], {"adam": {"beta1": 0.8, "beta2": 0.9}}),
    ],
)
def test_an_override_of_an_option_of_the_default_part(overrides, optimizer):
    document = loaded("task: xor", *overrides)
    assert document.data == {"task": "xor", "training": {"optimizer": optimizer}}
    validate(document)


def test_an_override_leaves_what_it_does_not_name():
    text = "task: {parity: {bits: 3}}\narchitecture: [4, {dense: {units: 8, activation: relu}}]\n"
    config = validate(loaded(text, "architecture[1].units=5", "task.bits=4", "architecture.0=6"))
    assert [layer.units for layer in config.architecture] == [6, 5]
    assert config.task.bits == 4
    assert type(config.architecture[1].activation).__name__ == "Relu"


def test_all_errors_are_told_at_once_in_the_order_of_the_text():
    document = loaded("seeds: 0\nactivation: rleu\n", "dtype=float16", "training.epochs=-1")
    with pytest.raises(UserErrors) as error:
        validate(document)
    places = [str(line).split(": ")[0] for line in error.value.errors]
    assert places == [
        "x.yaml",
        "x.yaml:1:8",
        "x.yaml:2:13",
        "override 'dtype=float16'",
        "override 'training.epochs=-1'",
    ]


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ((), ExperimentConfig),
        (("training", "stop"), StopConfig),
        (("training", "optimizer", "adam"), model_of(Adam)),
        (("architecture", 3, "dense"), model_of(Dense)),
        (("seeds",), None),
        (("architecture",), None),
        (("nowhere", "at", "all"), None),
    ],
)
def test_the_model_at_a_path(path, found):
    assert model_at(path) is found
    assert not is_part(path)


@pytest.mark.parametrize(
    "path",
    [
        ("task",),
        ("activation",),
        ("architecture", 0),
        ("architecture", 0, "dense", "activation"),
        ("output", "loss"),
        ("training", "schedule"),
    ],
)
def test_the_paths_of_parts(path):
    assert is_part(path)
    assert annotation_at((*path, "no such name")) is None


def test_a_run_named_in_place_of_a_config_leads_to_its_config(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for folder in ("xor-20261129T050604Z-d88ddb", "xor-20261129T051339Z-d24b7b", "xor_2-20261129T061339Z-d24b7b"):
        Path("runs", folder).mkdir(parents=True)
        Path("runs", folder, "config.yaml").write_text("task: xor\n", "utf-8")
    for given, meant in {"xor": "xor-20261129T051339Z-d24b7b", "runs/xor_2-20261129T061339Z-d24b7b": None}.items():
        with pytest.raises(UserError) as error:
            load_document(Path(given))
        expected = f"runs/{meant}/config.yaml" if meant else f"{given}/config.yaml"
        assert error.value.hint == f"Did you mean '{expected}'?"
