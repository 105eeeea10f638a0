"""A seed's weights are the same bytes alone, in any company, a second time, and in a process of its own."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from nncli.config.load import load_document
from nncli.config.resolve import resolve
from nncli.experiments.train import run_stack

SINE = "{sine: {samples: 40, noise: 0.1}}"

SETTINGS = {
    "as it is": [],
    "a short last batch": ["training.batch_size=3"],
    "in order": ["training.batch_size=3", "training.shuffle=false"],
    "float64": ["dtype=float64", "training.batch_size=3"],
    "dropout": ["regularizer.dropout=0.2", "training.batch_size=3"],
    "a dropout layer": ["architecture=[8, {dropout: 0.5}, 4]"],
    "momentum": ["training.optimizer=momentum", "training.batch_size=3"],
    "nesterov": ["training.optimizer={nesterov: {momentum: 0.8}}"],
    "rmsprop": ["training.optimizer=rmsprop", "dtype=float64"],
    "adamw": ["training.optimizer=adamw", "training.schedule={cosine: {warmup: 5}}"],
    "warm-up": ["training.schedule={linear: {warmup: 3.5}}", "training.batch_size=3"],
    "steps": ["training.schedule={step: {every: 7, rate: 0.5}}"],
    "l1 and l2": ["regularizer={l1: 1e-3, l2: 1e-3}", "output.regularizer={l2: 1e-2}"],
    "clip_norm": ["training.clip_norm=0.05", "training.optimizer=sgd", "training.learning_rate=1"],
    "prelu": ["activation=prelu", "architecture=[5, 5]"],
    "softmax inside": ["architecture=[6, {dense: {units: 3, activation: softmax}}]"],
    "orthogonal": ["initializer=orthogonal", "architecture=[7, 7]"],
    "perceptron": [
        "architecture=[]",
        "output={activation: step}",
        "training={optimizer: sgd, batch_size: 1, epochs: 9}",
    ],
    "patience": [f"task={SINE}", "training={epochs: 60, batch_size: 16, validation: 0.25, stop: {patience: 4}}"],
    "patience, dropout": [
        f"task={SINE}",
        "regularizer.dropout=0.1",
        "training={epochs: 40, validation: 0.25, test: 0.25, standardize: true, stop: {patience: 2, min_delta: 1e-3}}",
    ],
    "target": ["training.stop={target: train_loss < 0.5, solved: false}", "training.batch_size=3"],
    "some diverge": [f"task={SINE}", "training.optimizer=sgd", "training.learning_rate=2", "activation=relu"],
}


@pytest.mark.parametrize("setting", SETTINGS)
def test_company_does_not_matter(setting, train, xor):
    overrides = ["training.epochs=40", *SETTINGS[setting]]
    stack = train(xor, *overrides, "seeds=[3, 7, 0, 12, 9]")
    alone, again = train(xor, *overrides, "seeds=[7]"), train(xor, *overrides, "seeds=[12, 7]")
    assert len(set(stack.result.weights_sha256)) == 5
    assert alone.result.weights_sha256 == stack.result.weights_sha256[1:2]
    assert again.result.weights_sha256 == (stack.result.weights_sha256[3], stack.result.weights_sha256[1])
    for what in ("solved_epoch", "steps", "best_epoch", "stop_reason", "divergence"):
        assert getattr(alone.result, what) == getattr(stack.result, what)[1:2]
    for name, values in alone.result.metrics.items():
        assert values == stack.result.metrics[name][1:2]


@pytest.mark.parametrize(
    "overrides",
    [
        pytest.param([], marks=pytest.mark.exhaustive),
        ["training.batch_size=3", "architecture=[33, 33]", "training.epochs=60"],
    ],
)
def test_a_process_of_its_own_does_not_matter(overrides, nncli, train, xor):
    def hashes(*arguments, env):
        code, out, _ = nncli("train", xor, *overrides, *arguments, "--json", env=env)
        assert code == 0
        result = json.loads(out)
        return dict(zip(result["seeds"], result["weights_sha256"], strict=True))

    fifty = hashes("seeds=50", env={"OPENBLAS_NUM_THREADS": "1"})
    alone = hashes("seeds=[7]", env={"OPENBLAS_NUM_THREADS": "2", "OMP_NUM_THREADS": "2"})
    assert alone == {7: fifty[7]}
    assert train(xor, *overrides, "seeds=[7, 49]").result.weights_sha256 == (fifty[7], fifty[49])


def test_company_of_other_experiments_does_not_matter(train, xor, tmp_path):
    """Experiments of one stack: each gets the files that it gets by itself."""
    variants = [
        ["name=a", "seeds=3"],
        ["name=b", "seeds=[7, 2]", "training.learning_rate=0.2", "regularizer={l2: 1e-2}"],
        ["name=c", "seeds=[7]", "training.learning_rate=0.001", "training.optimizer={adam: {beta1: 0.5}}"],
    ]
    common = ["training.epochs=200", "regularizer={l2: 1e-3}", "training.batch_size=3", "training.clip_norm=1"]
    experiments = [resolve(load_document(xor, [*common, *own])) for own in variants]
    for together, own in zip(run_stack(experiments, runs_dir=tmp_path / "stack"), variants, strict=True):
        alone = train(xor, *common, *own)
        assert together.result.name == own[0].removeprefix("name=")
        for file in ("config.yaml", "metrics.csv", "weights.npz"):
            assert (together.path / file).read_bytes() == (alone.path / file).read_bytes()
        changing = {name: getattr(alone.result, name) for name in ("run", "seconds", "steps_per_second", "stack")}
        assert replace(together.result, **changing) == alone.result
