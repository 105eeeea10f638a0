"""Pictures of studies show the numbers of the study."""

import csv
import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from legibility import drawn_texts, faults

from nncli.cli.main import main
from nncli.errors import UserError
from nncli.pictures.kind import draw
from nncli.pictures.study_kinds import STUDY_KINDS
from nncli.pictures.study_subject import first, study_subject
from nncli.report.plots.style import NARROW

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
        (["--kind", "heatmap"], "heatmap needs two axes, and a measure that means the same in all, which"),
        (["--film"], "a study cannot be filmed. Name one of its runs"),
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


def test_pairs_of_a_measure_average_to_the_difference_of_its_test(studies):
    study = studies["xor"]
    comparison = json.loads((study.path / "study.json").read_text())["comparison"]
    assert comparison["measures"] == ["solved", "epochs"]
    for axes, measure in zip(figure_of(study, "paired").axes, comparison["measures"], strict=True):
        for variant in comparison["variants"][1:]:
            (dots,) = [own for own in axes.lines if own.get_gid() == f"pairs {variant['label']}"]
            (test,) = [own for own in variant["against_baseline"] if own["measure"] == measure]
            assert np.mean(np.asarray(dots.get_xdata(), float)) == pytest.approx(test["difference"])


def test_effects_split_the_variance_of_the_results(studies):
    """With one 2 × 2 × 2 grid the share of an axis is the squared difference of its two means over the variance."""
    study = studies["sweep"]
    with (study.path / "results.csv").open() as file:
        rows = [*csv.DictReader(file)]
    solved = np.array([row["solved"].lower() == "true" for row in rows], float)
    bars = {own.get_gid(): own.get_width() for own in figure_of(study, "effects").axes[0].patches}
    for axis in study.axes:
        first = np.array([row[axis] == rows[0][axis] for row in rows])
        difference = solved[first].mean() - solved[~first].mean()
        assert bars[f"share {axis}"] == pytest.approx(difference**2 / 4 / solved.var())
    assert sum(bars.values()) == pytest.approx(1)


def test_an_atlas_shows_the_medians_of_the_leaderboard(studies):
    study = studies["atlas"]
    rows = json.loads((study.path / "study.json").read_text())["leaderboard"]
    (cells,) = [own for own in figure_of(study, "atlas").axes[0].collections if own.get_gid() == "cells"]
    drawn = np.sort(np.ma.filled(cells.get_array(), np.nan).ravel())
    if study.measure == "solved":
        expected = [row["solve_rate"]["rate"] for row in rows]
    else:
        expected = [row["metrics"][study.measure]["median"] for row in rows]
    assert drawn == pytest.approx(np.sort(expected))


def test_a_trial_that_is_missing_is_counted_and_leaves_a_hole(studies, tmp_path):
    path = tmp_path / studies["sweep"].path.name
    shutil.copytree(studies["sweep"].path, path)
    worst = studies["sweep"].members[-1]
    shutil.rmtree(path / worst.run.folder)
    study = study_subject(path)
    assert "7 of 8 trials × 4 seeds" in study.title
    sources = {own.get_gid() for own in figure_of(study, "effects").axes[0].patches}
    assert sources == {*(f"share {axis}" for axis in study.axes), "share seed"}
    assert "shares overlap" in figure_of(study, "effects").get_suptitle().replace("\n", " ")
    for member in study.members:
        shutil.rmtree(path / member.run.folder)
    with pytest.raises(UserError, match="no trial of this sweep is finished"):
        study_subject(path)


HOSTILE = ["$\\frac{1}{" + "x" * 10_000, "x" * 5000 + "A" + "y" * 5000, "x" * 5000 + "B" + "y" * 5000]


@pytest.mark.slow
def test_names_of_any_kind_are_drawn_literally_and_told_apart(studies):
    study = studies["xor"]
    labels = dict(zip([own.label for own in study.members], HOSTILE, strict=True))
    comparison = study.record.comparison
    variants = tuple(replace(own, summary=replace(own.summary, label=labels[own.label])) for own in comparison.variants)
    members = [
        replace(own, label=labels[own.label], seeds=replace(own.seeds, label=labels[own.label]))
        for own in study.members
    ]
    record = replace(study.record, comparison=replace(comparison, variants=variants))
    named = replace(study, members=tuple(members), record=record)
    for kind, figure in draw(named, STUDY_KINDS, width=NARROW):
        assert faults(figure) == [], kind
        written = "".join(text.get_text() for text, _ in drawn_texts(figure)).replace("\n", "")
        if kind != "effects":
            assert all(part in written for part in ("$\\frac{", "…A…", "…B…")), kind


def test_the_baseline_is_always_among_those_shown(studies):
    members = studies["xor"].members
    place = next(place for place, own in enumerate(members) if own.is_baseline)
    ordered = [*members[:place], *members[place + 1 :], members[place]]
    shown, note = first(ordered, 2)
    assert [own.label for own in shown] == [ordered[0].label, members[place].label]
    assert "the best 1 of 3 and the baseline" in note
