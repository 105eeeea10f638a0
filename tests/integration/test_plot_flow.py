"""The picture of what flows through the layers shows the numbers of `flow.csv` and of `nncli flow`."""

import json
from pathlib import Path

import numpy as np

from nncli.experiments.train import run
from nncli.pictures.kind import draw
from nncli.pictures.run_kinds import KINDS
from nncli.pictures.subject import subject_of
from nncli.runs.directory import RunDirectory

CONFIGS = Path("configs").absolute()


def trained(folder, name, *changes):
    return RunDirectory(run(CONFIGS / f"{name}.yaml", changes, runs_dir=folder).path)


def drawn(found, seed=None):
    ((_, figure),) = draw(subject_of(found, seed), KINDS, ["flow"])
    maps = {
        mesh.get_gid(): np.ma.filled(np.ma.asarray(mesh.get_array()), np.nan)
        for axes in figure.axes
        for mesh in axes.collections
    }
    points = {line.get_gid(): np.asarray(line.get_ydata()) for axes in figure.axes for line in axes.lines}
    return figure, maps, points


def test_without_a_record_it_is_that_of_the_first_and_the_final_weights(tmp_path, cli):
    found = trained(tmp_path, "digits_mlp", "training.epochs=1", "seeds=2")
    figure, maps, points = drawn(found, seed=1)
    code, out, _ = cli("flow", found.path, "--seed", "1", "--json")
    assert code == 0
    moments = json.loads(out)["moments"]
    for name in ("a_mean", "gradient_norm", "dead"):
        expected = [[own["layers"][place][name] for own in moments] for place in range(maps[name].shape[0])]
        np.testing.assert_allclose(maps[name], np.array(expected, float))
    assert [label.get_text() for label in figure.axes[0].get_xticklabels()] == ["first", "final"]
    code, out, _ = cli("forecast", found.path / "config.yaml", "seeds=[1]", "--json")
    layers = json.loads(out)["layers"]
    for gid, key in (("expected z_variance", "z_variance"), ("measured z_variance", "z_variance_measured")):
        np.testing.assert_allclose(points[gid], [layer[key] for layer in layers])


def test_a_picture_without_a_forecast_says_why(tmp_path, cli):
    code, out, _ = cli("construct", "sine", "--json")
    assert code == 0
    runs = [trained(tmp_path, "digits_conv", "training.epochs=0"), RunDirectory(Path(json.loads(out)["run"]))]
    for found, reason in zip(runs, ("forecast covers dense layers", "were not drawn"), strict=True):
        figure, _, _ = drawn(found)
        assert any(reason in text.get_text() for axes in figure.axes for text in axes.texts)
