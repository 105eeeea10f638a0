"""What a run writes, reckoned before it does."""

from __future__ import annotations

import json

import pytest

from nncli.config.disk_space import written_bytes
from nncli.config.load import load_document
from nncli.config.resolve import resolve

UNSOLVED = "training.stop.solved=false"


@pytest.mark.parametrize(
    "overrides",
    [
        ["seeds=20", "training.epochs=100"],
        ["seeds=3", "training.epochs=100", "training.record=[weights]", "architecture=[20]"],
        ["seeds=2", "training.epochs=300", "training.log_every=7", "dtype=float64"],
        ["seeds=3", "training.epochs=40", "task=sine", "training.validation=0.2", "architecture=[300]"],
    ],
)
def test_it_is_about_what_is_written(overrides, train, xor):
    finished = train(xor, *overrides, UNSOLVED)
    for name, expected in written_bytes(finished.experiment).items():
        assert (finished.path / name).stat().st_size == pytest.approx(expected, rel=0.25, abs=3000)


@pytest.mark.parametrize(
    ("overrides", "log_every", "note"),
    [
        (["seeds=4000"], None, ""),
        (["seeds=100000"], 84, ""),
        (["seeds=100000", "training.epochs=10"], 2, ""),
        (["seeds=100000", "training.log_every=5"], 5, "up to 1.2 GB of metrics.csv and 7 MB of weights.npz"),
        (["architecture=[4000, 4000]", "seeds=2"], None, "up to 48 kB of metrics.csv and 128 MB of weights.npz"),
    ],
)
def test_the_default_is_resolved_and_much_is_said_in_advance(overrides, log_every, note, cli, xor):
    code, _, err = cli("check", xor, *overrides)
    assert code == 0
    assert note in err
    assert ("this run writes" in err) == bool(note)
    described = json.loads(cli("check", xor, *overrides, "--json")[1])
    assert described["config"]["training"]["log_every"] == log_every


def test_a_resolved_config_records_the_same(xor):
    experiment = resolve(load_document(xor, ["seeds=100000"]))
    again = resolve(load_document(xor, ["seeds=100000", f"training.log_every={experiment.training.log_every}"]))
    assert again.written == experiment.written
