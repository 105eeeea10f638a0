"""Pictures of linear regions have the regions that `nncli regions` counts, and the values that the network predicts."""

import json
from pathlib import Path

import numpy as np
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
    "sine": ["activation=relu", "training.epochs=50"],
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


@pytest.mark.parametrize("name", ["moons", "sine"])
def test_there_are_as_many_as_counted(subjects, name, cli):
    subject = subjects[name]
    found, _ = regions_of(subject)
    final = found["final"]
    points = np.concatenate(final.corners) if name == "moons" else final.lines.reshape(-1, 2)[:, :1]
    low, high = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    box = ",".join(f"{ends[0]!r},{ends[1]!r}" for ends in zip(low, high, strict=True))
    code, out, _ = cli("regions", subject.run.path, "--box", box, "--json")
    assert code == 0
    assert max(final.region) + 1 == json.loads(out)["regions"]


def test_the_pieces_are_what_the_network_predicts(subjects):
    subject = subjects["sine"]
    lines = regions_of(subject)[0]["final"].lines
    middle = lines.mean(axis=1)
    assert subject.outputs(middle[:, :1])[0, :, 0] == pytest.approx(middle[:, 1], abs=1e-5)


def area(corners):
    """By the shoelace formula."""
    x, y = corners.T
    return abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2


def test_facets_fill_the_box(subjects):
    found = regions_of(subjects["moons"])[0]["final"]
    points = np.concatenate(found.corners)
    assert sum(map(area, found.corners)) == pytest.approx(np.prod(np.ptp(points, axis=0)))


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
