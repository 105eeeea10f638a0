"""Small comforts of the command line: what was probably meant, and what is known of a run that was killed."""

from __future__ import annotations

import json
import re

import pytest
import yaml

from nncli.config.catalog import CATALOG
from nncli.registry import doc_of, options_of
from nncli.tasks import tasks


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("parity", "'parity' is a task: nncli list tasks parity.\n"),
        ("relu", "'relu' is an activation: nncli list activations relu.\n"),
        (
            "dropout",
            "'dropout' is a layer and a regularizer: nncli list layers dropout, nncli list regularizers dropout.\n",
        ),
        ("step", "'step' is a task, an activation and a schedule: nncli list tasks step, nncli list activations step,"),
        ("rleu", "unknown kind 'rleu'. Known: tasks, layers"),
    ],
)
def test_list_of_a_part_without_its_kind(kind, said, cli):
    code, out, err = cli("list", kind)
    assert (code, out) == (2, "")
    assert err.startswith(said)


@pytest.mark.parametrize(
    ("config", "hint"),
    [
        ("xor", " Did you mean 'xor.yaml'?"),
        ("parity4", " Did you mean 'configs/parity4.yaml'?"),
        ("parity4.yaml", " Did you mean 'configs/parity4.yaml'?"),
        ("configs/parity4", " Did you mean 'configs/parity4.yaml'?"),
        ("configs/xr.yml", " Did you mean 'configs/xor.yaml'?"),
        ("elsewhere/xor.yaml", ""),
    ],
)
def test_a_config_without_its_folder_or_ending(config, hint, cli, write, tmp_path):
    (tmp_path / "configs").mkdir()
    for name in ("xor.yaml", "configs/xor.yaml", "configs/parity4.yaml"):
        write("task: xor\n", name)
    assert cli("train", config) == (2, "", f"{config}: no such file.{hint}\n")


def test_two_configs(cli, write):
    code, out, err = cli("train", write("task: xor\n", "a.yaml"), write("task: xor\n", "b.yaml"))
    assert (code, out) == (2, "")
    assert err.endswith("b.yaml: a second config. Give one config at a time.\n")


@pytest.mark.parametrize("task", tasks.names())
def test_new_writes_the_options_of_the_task(task, cli, tmp_path):
    cli("new", "mine", "--task", task)
    text = (tmp_path / "mine.yaml").read_text()
    given = yaml.safe_load(text)["task"]
    assert list(given[task]) == list(options_of(tasks.get(task)))
    in_one_line = re.sub(r"\n *# ", " ", text)
    for name, option in options_of(tasks.get(task)).items():
        assert f" {option.help}\n    {name}: " in in_one_line
    assert max(map(len, text.splitlines())) <= 80


def test_new_says_how_to_train_the_very_file(cli, tmp_path):
    (tmp_path / "my configs").mkdir()
    code, out, _ = cli("new", "my configs/mine")
    assert (code, out) == (0, "my configs/mine.yaml\nnext: nncli train 'my configs/mine.yaml'\n")
    assert "nncli train 'my configs/mine.yaml' " in (tmp_path / "my configs" / "mine.yaml").read_text()


@pytest.mark.parametrize("plural", CATALOG)
def test_list_speaks_to_users(plural, cli):
    for name in CATALOG[plural]:
        text = json.loads(cli("list", plural, name, "--json")[1])["documentation"]
        assert "UserError" not in text
        assert "Source: " in text or "Source: " not in doc_of(CATALOG[plural].get(name))


def records(cli, *arguments):
    return {record["name"]: record for record in json.loads(cli("runs", "--json", *arguments)[1])["runs"]}


@pytest.mark.parametrize("seeds", ["3", "[5, 9, 2]"])
def test_what_is_known_of_a_killed_run(seeds, train, xor, cli):
    run = train(xor, f"seeds={seeds}", "task={parity: {bits: 3}}", "name=killed", "training.epochs=20").path
    finished = records(cli)["killed"]
    (run / "result.json").unlink()
    unknown = {"status": "interrupted", "solved": None, "parameters": None}
    assert finished["loss"] is not None
    assert records(cli)["killed"] == finished | unknown  # 20 epochs are all recorded
    assert "parity" in cli("runs")[1]
    lines = (run / "metrics.csv").read_text().splitlines(keepends=True)
    (run / "metrics.csv").write_text("".join(lines[:4]))
    assert records(cli)["killed"]["epochs"] == 0


@pytest.mark.parametrize(
    ("file", "text", "known"),
    [
        ("metrics.csv", "seed,epoch,train_loss\n0,1,x\n", {"task": "xor", "seeds": 1}),
        ("metrics.csv", "", {"task": "xor", "seeds": 1}),
        (
            "metrics.csv",
            "seed,epoch,train_loss\n0,1,nan\n1,1,0.5\n",
            {"task": "xor", "seeds": 1, "epochs": 1, "loss": 0.5},
        ),
        ("config.yaml", "task: [", {}),
        ("config.yaml", "7\n", {}),
    ],
)
def test_damage_hides_only_itself(file, text, known, train, xor, cli):
    run = train(xor, "name=killed").path
    (run / "result.json").unlink()
    (run / file).write_text(text)
    unknown = dict.fromkeys(("task", "seeds", "solved", "loss", "epochs", "parameters"))
    assert records(cli)["killed"].items() >= (unknown | known).items()


def test_the_newest_runs(train, xor, cli):
    for name in ("first", "second", "third"):
        train(xor, f"name={name}", "training.epochs=1")
    assert list(records(cli, "-n", "2")) == ["third", "second"]
    assert list(records(cli, "--limit", "9")) == ["third", "second", "first"]
    assert "first" not in cli("runs", "-n", "2")[1]
    assert "first" not in cli("runs", "--csv", "-n", "2")[1]
    assert cli("runs", "-n", "0")[0] == 2
