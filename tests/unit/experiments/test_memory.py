"""The memory that training is said to take is the memory it takes."""

from __future__ import annotations

import numpy as np
import pytest
from samples import peak_memory, seldom

from nncli.config.load import override
from nncli.config.resolve import resolve
from nncli.config.yaml_reader import read_yaml
from nncli.experiments.assembly import build_network, build_rows, build_settings
from nncli.experiments.memory import training_bytes
from nncli.training.loop import train

SINE = "task: {function: {expression: sin(x), samples: 600}}"
FEW = "task: {function: {expression: sin(x), samples: 30}}"
GLYPHS = "task: {glyphs: {samples: 200, size: 12}}"
ADDING = "task: {adding_problem: {length: 20, samples: 200}}"

CASES = {
    "many small ones": "task: xor\narchitecture: [4]\nseeds: 500",
    "drawing the first weights": f"{FEW}\narchitecture: [1000, 1000]\ntraining: {{optimizer: sgd}}",
    "patience": f"{FEW}\narchitecture: [400, 400, 400, 400, 400]\ntraining: {{optimizer: sgd, stop: {{patience: 9}}}}",
    "wide, adam": f"{SINE}\narchitecture: [600, 600]\ntraining: {{optimizer: adam, batch_size: 16}}",
    "float64": f"{SINE}\narchitecture: [300, 300]\ndtype: float64\ntraining: {{batch_size: 32}}",
    "all rows at once": f"{SINE}\narchitecture: [64, 64]\nseeds: 4",
    "shuffled": "task: {function: {expression: sin(x), samples: 4000}}\narchitecture: [4]\nseeds: 100\n"
    "training: {batch_size: 200, epochs: 1}",
    "one leaves": f"{SINE}\narchitecture: [300, 300]\nseeds: 4\n"
    "training: {epochs: 12, optimizer: momentum, learning_rate: 0.1, batch_size: 128, stop: {patience: 1}}",
    "none leaves": f"{SINE}\narchitecture: [300, 300]\nseeds: 4\ntraining: {{batch_size: 64, stop: {{solved: false}}}}",
    "the rows": "task: {glyphs: {samples: 2000, size: 16}}\narchitecture: [flatten, 8]\n"
    "training: {batch_size: 32, test: 0.5}",
    "conv": f"{GLYPHS}\narchitecture: [{{conv: 8}}, {{max_pool: 2}}, {{conv: 16}}, {{average_pool: 2}}, flatten]\n"
    "training: {batch_size: 32, validation: 0.2}",
    "conv, 5 seeds": f"{GLYPHS}\narchitecture: [{{conv: 8}}, {{max_pool: 2}}, {{conv: 16}}, global_average_pool]\n"
    "seeds: 5\ntraining: {batch_size: 32}",
    "conv, 40 seeds, in groups": "task: {glyphs: {samples: 70, size: 12}}\n"
    "architecture: [{conv: 8}, {max_pool: 2}, {conv: 16}, flatten]\n"
    "seeds: 40\ntraining: {batch_size: 32, epochs: 1}",
    "conv of sequences": f"{ADDING}\narchitecture: [{{conv: 16}}, {{conv: 16}}, flatten]\ntraining: {{batch_size: 32}}",
    "lstm": f"{ADDING}\narchitecture: [{{lstm: 32}}]\nseeds: 3\ntraining: {{batch_size: 64}}",
    "gru, all states": f"{ADDING}\narchitecture: [{{gru: {{units: 24, return_sequence: true}}}}, mean_over_time]",
    "attention": f"{ADDING}\narchitecture: [{{dense: 16}}, position, {{attention: {{heads: 4}}}}, layer_norm, flatten]",
    "batch_norm and dropout": f"{SINE}\narchitecture: [{{repeat: {{times: 4, layers: [64]}}}}]\n"
    "regularizer: {normalization: batch, dropout: 0.1}\nseeds: 3\ntraining: {batch_size: 100}",
    "residual": f"{SINE}\narchitecture: [16, {{repeat: {{times: 9, layers: [{{residual: {{layers: [16]}}}}]}}}}]\n"
    "seeds: 5",
}


class Deaf:
    """A recorder that keeps nothing."""

    def record(self, replicas, epoch, step, metrics):
        pass

    def record_flow(self, epoch, flows):
        pass

    def tick(self, epoch, step, loss, take):
        return False


def resolved(text, *overrides):
    return resolve(override(read_yaml(text, "x.yaml"), overrides))


def trained(experiment):
    network = build_network([experiment])
    return train(network, build_rows(experiment, network), build_settings([experiment]), Deaf())


def taken(experiment):
    """What training allocates at its fullest moment, and the data that were there before."""
    data = sum(part.inputs.nbytes + part.targets.nbytes for part in experiment.splits.named().values())
    return data + peak_memory(lambda: trained(experiment), times=2)


@pytest.mark.parametrize("case", seldom(CASES, "none leaves", "conv, 5 seeds", "wide, adam"))
def test_it_is_what_is_allocated(case):
    text = CASES[case]
    experiment = resolved(text, *([] if "epochs" in text else ["training.epochs=2"]))
    assert training_bytes(experiment) == pytest.approx(taken(experiment), rel=0.2)


def test_measuring_the_flow_counts():
    experiment = resolved(CASES["wide, adam"], "training.record=[flow]", "training.epochs=2")
    assert training_bytes(experiment) == pytest.approx(taken(experiment), rel=0.2)


@pytest.mark.parametrize("seeds", [1, 4])
def test_recording_weights_counts(seeds):
    text = f"{FEW}\narchitecture: [200, 200]\ntraining: {{optimizer: sgd, stop: {{patience: 3}}}}"
    experiment = resolved(text, f"seeds={seeds}", "training.record=[weights]", "training.epochs=40")
    assert training_bytes(experiment) == pytest.approx(taken(experiment), rel=0.2)


def test_a_table_of_tokens_counts_for_each_size_of_a_batch(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    np.savez("tokens.npz", X=rng.integers(4000, size=(200, 20)), y=rng.integers(2, size=200))
    embedding = "{embedding: {vocabulary: 4000, units: 16}}"
    experiment = resolved(
        f"task: {{arrays: {{file: tokens.npz}}}}\narchitecture: [{embedding}, mean_over_time]\nseeds: 2\n"
        "training: {epochs: 1, batch_size: 64, validation: 0.1, stop: {solved: false}}"
    )
    assert training_bytes(experiment) == pytest.approx(taken(experiment), rel=0.2)
