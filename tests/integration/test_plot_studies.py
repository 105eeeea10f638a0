"""Pictures of studies: which fit, and what is left out. `test_svg.py` has the numbers."""

import shutil
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from legibility import drawn_texts, faults

from nncli.errors import UserError
from nncli.pictures.kind import chosen, draw
from nncli.pictures.study_kinds import STUDY_KINDS
from nncli.pictures.study_subject import first, study_subject
from nncli.report.plots.style import NARROW


@pytest.fixture(scope="module")
def opened(drawn_study):
    """A study, as pictures look at it."""
    return cache(lambda name: study_subject(drawn_study(name).path))


def figure_of(study, kind):
    ((_, figure),) = draw(study, STUDY_KINDS, [kind])
    return figure


@pytest.mark.parametrize(
    ("name", "kinds"),
    {
        "xor": ["intervals", "survival", "paired", "curves", "effects"],
        "moons": ["intervals", "paired", "curves", "effects"],
        "sweep": ["intervals", "survival", "curves", "effects", "heatmap", "parallel"],
        "atlas": ["intervals", "survival", "curves", "effects", "atlas"],
    }.items(),
)
def test_all_that_fits_is_drawn(opened, name, kinds):
    assert [*chosen(opened(name), STUDY_KINDS)] == kinds


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--kind", "heatmap"], "heatmap needs two axes, and a measure that means the same in all, which"),
        (["--film"], "a study cannot be filmed. Name one of its runs"),
        (["--seed", "1"], "pictures of a study are of all its seeds"),
        (["--kind", "survivl"], "Did you mean 'survival'?"),
    ],
)
def test_what_does_not_fit_is_refused(opened, arguments, sentence, cli):
    code, out, err = cli("plot", opened("xor").path, *arguments)
    assert (code, out) == (2, "")
    assert sentence in err


def test_pictures_are_written_into_the_study(opened, cli, tmp_path):
    path = opened("moons").path
    code, out, _ = cli("plot", path, "--kind", "paired", "--out", tmp_path / "new", "--format", "svg")
    assert (code, Path(out.strip()).name) == (0, "paired.svg")
    assert b"<svg" in (tmp_path / "new" / "paired.svg").read_bytes()


def test_a_trial_that_is_missing_is_counted_and_leaves_a_hole(opened, tmp_path):
    path = tmp_path / opened("sweep").path.name
    shutil.copytree(opened("sweep").path, path)
    worst = opened("sweep").members[-1]
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
def test_names_of_any_kind_are_drawn_literally_and_told_apart(opened):
    study = opened("xor")
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


def test_the_baseline_is_always_among_those_shown(opened):
    members = opened("xor").members
    place = next(place for place, own in enumerate(members) if own.is_baseline)
    ordered = [*members[:place], *members[place + 1 :], members[place]]
    shown, note = first(ordered, 2)
    assert [own.label for own in shown] == [ordered[0].label, members[place].label]
    assert "the best 1 of 3 and the baseline" in note
