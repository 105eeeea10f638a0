"""`nncli tag`, `note`, `runs` with filters, `diff` and `rm`."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shlex
import shutil
from pathlib import Path

import pytest

from nncli.cli.app import COMMANDS
from nncli.experiments.train import run
from nncli.storage.lock import Lock
from nncli.studies.compare import compare
from nncli.studies.variants import make_variants

HOSTILE = "</script>\x1b[31m\u202e\r\n" + "x" * 10_000


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Three runs and a study, in their order."""
    root = tmp_path_factory.mktemp("made") / "runs"
    run(Path("configs/xor.yaml"), ["seeds=2"], runs_dir=root)
    run(Path("configs/xor.yaml"), ["seeds=2", "activation=relu", "name=rectified"], runs_dir=root)
    axes, variants = make_variants(Path("configs/xor.yaml"), ["activation=tanh,relu", "training.epochs=5", "seeds=2"])
    compare(axes, variants, name="compare", title="xor", runs_dir=root)
    run(Path("configs/moons.yaml"), ["training.epochs=2"], runs_dir=root)
    return root


@pytest.fixture
def runs(made, tmp_path):
    """A copy, by the first word of each name."""
    shutil.copytree(made, tmp_path / "runs")
    return {path.name.split("-")[0]: path.relative_to(tmp_path) for path in (tmp_path / "runs").iterdir()}


def listed(cli, *arguments):
    """The names that `nncli runs` lists, and its three forms agree."""
    names = [row["name"] for row in json.loads(cli("runs", "--json", *arguments)[1])["runs"]]
    rows = csv.DictReader(io.StringIO(cli("runs", "--csv", *arguments)[1]))
    assert [row["name"] for row in rows] == names
    text = cli("runs", *arguments)[1].splitlines()[1:]
    assert [line.split()[0] for line in text] == names
    return names


def test_tags(cli, runs):
    assert cli("tag", "xor") == (0, f"{runs['xor'].name}   no tags\n", "")
    assert cli("tag", "xor", "good", "baseline", "good")[1] == f"{runs['xor'].name}   baseline   good\n"
    assert "tags" not in cli("runs", "--task", "moons")[1]
    assert cli("runs")[1].splitlines()[0].split()[-1] == "tags"
    assert json.loads(cli("tag", "xor", "--json")[1]) == {"run": runs["xor"].name, "tags": ["baseline", "good"]}
    assert cli("tag", "xor", "--remove", "good")[1] == f"{runs['xor'].name}   baseline\n"
    assert cli("tag", "compare", "of_a_study")[0] == 0
    assert "tags   of_a_study" in cli("show", "compare")[1]
    assert json.loads(cli("show", "xor", "--json")[1])["tags"] == ["baseline"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["tag", "xor", "two words"], 2, "'two words' cannot be a tag"),
        (["tag", "xor", "--remove", "god"], 2, "there is no tag 'god'. Did you mean 'good'?"),
        (["tag", "xor", "--remove"], 2, "nncli tag latest --remove baseline"),
        (["tag", "xxx", "good"], 4, "'xxx' is not a run in 'runs'"),
        (["note", "xor", " "], 2, "the note is empty"),
        (["note", "xor", "--remove", "3"], 2, "there is no note 3. It has 0 notes"),
        (["runs", "--tag", "god"], 2, "unknown tag 'god'. Did you mean 'good'?"),
        (["runs", "--task", "monos"], 2, "Did you mean 'moons'?"),
        (["runs", "--status", "complete"], 2, "Did you mean 'completed'?"),
        (["runs", "--sort", "los"], 2, "Did you mean 'loss'?"),
        (["diff", "xor", "compare"], 4, "this is a study"),
        (["rm", "xxx"], 4, "'xxx' is not a run in 'runs'"),
        (["rm", "xor-tanh"], 4, "To remove all of the study: nncli rm runs/compare-"),
        (["rm", "--restore", "xor"], 4, "'xor' is not in 'runs/.trash'. The trash is empty"),
        (["rm", "xor", "--empty-trash"], 2, "takes no RUN"),
    ],
)
def test_mistakes(cli, runs, arguments, code, said):
    cli("tag", "xor", "good")
    before = sorted(Path("runs").rglob("*"))
    found, out, err = cli(*arguments)
    assert (found, out) == (code, "")
    assert said in " ".join(err.split())
    assert sorted(path for path in Path("runs").rglob("*") if path.name != "labels.lock") == [
        path for path in before if path.name != "labels.lock"
    ]


def test_notes_of_any_text(cli, runs):
    assert "looks good" in cli("note", "xor", "looks", "good")[1]
    assert cli("note", "xor", HOSTILE)[0] == 0
    for command in (["note", "xor"], ["show", "xor"]):
        code, out, _ = cli(*command)
        assert code == 0
        assert max(map(len, out.splitlines())) <= 80
        assert "\x1b" not in out
        assert r"</script>\x1b[31m\u202e" in out.replace("\n", "")
    assert [note["text"] for note in json.loads(cli("note", "xor", "--json")[1])["notes"]] == ["looks good", HOSTILE]
    assert "looks good" not in cli("note", "xor", "--remove", "1")[1]


def test_labels_leave_a_run_as_verified_as_before(cli, runs):
    cli("tag", "xor", "good")
    cli("note", "compare", "good")
    assert cli("verify", *runs.values())[0] == 0
    (runs["xor"] / "labels.json").write_text("{")
    assert cli("verify", runs["xor"])[0] == 0
    assert "labels.json: not valid JSON" in cli("runs")[2]
    assert cli("show", "xor")[0] == 0
    assert cli("tag", "xor", "more")[0] == 7


def test_runs_are_filtered_and_sorted(cli, runs):
    cli("tag", "xor", "good", "old")
    cli("tag", "rectified", "good")
    cli("tag", "compare", "good")
    (runs["moons"] / "result.json").unlink()
    for arguments, names in [
        ([], ["moons", "rectified", "xor"]),
        (["--tag", "good"], ["rectified", "xor"]),
        (["--tag", "good", "--tag", "old"], ["xor"]),
        (["--task", "moons"], ["moons"]),
        (["--task", "moons", "--task", "xor", "-n", "2"], ["moons", "rectified"]),
        (["--status", "interrupted"], ["moons"]),
        (["--sort", "name", "-n", "2"], ["moons", "rectified"]),
        (["--sort", "parameters"], ["rectified", "xor", "moons"]),
        (["--sort", "solved"], ["xor", "rectified", "moons"]),
        (["--task", "xor", "--sort", "loss"], ["xor", "rectified"]),
    ]:
        assert listed(cli, *arguments) == names, arguments
    tagged = json.loads(cli("runs", "--json", "--tag", "good")[1])["studies"]
    assert tagged == [{"study": runs["compare"].name, "tags": ["good"], "fixed": []}]
    assert cli("runs", "--status", "failed") == (0, "", "no run in runs is like this\n")


def test_diff(cli, runs):
    environment = json.loads((runs["moons"] / "environment.json").read_text())
    (runs["moons"] / "environment.json").write_text(json.dumps(environment | {"numpy": "0.0.1"}))
    (runs["moons"] / "SHA256SUMS").unlink()
    code, out, _ = cli("diff", "xor", "rectified")
    assert code == 0
    assert max(map(len, out.splitlines())) <= 80
    rows = {line.split()[0]: line.split()[1:] for line in out.splitlines() if len(line.split()) == 3}
    assert rows["activation"] == rows["architecture[0].dense.activation"] == ["tanh", "relu"]
    assert "training.learning_rate" not in rows
    assert "numpy" not in rows
    results = [json.loads((runs[name] / "result.json").read_text()) for name in ("xor", "moons")]
    found = json.loads(cli("diff", "xor", "moons", "--json")[1])
    assert found["runs"] == [runs["xor"].name, runs["moons"].name]
    assert found["environment"] == {"numpy": [environment["numpy"], "0.0.1"]}
    assert [*found["config"]["task"][0], *found["config"]["task"][1]] == ["xor", "moons"]
    assert found["results"]["parameters"] == [result["parameters"] for result in results]
    assert found["results"]["validation_loss"] == [None, *results[1]["metrics"]["validation_loss"]]
    assert cli("diff", "xor", "moons")[0] == 0
    assert "nothing differs, to the last bit" in cli("diff", "xor", runs["xor"])[1]
    assert "weights of the 2 common seeds: different" in cli("diff", "xor-tanh", "xor")[1]
    (runs["moons"] / "result.json").unlink()
    assert json.loads(cli("diff", "moons", "xor", "--json")[1])["results"]["status"] == ["interrupted", "completed"]


def test_the_trash(cli, runs):
    latest = runs["moons"]
    code, out, err = cli("rm", "latest", runs["moons"], "compare")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines() if line.startswith("runs/")] == [
        str(latest),
        str(runs["compare"]),
    ]
    assert f"nncli rm --restore {latest.name}" in err
    assert listed(cli) == ["rectified", "xor"]
    for command in (["show", "moons"], ["show", "xor-tanh"], ["show", "compare"], ["rm", latest]):
        assert cli(*command)[0] == 4
    hint = f"It is in the trash; to restore it: nncli rm --restore runs/.trash/{latest.name}."
    assert hint in " ".join(cli("show", "moons")[2].split())
    assert runs["rectified"].name in cli("show", "latest")[1]
    assert "it is in the trash already" in cli("rm", Path("runs", ".trash", latest.name))[2]
    assert [own["run"] for own in json.loads(cli("rm", "--json")[1])["trash"]] == [runs["compare"].name, latest.name]
    assert cli("rm", "--restore", "moons", Path("runs", ".trash", runs["compare"].name))[0] == 0
    assert cli("verify", *runs.values())[0] == 0
    cli("rm", "compare")
    assert cli("rm", "--empty-trash")[1].startswith("1 run or study deleted; ")
    assert cli("rm", "--empty-trash")[1] == "the trash is empty\n"
    assert listed(cli) == ["moons", "rectified", "xor"]


@pytest.mark.parametrize("place", [".", "else where"])
def test_what_is_said_works_for_runs_anywhere(cli, runs, monkeypatch, place):
    Path("runs").rename("else where")
    monkeypatch.chdir(place)
    there = ["--runs-dir", "." if place == "else where" else "else where"]
    restore, empty = (shlex.split(own) for own in re.findall("nncli (.*)", cli("rm", "moons", *there)[2]))
    assert cli(*restore)[0] == 0
    cli("rm", "moons", *there)
    restore, _ = (shlex.split(own) for own in re.findall("nncli (.*)", cli("rm", *there)[2]))
    assert cli(*restore[:-1], "moons")[0] == 0
    cli("rm", "moons", *there)
    assert "1 run or study deleted" in cli(*empty)[1]


def test_what_is_being_written_stays(cli, runs):
    lock = Lock.acquire(next(runs["compare"].glob("xor-tanh*")) / "lock")
    code, _, err = cli("rm", "xor", runs["compare"])
    lock.release()
    assert code == 4
    assert f"process {os.getpid()} on " in err
    assert "is writing here" in err
    assert all(path.exists() for path in runs.values())
    (runs["compare"] / "study.json").unlink()  # as a killed comparison
    assert cli("rm", runs["compare"])[0] == 0


def test_a_name_that_several_folders_have_removes_none(cli, runs):
    shutil.copytree(runs["xor"], f"{str(runs['xor'])[:-6]}0123ab")
    code, _, err = cli("rm", "xor")
    assert code == 4
    assert "2 folders are named 'xor'" in err
    assert cli("rm", "0123ab")[0] == 0
    claims = [Path("runs", f"claims-2026112{day}T170000Z-eeeeee") for day in (1, 2)]
    for folder in claims:
        folder.mkdir()
        (folder / "claims.json").write_text("{}")
    code, _, err = cli("rm", "claims")
    assert (code, "2 folders are named 'claims'" in err) == (4, True)
    assert f"The newest are {claims[1].name}, {claims[0].name}" in " ".join(err.split())
    assert cli("rm", claims[0].name)[0] == 0
    assert cli("rm", "claims")[0] == 0


def test_each_command_is_in_the_help():
    assert {"diff", "tag", "note", "rm"} <= {*COMMANDS}


def test_the_page_that_lists_runs(cli, runs):
    cli("tag", "xor", "good", "old")
    cli("note", "compare", HOSTILE)
    (runs["moons"] / "report.html").write_text("its page")
    strange = runs["rectified"].rename("runs/javascript:1")
    (strange / "result.json").write_text("{")
    Path("runs", "README.md").touch()
    killed = Path("runs", "compare-x-20261122T170000Z-eeeeee")
    for folder in (Path("runs", "notes"), killed):
        folder.mkdir()
    (killed / "lock").touch()
    arguments = [*sorted(map(str, Path("runs").iterdir())), "xor"]
    code, out, err = cli("report", *arguments)
    assert (code, out) == (0, "runs/index.html\n")
    for skipped in ("README.md", "notes", killed.name):
        assert f"runs/{skipped} is not a run or a study; skipped" in err
    assert "3 of 4 have no page of their own" in err
    html = Path(out.strip()).read_text("utf-8")
    assert re.findall(r"<a href=\"([^#\"]+)", html) == [f"{runs['moons'].name}/report.html"]
    assert len(re.findall('<tr><th scope="row">', html)) == 4
    statuses = re.findall("<td>(completed|study|corrupt)</td>", html)
    assert sorted(statuses) == ["completed", "completed", "corrupt", "study"]
    assert statuses[-1] == "corrupt"  # a renamed folder does not say when it started
    assert html.count("data-filter>") == 3
    assert re.findall(r'<span class="tag"[^>]*>(\w+)</span>', html) == ["good", "old"]
    assert html.count("</script>") == 1
    loss = json.loads((runs["moons"] / "result.json").read_text())["metrics"]["train_loss"][0]
    assert f'<data value="{loss}"' in html
    assert cli("report", *arguments, "runs/index.html")[0] == 0
    assert Path("runs/index.html").read_text("utf-8") == html
    (strange / "report.html").touch()
    code, out, err = cli("report", strange, runs["moons"])
    assert (code, out) == (2, "")
    assert "runs/index.html lists all runs and studies in runs, and 2 of them are not named" in err
    assert Path("runs/index.html").read_text("utf-8") == html  # it is not replaced by a list of some
    trial = next(runs["compare"].glob("xor-tanh*"))
    assert cli("report", strange, "moons", trial, "--out", "runs/some.html")[:2] == (0, "runs/some.html\n")
    some = Path("runs/some.html").read_text("utf-8")
    assert re.findall(r"<a href=\"([^#\"]+)", some) == [
        f"{runs['moons'].name}/report.html",
        "javascript%3A1/report.html",
    ]
    assert [re.findall("<h1[^>]*>([^<]*)", own) for own in (html, some)] == [["3 runs and 1 study"], ["3 runs"]]
    code, out, err = cli("report", "runs/README.md", "runs/index.html", "runs/some.html")
    assert (code, out) == (4, "")
    assert "none of these is a run or a study" in err


@pytest.mark.parametrize(
    "command", ["plot", "report", "show", "tag", "note", "rm", "verify", "diagnose", "diff xor", "evaluate", "resume"]
)
def test_a_beginning_that_several_studies_share_is_said_to_be_one(cli, runs, command):
    shutil.copytree(runs["compare"], "runs/compare-20261122T170000Z-eeeeee")
    code, out, err = cli(*command.split(), "compar")
    assert (code, out) == (4, "")
    assert "'compar' could be 2 studies. Give more of the name." in err
    assert all(path.name in err for path in Path("runs").glob("compare-*"))


def test_a_name_comes_before_a_beginning(cli, runs):
    runs["moons"].rename("runs/comp-20261122T170000Z-eeeeee")
    assert cli("show", "comp")[1].endswith("runs/comp-20261122T170000Z-eeeeee\n")
    code, _, err = cli("show", "com")
    assert (code, "'com' could be 2 runs and studies" in err) == (4, True)


def test_a_command_about_a_run_says_that_a_study_is_one(cli, runs):
    for command in ("diagnose", "evaluate", "reproduce"):
        code, _, err = cli(command, "compare")
        assert (code, "this is a study, with runs of its own" in err) == (4, True)


def test_what_is_said_works_for_any_name(cli, runs):
    for name in ("-x", "$(touch pwned)", "same-name-2"):
        shutil.copytree(runs["xor"], Path("runs", name))
        code, _, err = cli("rm", Path("runs", name))
        assert code == 0
        restore, _ = (shlex.split(own) for own in re.findall("nncli (.*)", err))
        assert cli(*restore)[0] == 0
        assert Path("runs", name, "config.yaml").exists()
    strange = Path("runs", "x\x1b[31m\n")
    shutil.copytree(runs["xor"], strange)
    assert "nncli rm --restore NAME..." in cli("rm", strange)[2]
