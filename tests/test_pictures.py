"""The page of pictures has every kind, and pictures can be read at both widths."""

from __future__ import annotations

import runpy
import shlex
import shutil
from pathlib import Path

import pytest
from legibility import faults

from nncli.pictures.kind import draw
from nncli.pictures.run_kinds import KINDS
from nncli.pictures.study_kinds import STUDY_KINDS
from nncli.pictures.study_subject import study_subject
from nncli.pictures.subject import subject_of
from nncli.report.plots.style import NARROW, WIDE, figure
from nncli.runs.listing import find_run
from nncli.studies.study_directory import find_study

ROOT = Path(__file__).parents[1]
SCRIPT = runpy.run_path(str(ROOT / "docs" / "pictures.py"))
MOST_BYTES = 1_500_000
SECTIONS = [*SCRIPT["sections"](SCRIPT["PAGE"].read_text("utf-8"))]


def test_the_page_has_every_kind_and_its_picture():
    for subject, kinds in {"A run": KINDS, "A study": STUDY_KINDS}.items():
        assert {section.kind for section in SECTIONS if section.subject == subject} == {*kinds}
    files = {path.name: path.stat().st_size for path in SCRIPT["FOLDER"].iterdir()}
    assert {section.picture for section in SECTIONS} == files.keys()
    assert sum(files.values()) < MOST_BYTES


def test_a_page_and_a_report_say_the_same_on_how_to_read_a_picture():
    readings = {
        "A run": {name: kind.reading for name, kind in KINDS.items()},
        "A study": {name: kind.reading for name, kind in STUDY_KINDS.items()},
    }
    for section in SECTIONS:
        assert readings[section.subject][section.kind] in " ".join(section.text.split()), section.kind


def test_what_is_hard_to_read_is_found():
    with figure(1, 1, NARROW) as (made, (axes,)):
        axes.text(0.5, 0.5, "one")
        axes.text(0.52, 0.5, "another", fontsize=4)
    axes.set_xlabel("too long a name " * 9)  # too late to be wrapped
    found = faults(made)
    for part in ("'one' overlaps 'another'", "is cut off", "is small", "no y label", "no title"):
        assert [fault for fault in found if part in fault], part
    with figure(1, 1, NARROW) as (made, (axes,)):
        axes.set(title="t", xlabel="x", ylabel="y", xlim=(0.3, 0.7))
    assert faults(made) == []


@pytest.mark.exhaustive
def test_every_picture_of_the_page_can_be_read_at_both_widths(tmp_path):
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    done: set[str] = set()
    found: dict[tuple[str, str, float], list[str]] = {}
    for section in SECTIONS:
        *before, last = section.commands
        for command in {*before} - done:
            SCRIPT["run"](command, tmp_path)
        done |= {*before}
        name = shlex.split(last)[2]
        for width in (NARROW, WIDE):
            if section.subject == "A run":
                subject = subject_of(find_run(tmp_path / "runs", name))
                ((_, made),) = draw(subject, KINDS, [section.kind], width)
            else:
                study = find_study(tmp_path / "runs", name)
                assert study is not None, name
                ((_, made),) = draw(study_subject(study), STUDY_KINDS, [section.kind], width)
            found[section.subject, section.kind, width] = faults(made)
    assert {own: told for own, told in found.items() if told} == {}
