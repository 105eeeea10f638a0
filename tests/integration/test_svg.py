"""Every kind of picture: the numbers in its SVG file are those of the files of the run or study.

Where these hold no such number, such as a prediction, it is computed from `weights.npz` as a textbook does.
"""

from pathlib import Path

import pytest
from svg import constructions, epochs, function, networks, scores, studies
from svg.file import read_svg

from nncli.pictures.run_kinds import KINDS
from nncli.pictures.study_kinds import STUDY_KINDS

RUNS = epochs.CHECKS | function.CHECKS | networks.CHECKS | scores.CHECKS | constructions.CHECKS
"""What is compared, by the run and the kind of its picture."""
SLOW = {("piece", "construction"), ("plane", "residuals"), ("wild", "curves")}
"""Further cases of kinds that are compared in quick tests."""


@pytest.fixture
def drawn(cli, tmp_path):
    """A picture as the command writes it."""

    def picture(path, kind):
        code, out, err = cli("plot", path, "--kind", kind, "--format", "svg", "--out", tmp_path / "new")
        assert (code, err, Path(out.replace("\n", "")).name) == (0, "", f"{kind}.svg")
        return read_svg(tmp_path / "new" / f"{kind}.svg")

    return picture


@pytest.mark.parametrize(
    ("name", "kind"), [pytest.param(*own, marks=[pytest.mark.slow] * (own in SLOW)) for own in sorted(RUNS)]
)
def test_a_file_has_the_numbers_of_the_run(drawn_run, drawn, name, kind):
    run = drawn_run(name)
    RUNS[name, kind](drawn(run.path, kind), run)


@pytest.mark.parametrize(("name", "kind"), sorted(studies.CHECKS))
def test_a_file_has_the_numbers_of_the_study(drawn_study, drawn, name, kind):
    study = drawn_study(name)
    studies.CHECKS[name, kind](drawn(study.path, kind), study)


def test_no_kind_is_left_out():
    assert {kind for _, kind in RUNS} == {*KINDS}
    assert {kind for _, kind in studies.CHECKS} == {*STUDY_KINDS}
