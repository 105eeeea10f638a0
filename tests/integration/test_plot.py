"""`nncli plot`: what it draws and writes, and what it refuses. `test_svg.py` has the numbers."""

from pathlib import Path

import pytest

from nncli.pictures.kind import chosen, draw
from nncli.pictures.run_kinds import KINDS
from nncli.pictures.study_kinds import STUDY_KINDS


@pytest.mark.parametrize(
    ("name", "fitting", "others"),
    [
        ("moons", {"curves", "boundary", "confusion", "roc", "calibration"}, {"fit", "residuals"}),
        ("sine", {"curves", "fit", "residuals"}, {"boundary", "confusion", "roc"}),
        ("digits", {"curves", "confusion", "roc", "calibration"}, {"boundary", "residuals"}),
    ],
)
def test_all_that_fits_is_drawn(drawn_run, name, fitting, others):
    drawn = {*chosen(drawn_run(name).subject, KINDS)}
    assert (fitting - drawn, others & drawn) == (set(), set())


@pytest.mark.parametrize("form", ["png", "svg", "pdf"])
def test_pictures_are_written_into_the_run(cli, drawn_run, form):
    path = drawn_run("xor").path
    code, out, err = cli("plot", path, "--kind", "survival", "--format", form)
    assert (code, Path(out.replace("\n", ""))) == (0, path / f"survival.{form}"), err
    again = (path / f"survival.{form}").read_bytes()
    assert cli("plot", path, "--kind", "survival", "--kind", "survival", "--format", form)[1] == out
    assert (path / f"survival.{form}").read_bytes() == again
    if form == "svg":
        assert b">share of seeds not solved yet<" in again


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--kind", "fit"], "fit needs one or two numbers as input"),
        (["--kind", "construction"], "construction needs a start from a construction"),
        (["--kind", "bondary"], "Did you mean 'boundary'?"),
        (["--format", "jpg"], "unknown format 'jpg'"),
        (["--seed", "9"], "no seed 9"),
    ],
)
def test_what_cannot_be_drawn_is_said(cli, drawn_run, arguments, sentence):
    code, _, err = cli("plot", drawn_run("moons").path, *arguments)
    assert (code, sentence in err) == (2, True), err


def test_one_seed_has_no_agreement(drawn_run):
    alone = drawn_run("moons").subject.only((1,))
    ((_, figure),) = draw(alone, KINDS, ["boundary"])
    assert [axes.get_title() for axes in figure.axes] == ["seed 1"]


def test_a_terminal_cannot_show_a_fit_of_two_inputs(cli, drawn_run):
    code, out, err = cli("plot", drawn_run("plane").path, "--kind", "fit", "--terminal")
    assert (code, out) == (2, "")
    assert "fit cannot be drawn in a terminal. Kinds that can: curves." in err


def test_every_kind_is_documented():
    page = Path("docs/commands.md").read_text("utf-8")
    assert all(f"| `{kind}` |" in page for kind in {*KINDS, *STUDY_KINDS})
