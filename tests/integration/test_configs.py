"""Every file in `configs/` checks, trains, and comes out of its run directory as the same experiment."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

import nncli
from nncli.config.load import load_document
from nncli.config.resolve import resolve

CONFIGS = sorted((Path(nncli.__file__).parents[1] / "configs").glob("*.y*ml"))
LARGE = {"wide_and_deep_million"}
EPOCHS, STEPS = 8, 8
"""The most epochs, and the most steps, of a shortened training, which has at least one epoch."""

each_config = pytest.mark.parametrize(
    "config",
    [pytest.param(path, marks=[pytest.mark.exhaustive] if path.stem in LARGE else []) for path in CONFIGS],
    ids=[path.stem for path in CONFIGS],
)


def shorter(config):
    """Overrides that shorten a config's training, and leave room for its warm-up."""
    experiment = resolve(load_document(config))
    training = experiment.training
    steps = math.ceil(len(experiment.splits.train.inputs) / experiment.batch_size)
    epochs = max(min(EPOCHS, STEPS // steps), math.ceil(training.schedule.warmup), 1)
    return [f"training.epochs={min(training.epochs, epochs)}", "seeds=[5]"]


def test_there_are_configs():
    assert "xor" in {path.stem for path in CONFIGS}


@each_config
def test_it_checks(config, cli):
    code, out, err = cli("check", config)
    assert (code, err) == (0, "")
    assert out.startswith(resolve(load_document(config)).name)
    assert "\ntask:" in out


@each_config
def test_its_resolved_config_gives_the_same_bytes(config, train):
    first = train(config, *shorter(config))
    assert first.result.status == "completed"
    again = train(first.path / "config.yaml")
    assert again.result.weights_sha256 == first.result.weights_sha256
    for file in ("config.yaml", "metrics.csv", "weights.npz"):
        assert (again.path / file).read_bytes() == (first.path / file).read_bytes()
