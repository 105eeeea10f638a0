"""A study is believed only as it was written."""

from __future__ import annotations

import json
from html import unescape
from pathlib import Path
from statistics import median

import pytest
from forged import sums_again

from nncli.errors import command as command_text
from nncli.pictures.story import story_of_study
from nncli.pictures.study_subject import study_subject
from nncli.report.page.study_page import study_page
from nncli.runs.directory import RunDirectory
from nncli.studies.describe_study import describe_study

QUICK = "training.epochs=5"
COMMANDS = {
    "compare": ["compare", "x.yaml", "activation=tanh,relu", QUICK],
    "sweep": ["sweep", "x.yaml", "training.learning_rate=0.1,0.2", QUICK],
}


@pytest.fixture
def study(request, cli, write):
    """The folder of a study."""
    path = write("task: xor\narchitecture: [2]\n")
    assert cli(*COMMANDS[request.param])[0] == 0
    (folder,) = (path.parent / "runs").iterdir()
    return folder


BOTH = pytest.mark.parametrize("study", COMMANDS, indirect=True)

EDITS = {
    ("compare", "study.json"): ('"rate": 0.0', '"rate": 1.0'),
    ("sweep", "study.json"): ('"sort": "train_loss"', '"sort": "train_accuracy"'),
    ("sweep", "plan.json"): ('"0.1"', '"0.3"'),
}


@BOTH
def test_a_study_is_whole_as_it_was_written(study, cli):
    for name in (study.name, study, "latest"):
        code, out, err = cli("verify", name)
        assert (code, err) == (0, "")
        assert out.splitlines()[-1].startswith(f"{study.name}   study   ")
        assert out.count("whole") == 3
    found = json.loads(cli("verify", study, "--json")[1])
    assert [(own["study"], own["faults"]) for own in found["studies"]] == [(study.name, [])]
    assert {"study.json", "SHA256SUMS"} < {*found["studies"][0]["checked"]}
    assert len(found["runs"]) == 2


@pytest.mark.parametrize(("study", "file"), EDITS, indirect=["study"])
def test_an_edited_study_is_named(study, file, cli):
    old, new = EDITS[study.name.partition("-")[0], file]
    path = study / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    code, out, err = cli("show", study.name)
    assert (code, out) == (7, "")
    assert f"{file}: it has changed since it was written: its SHA-256 differs" in err
    code, out, _ = cli("verify", study.name)
    assert code == 7
    assert f"{file}: it has changed since it was written" in " ".join(out.split())
    sums_again(study)
    assert cli("show", study.name)[0] == 0


@BOTH
def test_an_older_study_without_sums_stays_readable(study, cli):
    before = cli("show", study.name)
    (study / "SHA256SUMS").unlink()
    assert cli("show", study.name) == before
    assert cli("verify", study.name)[0] == 0


@BOTH
def test_only_verify_looks_into_tables(study, cli):
    """They are for people and other programs: nothing here is made of them."""
    with (study / "table.md").open("a") as file:
        file.write("\n")
    assert cli("show", study.name)[0] == 0
    code, out, _ = cli("verify", study.name)
    assert (code, "table.md: it has changed" in " ".join(out.split())) == (7, True)


@pytest.mark.parametrize("study", ["sweep"], indirect=True)
def test_the_same_sweep_again_notes_its_sums_anew(study, cli):
    (study / "study.json").write_text("{}")
    assert cli(*COMMANDS["sweep"])[0] == 0
    assert cli("verify", study.name)[0] == 0


@BOTH
def test_a_fault_of_a_run_is_told_once(study, cli):
    run = next(path for path in study.iterdir() if path.is_dir())
    (run / "result.json").write_text("{}")
    code, out, _ = cli("verify", study.name)
    assert code == 7
    assert out.count("result.json") <= 2  # its form, and its hash
    assert out.splitlines()[-1].startswith(f"{study.name}   study   ")


@pytest.mark.parametrize(
    "command",
    [
        "compare activation=tanh,relu --baseline relu",
        "sweep activation=tanh,relu",
        "atlas --x training.learning_rate=0.1,1 --y initializer.normal.std=0.1,1",
    ],
)
def test_a_study_says_what_was_held_fixed(command, cli, xor):
    name, *words = command.split()
    fixed = ["architecture=[3]", "training.optimizer=sgd"]
    given = [*words, *fixed, "name=three", "training.epochs=2", "seeds=7"]
    _, out, err = cli(name, xor, *given)
    (path,) = Path("runs").iterdir()
    assert path.name.startswith(f"{name}-three-"), err
    for text in (out, cli("show", path)[1], *([cli("sweep", xor, *given, "--dry-run")[1]] if name == "sweep" else [])):
        assert text.startswith("three, architecture=[3], training.optimizer=sgd   ")
    assert "\nthree, architecture=[3], training.optimizer=sgd   " in (path / "table.md").read_text()
    assert study_subject(path).title.startswith("three, architecture=[3], optimizer=sgd: ")
    html = study_page(story_of_study(path, {}))
    assert "<title>three, architecture=[3], training.optimizer=sgd</title>" in html
    assert "Held fixed" in html
    made_by = json.loads((path / "study.json").read_text())["made_by"]
    assert [made_by[:2], sorted(made_by[2:])] == [[name, str(xor)], sorted(given)]
    assert command_text(*made_by) in unescape(html)
    assert f"{path.name} architecture=[3] training.optimizer=sgd" in " ".join(cli("runs")[2].split())
    row, varied = describe_study(path, "study")
    trained = [json.loads(file.read_text()) for file in path.glob("*/result.json")]
    assert (row.task, row.seeds, row.epochs) == ("xor", 7 * len(trained), 2)
    first = min(started for run in path.glob("three-*") if (started := RunDirectory(run).started))
    assert row.started == (RunDirectory(path).started or first).isoformat()
    assert row.solved == sum(sum(result["solved"]) for result in trained)
    assert row.loss == median(median(result["metrics"]["train_loss"]) for result in trained)
    assert " with architecture=[3], training.optimizer=sgd; first: " in varied
    assert cli("report", path, path)[1] == "runs/index.html\n"
    assert varied in unescape(Path("runs/index.html").read_text("utf-8"))
    if name != "compare":  # the plan of a version that did not record it is the same plan
        plan = json.loads((path / "plan.json").read_text())
        assert plan.pop("made_by") == made_by
        (path / "plan.json").write_text(json.dumps(plan))
        code, _, err = cli(name, xor, *given)
        assert (code, "trials were already done" in err) == (0, True), err
