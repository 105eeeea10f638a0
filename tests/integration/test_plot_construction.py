"""Pictures of constructed networks: their parts add up to the network, and its error is within the bound."""

from pathlib import Path

import numpy as np
import pytest

from nncli.errors import UserError
from nncli.experiments.constructed_run import construct_run
from nncli.experiments.train import run
from nncli.pictures.construction import built
from nncli.pictures.kind import draw
from nncli.pictures.run_kinds import KINDS
from nncli.pictures.subject import subject_of
from nncli.runs.directory import RunDirectory

LINES = {
    "smooth": ("sine", 0.05),
    "jump": ("{function: {expression: sign(x) + x}}", 0.1),
    "one piece": ("{function: {expression: 2*x + 1}}", 0.1),
}


@pytest.fixture(scope="module")
def constructed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")

    def subject(task, tolerance):
        return subject_of(RunDirectory(construct_run(task, tolerance, runs_dir=folder)[1].path))

    return subject


def figure_of(subject):
    ((_, figure),) = draw(subject, KINDS, ["construction"])
    return figure


def lines(figure, gid):
    return [np.asarray(own.get_xydata()).T for axes in figure.axes for own in axes.lines if str(own.get_gid()) == gid]


def parts(figure, gid, x):
    """The sum at x of all lines whose gid begins so; each is 0 beyond its ends."""
    found = [own for axes in figure.axes for own in axes.lines if str(own.get_gid()).startswith(gid)]
    corners = [np.asarray(own.get_xydata()).T for own in found]
    return np.sum([np.interp(x, own[0], own[1], left=0.0, right=0.0) for own in corners], axis=0)


@pytest.mark.parametrize("name", LINES)
def test_units_and_bumps_add_up_to_the_network(constructed, name):
    subject = constructed(*LINES[name])
    found, drawn = built(subject)
    figure = figure_of(subject)
    x = drawn.axis[:: len(drawn.axis) // 50]
    network = subject.outputs(x[:, None])[0, :, 0]  # from weights.npz
    scale = np.abs(found.units.W2).max()
    assert parts(figure, "bump ", x) == pytest.approx(network, abs=1e-9 * scale)
    assert parts(figure, "unit ", x) + found.units.b2 == pytest.approx(network, abs=1e-9 * scale)
    ((_, error),) = lines(figure, "error")
    bounds = [float(y[0]) for _, y in lines(figure, "bound")]
    assert bounds == [-found.bound, found.bound]
    assert np.nanmax(np.abs(error)) == drawn.largest(drawn.output) <= found.bound <= LINES[name][1]
    assert len(lines(figure, "excluded")) == 3 * len(found.excluded) == 3 * (name == "jump")
    assert not lines(figure, "trained")


def test_ridges_add_up_to_the_network(constructed):
    subject = constructed("{function: {expression: x**2 + y/2}}", 0.1)
    found, drawn = built(subject)
    figure = figure_of(subject)
    points = np.random.default_rng(1).uniform(-1, 1, (40, 2))
    total = found.units.b2 + sum(np.interp(points @ own.direction, own.s, own.values) for own in drawn.ridges)
    assert total == pytest.approx(subject.outputs(points)[0, :, 0], abs=1e-3)  # interpolated
    for place, ridge in enumerate(drawn.ridges[:4]):
        ((x, y),) = lines(figure, f"direction {place}")
        assert np.hypot(np.diff(x), np.diff(y)) == pytest.approx(ridge.height)
        assert lines(figure, f"ridge {place}")[0] == pytest.approx(np.stack([ridge.s, ridge.values]))
    (error,) = [own for axes in figure.axes for own in axes.collections if own.get_gid() == "error"]
    assert np.max(error.get_array()) == drawn.largest(drawn.output) <= found.bound
    assert error.get_clim() == (0, found.bound)


def test_the_error_after_training_is_beside_the_one_before(constructed, tmp_path):
    start = constructed(*LINES["smooth"])
    path = run(start.run.path / "config.yaml", ["training.epochs=3"], runs_dir=tmp_path).path
    subject = subject_of(RunDirectory(path))
    figure = figure_of(subject)
    (((x, error),), ((_, constructed_error),)) = lines(figure, "trained"), lines(figure, "error")
    exact = subject.outputs(x[:, None])[0, :, 0] - error
    assert exact == pytest.approx(np.sin(x), abs=1e-12)
    assert np.abs(error - constructed_error).max() > 1e-4
    assert any(f"after training: {np.abs(error).max():.4g}" in axes.get_title() for axes in figure.axes)


def test_other_runs_have_no_construction(tmp_path):
    subject = subject_of(RunDirectory(run(Path("configs/xor.yaml"), ["training.epochs=1"], runs_dir=tmp_path).path))
    assert "construction" not in [name for name, kind in KINDS.items() if kind.fits(subject)]
    with pytest.raises(UserError, match="construction needs a start from a construction"):
        figure_of(subject)
