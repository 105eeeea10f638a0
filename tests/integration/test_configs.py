"""Every file in `configs/` checks, trains, and comes out of its run directory as the same experiment."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

import nncli
from nncli.config.load import load_document
from nncli.config.resolve import resolve

CONFIGS = sorted((Path(nncli.__file__).parents[1] / "configs").glob("*.y*ml"))
EPOCHS = 30

each_config = pytest.mark.parametrize("config", CONFIGS, ids=lambda path: path.stem)


def shorter(config):
    """Overrides that shorten a config's training, and leave room for its warm-up."""
    training = resolve(load_document(config)).config.training
    epochs = max(EPOCHS, math.ceil(training.schedule.warmup))
    return [f"training.epochs={min(training.epochs, epochs)}", "seeds=[0, 5]"]


def test_there_are_configs():
    assert "xor" in {path.stem for path in CONFIGS}


@each_config
def test_it_checks(config, cli):
    code, out, err = cli("check", config)
    assert (code, err) == (0, "")
    assert out.startswith(resolve(load_document(config)).config.name)
    assert "\ntask:" in out


@each_config
def test_its_resolved_config_gives_the_same_bytes(config, train):
    first = train(config, *shorter(config))
    assert first.result["status"] == "completed"
    again = train(first.path / "config.yaml")
    assert again.result["weights_sha256"] == first.result["weights_sha256"]
    for file in ("config.yaml", "metrics.csv", "weights.npz"):
        assert (again.path / file).read_bytes() == (first.path / file).read_bytes()
