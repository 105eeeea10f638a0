"""Whatever nncli writes, it can read again, however many seeds and trials there are."""

from __future__ import annotations

import json

import pytest
from forged import sums_again

from nncli.storage import files
from nncli.storage.strict_json import LONG, read_json_object, to_json
from nncli.studies import study_directory as directory

QUICK = "training.epochs=3"


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"a": [], "b": {}, "c": [1, 2.5, None, True, "ü\n"], "d": [[1], {"e": [{}]}]},
        {"few": list(range(LONG)), "long of lists": [[0]] * (LONG + 1)},
    ],
)
def test_json_is_indented_as_ever(value):
    assert to_json(value) == json.dumps(value, indent=2) + "\n"


@pytest.mark.parametrize("item", [7, 0.1, None, "solved"])
def test_a_long_list_is_one_line(item, tmp_path):
    value = {"a": {"seeds": [item] * (LONG + 1)}, "b": 1}
    text = to_json(value)
    assert text.count("\n") == 6
    (tmp_path / "a.json").write_text(text)
    assert read_json_object(tmp_path / "a.json") == value


def test_a_comparison_of_very_many_seeds_leaves_results_to_its_runs(cli, xor, tmp_path, monkeypatch):
    command = ["compare", xor, "activation=tanh,relu", "--seeds", "3", QUICK]
    monkeypatch.setattr(directory, "MANY", 5)
    code, out, _ = cli(*command)
    assert code == 0
    path = tmp_path / out.splitlines()[-1]
    stored = json.loads((path / "study.json").read_text())
    assert [list(variant["result"]) for variant in stored["variants"]] == [["run", "name", "status"]] * 2
    assert cli("show", path.name) == (0, out, "")
    shown = json.loads(cli("show", path.name, "--json")[1])
    assert [variant["result"]["seeds"] for variant in shown["variants"]] == [[0, 1, 2]] * 2
    run = path / stored["variants"][1]["result"]["run"]
    (run / "result.json").write_text((run / "result.json").read_text().replace("true", "false"))
    code, _, err = cli("show", path.name)
    assert (code, "result.json" in err) == (7, True)
    monkeypatch.setattr(directory, "MANY", 6)
    whole = tmp_path / cli(*command)[1].splitlines()[-1]
    assert "seeds" in json.loads((whole / "study.json").read_text())["variants"][0]["result"]


@pytest.mark.parametrize("folder", ["../outside", "/etc", "..", "", 3, None])
def test_a_comparison_names_only_runs_of_its_own(folder, cli, xor, tmp_path):
    code, out, _ = cli("compare", xor, "activation=tanh,relu", QUICK)
    assert code == 0
    path = tmp_path / out.splitlines()[-1]
    study = json.loads((path / "study.json").read_text())
    study["variants"][0]["result"] = {"run": folder, "name": "a", "status": "completed"}
    (path / "study.json").write_text(json.dumps(study))
    sums_again(path)
    code, out, err = cli("show", path.name)
    assert (code, out) == (7, "")
    assert "study.json: the run of variant tanh is missing" in err


def test_a_plan_that_could_not_be_read_is_refused_before_anything_is_written(cli, xor, tmp_path, monkeypatch):
    monkeypatch.setattr(files, "LONGEST", 5000)
    for more in ([], ["--dry-run"]):
        code, out, err = cli("sweep", xor, "training.learning_rate=log(1e-3,1,9)", QUICK, *more)
        assert (code, out) == (2, "")
        assert "plan.json: it would have 0 MB, too large to be read again. Draw fewer trials with --random N" in err
    assert not (tmp_path / "runs").exists()
    assert cli("sweep", xor, "training.learning_rate=log(1e-3,1,9)", QUICK, "--random", "2")[0] == 0


def test_seeds_stay_a_range_wherever_they_are_written(cli, xor, tmp_path):
    code, _, _ = cli("sweep", xor, "training.learning_rate=0.1,0.2", QUICK, "--seeds", "1000-1002", "-q")
    assert code == 0
    (folder,) = (tmp_path / "runs").iterdir()
    plan = json.loads((folder / "plan.json").read_text())
    assert [trial["config"]["seeds"] for trial in plan["trials"]] == ["1000-1002"] * 2
    (run, _) = [path for path in folder.iterdir() if path.is_dir()]
    assert 'seeds: "1000-1002"' in (run / "config.yaml").read_text()
    assert json.loads((run / "result.json").read_text())["seeds"] == [1000, 1001, 1002]
    weights = json.loads((run / "result.json").read_text())["weights_sha256"]
    assert cli("verify", str(run))[0] == 0
    listed = json.loads(cli("train", str(run / "config.yaml"), "seeds=[1000,1001,1002]", "--json")[1])
    assert listed["weights_sha256"] == weights


@pytest.mark.parametrize(
    ("seeds", "expected"),
    [
        ("0-0", [0]),
        ("007-9", [7, 8, 9]),
        ("9223372036854775806-9223372036854775807", [2**63 - 2, 2**63 - 1]),
        ("9-7", "'9-7' is not a range of seeds. Write the first and the last"),
        ("0-100000", "'0-100000' is not a range of seeds"),
        ("9223372036854775807-9223372036854775808", "is not a range of seeds"),
        ("1-2-3", "'1-2-3' is not a count of seeds or a list of seeds"),
    ],
)
def test_ranges_of_seeds(seeds, expected, cli, xor):
    code, out, err = cli("train", xor, "--seeds", seeds, QUICK, "--json")
    if isinstance(expected, list):
        assert (code, json.loads(out)["seeds"]) == (0, expected)
        assert json.loads(cli("train", xor, f"seeds={seeds}", QUICK, "--json")[1])["seeds"] == expected
    else:
        assert (code, expected in err) == (2, True), err
