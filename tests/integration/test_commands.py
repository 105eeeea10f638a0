"""`new`, `list`, `schema`, `show` and `runs`."""

from __future__ import annotations

import csv
import io
import json

import pytest
import yaml
from forged import sums_again

from nncli.claims.measurements import measurements
from nncli.config.catalog import CATALOG
from nncli.tasks import tasks

PARTS = [(plural, name) for plural, registry in CATALOG.items() for name in registry]


@pytest.mark.parametrize("task", tasks.names())
def test_new_gives_a_config_that_checks(task, cli, tmp_path):
    code, out, err = cli("new", f"my_{task}", "--task", task)
    assert (code, out, err) == (0, f"my_{task}.yaml\nnext: nncli train my_{task}.yaml\n", "")
    code, out, err = cli("check", f"my_{task}.yaml")
    if code == 3:  # a table or an archive of the user's own, which is not here
        assert "no such file" in err
    else:
        assert (code, err) == (0, "")
        assert f"my_{task} ({task})" in out
    text = (tmp_path / f"my_{task}.yaml").read_text()
    assert task in str(yaml.safe_load(text)["task"])
    assert all(len(line) <= 120 for line in text.splitlines())


def test_new_never_overwrites(cli, write):
    path = write("mine\n", "mine.yaml")
    code, out, err = cli("new", "mine")
    assert (code, out) == (2, "")
    assert err == "mine.yaml: file exists; not overwritten.\n"
    assert path.read_text() == "mine\n"


@pytest.mark.parametrize("command", ["check", "train"])
def test_notes_are_no_results(command, cli, xor):
    code, out, err = cli(command, xor, "initializer=zeros")
    assert code == 0
    assert err == "note: the units of a hidden layer start out identical and stay identical: try another initializer\n"
    assert "note" not in out
    assert cli(command, xor, "initializer=zeros", "--json")[0] == 0


def test_new_then_train(cli):
    cli("new", "mine.yaml")
    code, out, _ = cli("train", "mine.yaml", "--expect", "train_accuracy == 1")
    assert code == 0
    assert out.startswith("mine (xor)   2 → 8 tanh → 1 sigmoid")


def test_list_names_every_part(cli):
    code, out, _ = cli("list")
    assert code == 0
    assert all(name in out for _, name in PARTS)
    assert max(map(len, out.splitlines())) <= 80
    listed = json.loads(cli("list", "--json")[1])
    of_claims = [("measurements", name) for name in measurements]
    assert [(plural, name) for plural, names in listed.items() for name in names] == PARTS + of_claims


@pytest.mark.parametrize("kind", CATALOG)
def test_list_of_a_kind(kind, cli):
    code, out, err = cli("list", kind)
    assert (code, err) == (0, "")
    assert max(map(len, out.splitlines())) <= 80
    summaries = json.loads(cli("list", kind, "--json")[1])
    assert tuple(summaries) == CATALOG[kind].names()
    assert all(f"\n {name} " in out for name in summaries)
    assert cli("list", CATALOG[kind].kind)[1] == out


@pytest.mark.parametrize(("kind", "name"), PARTS)
def test_list_of_a_part(kind, name, cli):
    code, out, err = cli("list", kind, name)
    assert (code, err) == (0, "")
    described = json.loads(cli("list", kind, name, "--json")[1])
    assert described["name"] == name
    assert out.split()[:6] == described["documentation"].split()[:6]
    for option in described["options"]:
        assert set(option) == {"name", "default", "allowed", "help"}
        assert f"\n {option['name']} " in out


def test_schema(cli):
    code, out, _ = cli("schema")
    schema = json.loads(out)
    assert code == 0
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["required"] == ["task"]


@pytest.fixture
def runs(train, xor, tmp_path):
    """Three runs: one that is done, one killed before its first row, one whose result is damaged."""
    done = train(xor, "seeds=3", "name=done").path
    killed = train(xor, "name=killed").path
    for file in ("result.json", "metrics.csv", "weights.npz"):
        (killed / file).unlink()
    damaged = train(xor, "name=damaged").path
    (damaged / "result.json").write_text('{"status": "comp')
    (tmp_path / "runs" / "notes").mkdir()
    (tmp_path / "runs" / "README.md").write_text("mine")
    return {"done": done, "killed": killed, "damaged": damaged}


def test_runs_are_listed_whatever_has_become_of_them(runs, cli):
    code, out, err = cli("runs", "--json")
    assert (code, err) == (0, "")
    records = {record["name"]: record for record in json.loads(out)["runs"]}
    assert {name: record["status"] for name, record in records.items()} == {
        "done": "completed", "killed": "interrupted", "damaged": "corrupt",
    }  # fmt: skip
    assert records["done"]["solved"] == records["done"]["seeds"] == 3
    assert records["killed"]["loss"] is None
    table = list(csv.DictReader(io.StringIO(cli("runs", "--csv")[1])))
    assert [row["run"] for row in table] == [record["run"] for record in json.loads(out)["runs"]]
    assert [float(row["loss"]) for row in table if row["name"] == "done"] == [records["done"]["loss"]]
    text = cli("runs")[1]
    assert all(name in text and path.name[-6:] in text for name, path in runs.items())
    assert max(map(len, text.splitlines())) <= 80
    assert "3/3" in text


def test_show_says_again_what_train_said(cli, xor):
    told = cli("train", xor, "seeds=4")[1]
    assert cli("show", "latest")[1].splitlines()[:-2] == told.splitlines()[:-2]


def test_show_of_every_run(runs, cli):
    assert cli("show", runs["killed"])[1].splitlines()[1] == "interrupted"
    code, out, err = cli("show", "damaged")
    assert (code, out) == (7, "")
    assert f"{runs['damaged'].name}/result.json" in err
    for text in ("done-", runs["done"].name, runs["done"].name[-6:], runs["done"]):
        assert json.loads(cli("show", text, "--json")[1])["run"] == runs["done"].name


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{}", "run is missing"),
        (
            '{"run": "x", "name": "x", "status": "done"}',
            "status is 'done', not one of completed, diverged, interrupted, failed",
        ),
        ('{"run": "x", "name": "x", "status": "completed", "seeds": [0], "metrics": {}}', "solved is missing"),
    ],
)
def test_show_of_a_result_that_is_none(text, why, cli, train, xor):
    path = train(xor).path
    (path / "result.json").write_text(text)
    for form in ([], ["--json"]):
        code, out, err = cli("show", "latest", *form)
        assert (code, out) == (7, "")
        assert err == f"{path.relative_to(path.parents[1])}/result.json: this is not the result of a run: {why}.\n"


def test_show_of_a_run_that_a_bug_ended(cli, train, xor):
    path = train(xor).path
    (path / "result.json").write_text(f'{{"run": "{path.name}", "name": "xor", "status": "failed"}}')
    sums_again(path)
    code, out, err = cli("show", "xor")
    assert (code, err) == (0, "")
    assert out.splitlines()[1].startswith("failed: last recorded epoch ")


def test_no_runs_yet(cli):
    code, out, err = cli("runs")
    assert (code, out) == (0, "")
    assert err.startswith("no runs in runs yet; train one:")
    assert json.loads(cli("runs", "--json")[1]) == {"runs": [], "studies": []}
    assert cli("runs", "--csv")[1].startswith("run,name,status,task,seeds,solved,loss")
