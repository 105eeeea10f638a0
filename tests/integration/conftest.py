"""What the tests of trained networks share."""

from __future__ import annotations

import csv
from functools import cache

import numpy as np
import pytest
from svg import run, studies


@pytest.fixture(scope="session")
def drawn_run(tmp_path_factory):
    """Trains a run of `svg.run` when it is first asked for."""
    return cache(lambda name: run.trained(name, tmp_path_factory.mktemp(name)))


@pytest.fixture(scope="session")
def drawn_study(tmp_path_factory):
    """Makes a study of `svg.studies` when it is first asked for."""
    return cache(lambda name: studies.made(name, tmp_path_factory.mktemp(name)))


ANIMALS = ["cat", "dog, small", "emu"]


@pytest.fixture
def animals(tmp_path):
    """A table of animals, of which the two columns tell exactly which it is; more columns than are used."""
    rng = np.random.default_rng(0)
    with open(tmp_path / "animals.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["weight", "height", "animal"])
        for _ in range(90):
            kind = rng.integers(3)
            writer.writerow([f"{x:.4f}" for x in rng.normal([kind * 100, 5 - kind], [3, 0.1])] + [ANIMALS[kind]])
    config = """
    task: {table: {file: animals.csv, target: animal}}
    architecture: [8]
    training: {epochs: 60, learning_rate: 0.05, validation: 0.2, test: 0.2, standardize: true}
    seeds: 3
    """
    (tmp_path / "animals.yaml").write_text("\n".join(line[4:] for line in config.splitlines()), "utf-8")
    return tmp_path
