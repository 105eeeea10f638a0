"""`nncli report`: a page that says what the files of the run say."""

import re
from pathlib import Path

import pytest

from nncli.experiments.train import run
from nncli.pictures.run_kinds import KINDS
from nncli.pictures.subject import subject_of
from nncli.runs.directory import RunDirectory


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    return {
        "moons": run(Path("configs/moons.yaml"), ["training.epochs=6", "seeds=3"], runs_dir=folder).path,
    }


def test_the_page_of_a_run(cli, runs):
    code, out, err = cli("report", runs["moons"])
    assert code == 0, err
    path = runs["moons"] / "report.html"
    assert Path(out.replace("\n", "")) == path
    text = path.read_text("utf-8")
    kinds = [name for name, kind in KINDS.items() if kind.fits(subject_of(RunDirectory(runs["moons"])))]
    assert re.findall(r'<figure data-kind="([^"]+)"', text) == kinds
    assert text.count("<svg ") == text.count('role="img"') == len(kinds)
    assert len(re.findall(r'<tr data-seed="\d+"', text)) == 3
    cli("report", runs["moons"])
    assert path.read_text("utf-8") == text
