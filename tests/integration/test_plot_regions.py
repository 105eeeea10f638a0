"""Pictures of linear regions, of which there are many, or of steps."""

from pathlib import Path

import pytest

from nncli.experiments.train import run
from nncli.pictures import regions
from nncli.pictures.kind import draw
from nncli.pictures.regions import regions_of
from nncli.pictures.run_kinds import KINDS
from nncli.pictures.subject import subject_of
from nncli.runs.directory import RunDirectory

CONFIGS = {
    "moons": ["activation=relu", "training.epochs=20"],
    "perceptron_xor": [],
    "and": ["task={function: {expression: x*y}}", "architecture=[20]", "activation=relu", "training.epochs=1"],
}


@pytest.fixture(scope="module")
def subjects(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    return {
        name: subject_of(RunDirectory(run(Path(f"configs/{name}.yaml"), changes, runs_dir=folder).path))
        for name, changes in CONFIGS.items()
    }


@pytest.mark.parametrize("name", ["moons", "and"])
def test_of_very_many_a_part_is_shown(subjects, monkeypatch, name):
    monkeypatch.setattr(regions, "MOST", 10)  # at 0, where all units of the second have their border, 40 meet
    found, title = regions_of(subjects[name])
    assert max(len(own.region) for own in found.values()) <= 10
    assert "near the middle, 1/" in title


def test_steps_have_values_and_no_steepness(subjects):
    ((_, figure),) = draw(subjects["perceptron_xor"], KINDS, ["regions"])
    facets = [own for axes in figure.axes for own in axes.collections if own.get_gid() == "facets"]
    assert len(facets) == 2
