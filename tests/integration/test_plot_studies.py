"""Pictures of studies show the numbers of the study."""

import csv
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from nncli.cli.main import main
from nncli.pictures.kind import draw
from nncli.pictures.study_kinds import STUDY_KINDS
from nncli.pictures.study_subject import study_subject

COMMANDS = {
    "xor": ["compare", "configs/xor.yaml", "activation=tanh,relu,step", "--seeds", "8"],
    "moons": ["compare", "configs/moons.yaml", "activation=tanh,relu", "--seeds", "6", "training.epochs=3"],
    "sweep": [
        "sweep", "configs/xor.yaml", "activation=tanh,relu", "initializer=zeros,he_normal", "training.epochs=60",
        "training.learning_rate=0.05,0.3", "--seeds", "4",
    ],
    "atlas": [
        "atlas", "configs/xor.yaml", "--x", "training.learning_rate=0.05,0.3", "--y", "initializer.gain=0.5,1,2",
        "initializer=he_normal", "--seeds", "3", "training.epochs=30",
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def studies(tmp_path_factory):
    found = {}
    for name, command in COMMANDS.items():
        folder = tmp_path_factory.mktemp(name)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "argv", ["nncli", *command, "--runs-dir", str(folder), "--quiet"])
            with pytest.raises(SystemExit) as end:
                main()
        assert not end.value.code
        (path,) = folder.iterdir()
        found[name] = study_subject(path)
    return found


def figure_of(study, kind):
    ((_, figure),) = draw(study, STUDY_KINDS, [kind])
    return figure


def line(figure, gid):
    (found,) = [own for axes in figure.axes for own in axes.lines if own.get_gid() == gid]
    return np.asarray(found.get_xydata())


@pytest.mark.parametrize(
    ("name", "kinds"),
    {
        "xor": ["intervals", "survival", "paired", "curves", "effects"],
        "moons": ["intervals", "paired", "curves", "effects"],
        "sweep": ["intervals", "survival", "curves", "effects", "heatmap", "parallel"],
        "atlas": ["intervals", "survival", "curves", "effects", "atlas"],
    }.items(),
)
def test_all_that_fits_is_drawn(studies, name, kinds):
    assert [kind for kind, _ in draw(studies[name], STUDY_KINDS)] == kinds


def test_intervals_are_those_of_the_record(studies):
    study = studies["moons"]
    figure = figure_of(study, "intervals")
    record = json.loads((study.path / "study.json").read_text())["comparison"]
    for variant in record["variants"]:
        median = variant["metrics"][study.measure]["median"]
        points = [own for own in figure.axes[0].lines if own.get_gid() == f"value {variant['label']}"]
        assert np.asarray(points[0].get_xdata())[0] == pytest.approx(median["value"])
        ends = [own for own in figure.axes[0].lines if own.get_gid() == f"interval {variant['label']}"]
        assert np.asarray(ends[0].get_xdata()) == pytest.approx(median["interval"])


def test_survival_ends_at_the_share_that_was_never_solved(studies):
    study = studies["xor"]
    figure = figure_of(study, "survival")
    for variant in json.loads((study.path / "study.json").read_text())["comparison"]["variants"]:
        assert line(figure, f"unsolved {variant['label']}")[-1, 1] == pytest.approx(1 - variant["solve_rate"]["rate"])


def test_pairs_are_differences_between_rows_of_the_table(studies):
    study = studies["moons"]
    drawn = np.sort(line(figure_of(study, "paired"), "pairs relu")[:, 0])
    with (study.path / "results.csv").open() as file:
        rows = [*csv.DictReader(file)]
    loss = {(row["variant"], row["seed"]): float(row[study.measure]) for row in rows}
    expected = [loss["tanh", seed] - value for (variant, seed), value in loss.items() if variant == "relu"]
    assert drawn == pytest.approx(np.sort(expected))


def test_the_heatmap_has_the_solve_rates_of_the_leaderboard(studies):
    study = studies["sweep"]
    figure = figure_of(study, "heatmap")
    cells = np.asarray(figure.axes[0].images[0].get_array())
    rows = json.loads((study.path / "study.json").read_text())["leaderboard"]
    for r, activation in enumerate(["tanh", "relu"]):
        for c, initializer in enumerate(["zeros", "he_normal"]):
            rates = [row["solve_rate"]["rate"] for row in rows if [*row["values"][:2]] == [activation, initializer]]
            assert cells[r, c] == pytest.approx(np.median(rates))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--kind", "heatmap"], "heatmap needs two axes, which this one does not have"),
        (["--seed", "1"], "pictures of a study are of all its seeds"),
        (["--kind", "survivl"], "Did you mean 'survival'?"),
    ],
)
def test_what_does_not_fit_is_refused(studies, arguments, sentence, cli):
    code, out, err = cli("plot", studies["xor"].path, *arguments)
    assert (code, out) == (2, "")
    assert sentence in err


def test_pictures_are_written_into_the_study(studies, cli, tmp_path):
    path = studies["moons"].path
    code, out, _ = cli("plot", path, "--kind", "paired", "--out", tmp_path / "new", "--format", "svg")
    assert (code, Path(out.strip()).name) == (0, "paired.svg")
    assert b"<svg" in (tmp_path / "new" / "paired.svg").read_bytes()
