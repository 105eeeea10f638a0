"""An override means the same on the config of a run, where everything is written out, as on what was typed."""

from pathlib import Path

import pytest

from nncli.config.load import load_document, override
from nncli.config.resolve import resolve
from nncli.config.yaml_reader import read_yaml
from nncli.config.yaml_writer import write_yaml
from nncli.report.network_text import layer_text

CHANGES = {
    "xor": ["activation=relu", "initializer=he_normal", "regularizer={l2: 0.1}"],
    "perceptron_xor": ["initializer={normal: {std: 0.5}}"],
    "digits_conv": ["activation=leaky_relu", "activation.slope=0.3"],
    "adding_lstm": ["initializer=lecun_normal"],
    "spirals_residual_100": ["initializer.gain=3", "activation=gelu"],
    "overfit_noise": ["regularizer.l1=0.1", "architecture[0].activation=sigmoid"],
}


@pytest.mark.parametrize("name", CHANGES)
def test_an_override_of_the_config_of_a_run_is_one_of_the_original(name):
    original = load_document(Path(f"configs/{name}.yaml"))
    recorded = read_yaml(write_yaml(resolve(original).written), "config.yaml")
    changed = [resolve(override(document, CHANGES[name])).written for document in (original, recorded)]
    assert changed[0] == changed[1] != resolve(original).written


def test_a_layer_that_a_person_wrote_keeps_what_it_says():
    text = "task: xor\nactivation: tanh\narchitecture: [{dense: {units: 2, activation: tanh}}, 2]\n"
    design = resolve(override(read_yaml(text, "x.yaml"), ["activation=relu"]))
    assert [layer_text(layer) for layer in design.layers[:2]] == ["2 tanh", "2 relu"]
