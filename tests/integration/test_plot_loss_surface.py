"""The surface of the loss meets the losses of the run at its two ends, and the recorded path."""

from pathlib import Path

import numpy as np
import pytest

from nncli.experiments.train import run
from nncli.pictures.kind import draw
from nncli.pictures.loss_surface import loss_surface
from nncli.pictures.run_kinds import KINDS
from nncli.pictures.subject import subject_of
from nncli.runs.directory import RunDirectory


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")

    def subject(name, *changes):
        return subject_of(RunDirectory(run(Path(f"configs/{name}.yaml"), changes, runs_dir=folder).path))

    return subject


def at(figure, gid):
    (found,) = [line for line in figure.axes[0].lines if line.get_gid() == gid]
    return np.asarray(found.get_xydata())


def test_its_ends_are_the_losses_of_the_run(trained):
    subject = trained("xor", "seeds=3")
    surface, title = loss_surface(subject)
    assert "seed 0, lowest-numbered solved of 3 seeds" in title
    table = subject.curves.metrics["train_loss"][0]
    known = table[np.isfinite(table)]
    assert surface.ends == pytest.approx((known[0], subject.result.metrics["train_loss"][0]), rel=1e-5)
    assert surface.path[[0, -1]] == pytest.approx(np.array([[0, 0], [1, 0]]), abs=1e-9)
    nearest = np.abs(surface.a - 1).argmin(), np.abs(surface.b).argmin()
    assert surface.loss[nearest[1], nearest[0]] == pytest.approx(surface.ends[1], rel=0.5)
    ((_, figure),) = draw(subject, KINDS, ["loss_surface"])
    assert at(figure, "path") == pytest.approx(surface.path)
    assert len(surface.path) == 2


@pytest.mark.parametrize("name", ["forecast_gru", pytest.param("digits_conv", marks=pytest.mark.slow)])
def test_large_networks_have_a_coarse_surface(trained, name):
    surface, _ = loss_surface(trained(name, "training.epochs=1"))
    assert surface.loss.shape in {(11, 11), (15, 15)}
    assert np.isfinite(surface.loss).all()
