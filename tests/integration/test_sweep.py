"""`nncli sweep` as a user types it."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import signal
import time

import pytest
from conftest import unfolded
from samples import crossed, seldom

from nncli.nn.activations import activations
from nncli.studies.executors.processes import Processes

QUICK = "training.epochs=40"
FILES = ("plan.json", "leaderboard.csv", "results.csv", "table.md", "study.json")


@pytest.fixture
def sweep(cli, xor):
    """Runs `nncli sweep` on the first lesson: what `--json` prints."""

    def run(*arguments, code=0):
        found, out, err = cli("sweep", xor, *arguments, QUICK, "--json", "--quiet")
        assert found == code, err
        return json.loads(out)

    return run


def folder(tmp_path):
    (path,) = (tmp_path / "runs").glob("sweep-*")
    return path


def files(path):
    """The bytes of all that a sweep says of itself."""
    return {name: (path / name).read_bytes() for name in FILES}


def test_weights_are_those_of_train(sweep, cli, xor, tmp_path):
    study = sweep("training.learning_rate=0.01,0.1", "activation=tanh,relu", "--seeds", "3")
    assert (study["trials"], study["done"], study["failures"]) == (4, 4, [])
    with open(folder(tmp_path) / "results.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in study["leaderboard"]:
        changes = [f"{key}={value}" for key, value in zip(study["axes"], row["values"], strict=True)]
        _, out, _ = cli("train", xor, *changes, QUICK, "--seeds", "3", "--json")
        hashes = [r["weights_sha256"] for r in rows if r["trial"] == row["trial"]]
        assert json.loads(out)["weights_sha256"] == hashes


def test_the_same_command_trains_only_what_is_missing(cli, xor, tmp_path):
    command = ["sweep", xor, "training.learning_rate=0.01,0.1", "activation=tanh,relu", "--seeds", "2", QUICK]
    code, first, err = cli(*command)
    assert (code, err) == (0, "")
    path = folder(tmp_path)
    before, runs = files(path), {run.name for run in path.glob("xor-*")}
    cut_short, damaged = sorted(runs)[:2]
    (path / cut_short / "result.json").unlink()
    (path / damaged / "result.json").write_text("{")
    for name in FILES[1:]:
        (path / name).unlink()
    code, out, err = cli(*command)
    assert (code, out) == (7, "")
    assert f"{damaged}/result.json: not valid JSON" in err
    assert "Move its folder away" in err
    shutil.move(path / damaged, tmp_path)
    runs.remove(damaged)
    code, again, err = cli(*command)
    assert (code, err) == (0, "2 of 4 trials were already done\n")
    assert again == first
    assert files(path) == before
    new = {run.name for run in path.glob("xor-*")} - runs
    assert {name.split("-")[1] for name in new} == {cut_short.split("-")[1], damaged.split("-")[1]}
    assert cli(*command)[2] == "4 of 4 trials were already done\n"
    assert {run.name for run in path.glob("xor-*")} == runs | new


def test_the_order_of_training_leaves_no_trace(sweep, tmp_path):
    arguments = ["training.learning_rate=0.01,0.1,1", "activation=tanh,relu", "--seeds", "2"]
    sweep(*arguments)
    path = folder(tmp_path)
    whole = files(path)
    for run in list(path.glob("xor-*"))[::2]:
        shutil.rmtree(run)
    sweep(*arguments)
    assert files(path) == whole


def test_a_plan_is_never_changed(cli, xor, sweep, tmp_path):
    sweep("activation=tanh,relu")
    plan = folder(tmp_path) / "plan.json"
    plan.write_text(plan.read_text().replace("tanh", "gelu"))
    code, out, err = cli("sweep", xor, "activation=tanh,relu", QUICK)
    assert (code, out) == (7, "")
    assert "this is not the plan that was written" in err


def test_two_sweeps_of_one_plan_do_not_meet(cli, xor, sweep, tmp_path):
    from nncli.storage.lock import Lock

    sweep("activation=tanh,relu")
    lock = Lock.acquire(folder(tmp_path) / "lock")
    try:
        code, _, err = cli("sweep", xor, "activation=tanh,relu", QUICK)
    finally:
        lock.release()
    assert code == 4
    assert re.search(r": process \d+ on .* is writing here\.", err)


def test_it_is_shown_from_its_files_alone_even_if_unfinished(cli, xor, sweep, tmp_path):
    study = sweep("activation=tanh,relu,gelu")
    path = folder(tmp_path)
    code, out, _ = cli("show", path.name, "--json")
    assert (code, json.loads(out)) == (0, study)
    (path / "study.json").unlink()
    shutil.rmtree(next(path.glob("xor-*")))
    code, out, err = cli("show", path)
    assert (code, err) == (0, "")
    assert "2 of 3 trials are done" in out


def test_a_dry_run_says_what_would_be_done_and_does_nothing(cli, xor, sweep, tmp_path):
    arguments = ["activation=tanh,relu", "training.learning_rate=0.1,0.2", "--seeds", "2"]
    code, out, err = cli("sweep", xor, *arguments, QUICK, "--dry-run")
    assert (code, err) == (0, "")
    assert "4 trials to train in 2 stacks" in out
    assert not (tmp_path / "runs").exists()
    plan = sweep(*arguments, "--dry-run")
    assert [row["done"] for row in plan["plan"]] == [False] * 4
    assert 0 < plan["seconds"] < 60
    assert plan["bytes"] > 1e7
    sweep(*arguments)
    plan = sweep(*arguments, "--dry-run")
    assert [row["done"] for row in plan["plan"]] == [True] * 4
    assert plan["study"] == folder(tmp_path).name


def test_a_random_sample_is_one_of_the_grid_and_of_its_seed(sweep):
    grid = ["training.learning_rate=log(1e-4,1,20)", "regularizer.l2=linear(0,1,40)"]
    plans = [sweep(*grid, "--random", "5", "--seed", seed, "--dry-run")["plan"] for seed in "001"]
    assert plans[0] == plans[1] != plans[2]
    assert len({row["trial"] for row in plans[0]}) == 5
    whole = sweep("activation=tanh,relu", "dtype=float32,float64", "--random", "4", "--dry-run")["plan"]
    assert [row["values"] for row in whole] == [[a, d] for a in ("tanh", "relu") for d in ("float32", "float64")]


def test_equal_configs_are_one_trial(sweep):
    plan = sweep("training.learning_rate=0.1,0.10,1e-1,0.2", "--dry-run")["plan"]
    assert [row["values"] for row in plan] == [["0.1"], ["0.2"]]


@pytest.mark.parametrize(
    ("sort", "key"),
    [
        (None, lambda row: -row["solve_rate"]["rate"]),
        ("solved", lambda row: -row["solve_rate"]["rate"]),
        ("epochs_to_solve", lambda row: row["epochs_to_solve"]["median"] or 1e9),
        ("train_loss", lambda row: row["metrics"]["train_loss"]["median"]),
        ("train_accuracy", lambda row: -row["metrics"]["train_accuracy"]["median"]),
    ],
)
def test_what_it_is_sorted_by(sort, key, sweep):
    study = sweep("training.learning_rate=0.3,0.003,0.03", "--seeds", "5", *(["--sort", sort] if sort else []))
    keys = [key(row) for row in study["leaderboard"]]
    assert keys == sorted(keys)
    assert len(set(keys)) > 1
    assert [row["rank"] for row in study["leaderboard"]] == [1, 2, 3]


@pytest.mark.parametrize(("sort", "values"), [("learning_rate", ["0.003", "0.03", "0.3"]), ("activation", None)])
def test_it_is_sorted_by_an_axis_and_ranked_as_ever(sort, values, sweep):
    axes = ("training.learning_rate=0.3,0.003,0.03", "activation=tanh,relu,gelu")
    study = sweep(axes[sort == "activation"], "--seeds", "5", "--sort", sort)
    usual = sweep(axes[sort == "activation"], "--seeds", "5")
    rows = study["leaderboard"]
    assert [row["values"][0] for row in rows] == (values or ["tanh", "relu", "gelu"])
    assert study["sort"].rpartition(".")[2] == sort
    assert study["measure"] == usual["measure"] == usual["sort"]
    assert sorted(rows, key=lambda row: row["rank"]) == usual["leaderboard"]


@pytest.mark.parametrize("sort", ["lerning_rate", "epoch", "training"])
def test_it_is_sorted_by_nothing_else(sort, cli, xor):
    code, out, err = cli("sweep", xor, "training.learning_rate=0.3,0.003", "--sort", sort)
    assert (code, out) == (2, "")
    assert f"--sort: unknown metric or axis '{sort}'" in err


@pytest.mark.parametrize(
    ("condition", "code", "said"),
    [
        ("solve_rate >= 0.5", 0, "held: solve_rate >= 0.5 (1 in trial "),
        ("epochs_to_solve < 3", 8, "expected epochs_to_solve < 3, but it is "),
        ("train_loss < 0.1", 0, "held: train_loss < 0.1 ("),
        ("solved >= 1", 2, "--expect: unknown metric 'solved'."),
    ],
)
def test_what_is_expected_of_the_best_trial(condition, code, said, cli, xor):
    found, _, err = cli("sweep", xor, "training.learning_rate=0.05,0.003", "--seeds", "5", "--expect", condition)
    assert (found, err[: len(said)]) == (code, said)


def test_held_out_rows_decide_and_diverged_seeds_are_last(cli, xor):
    sine = xor.with_name("sine.yaml")
    config = ["sweep", sine, "training.optimizer=sgd", "training.validation=0.2", "training.epochs=30"]
    code, out, _ = cli(*config, "training.learning_rate=1,0.01", "--seeds", "3", "--json")
    study = json.loads(out)
    assert (code, study["sort"]) == (0, "validation_loss")
    assert [row["values"] for row in study["leaderboard"]] == [["0.01"], ["1"]]
    assert [row["diverged"] for row in study["leaderboard"]] == [0, 3]
    assert study["leaderboard"][1]["metrics"]["validation_loss"]["median"] is None


@pytest.mark.parametrize(("form", "first"), [("--csv", "rank,trial,activation,seeds,"), ("--markdown", "# sweep-xor-")])
def test_other_forms(form, first, cli, xor, tmp_path):
    code, out, _ = cli("sweep", xor, "activation=tanh,relu", QUICK, form)
    assert code == 0
    name = "leaderboard.csv" if form == "--csv" else "table.md"
    assert out.startswith(first)
    assert out == (folder(tmp_path) / name).read_text()


def test_a_bug_in_one_trial_costs_only_that_one(cli, xor, tmp_path, monkeypatch):
    from nncli.experiments.train import run_stack
    from nncli.studies.executors import work_unit as unit

    calls = []

    def fragile(experiments, **given):
        calls.append(len(experiments))
        if any(e.training.learning_rate == 0.2 for e in experiments):
            raise ZeroDivisionError("planted")
        return run_stack(experiments, **given)

    command = ["sweep", xor, "training.learning_rate=0.1,0.2,0.3", QUICK, "--json"]
    with monkeypatch.context() as planted:
        planted.setattr(unit, "run_stack", fragile)
        code, out, err = cli(*command)
    study = json.loads(out)
    assert (code, calls) == (6, [3, 1, 1, 1])
    assert [row["values"] for row in study["leaderboard"]] == [["0.3"], ["0.1"]]
    (failure,) = study["failures"]
    assert failure["error"] == "ZeroDivisionError: planted"
    assert "planted" in (tmp_path / failure["log"]).read_text()
    assert failure["log"] in err
    assert "1 of 3 trials failed" in err
    code, out, err = cli(*command)
    assert (code, json.loads(out)["done"], err) == (0, 3, "2 of 3 trials were already done\n")


@pytest.mark.parametrize(("number", "jobs"), crossed([signal.SIGINT, signal.SIGTERM], ["1", "2"]))
def test_an_interrupted_sweep_says_how_to_go_on(number, jobs, start, xor, tmp_path):
    long = ["training.epochs=10000000", "training.stop.solved=false", "--jobs", jobs]
    process = start("sweep", xor, "activation=tanh,relu", *long)
    for _ in range(1000):
        if list(tmp_path.glob("runs/sweep-*/xor-*/metrics.csv")):
            break
        time.sleep(0.02)
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (128 + number, "")
    assert "interrupted: 0 of 2 trials are done. Run the same command to resume it" in unfolded(err)


def test_a_signal_to_the_whole_group_leaves_no_traceback(start, xor, tmp_path):
    """As Ctrl-C in a terminal, which reaches the workers too, from their first moment on."""
    long = ["training.epochs=10000000", "training.stop.solved=false", "--jobs", "2"]
    process = start("sweep", xor, "activation=tanh,relu", *long, start_new_session=True)
    while not list(tmp_path.glob("runs/sweep-*/logs/*")):
        assert process.poll() is None
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, "")
    assert len(unfolded(err).splitlines()) == 1


def test_show_keeps_the_order_and_the_failures(cli, xor, tmp_path, monkeypatch):
    from nncli.experiments.train import run_stack
    from nncli.studies.executors import work_unit as unit

    def fragile(experiments, **given):
        if any(e.defaults.activation == activations.get("relu")() for e in experiments):
            raise ZeroDivisionError("planted")
        return run_stack(experiments, **given)

    with monkeypatch.context() as planted:
        planted.setattr(unit, "run_stack", fragile)
        arguments = ["activation=tanh,relu,elu", QUICK, "--seeds", "2", "--sort", "train_accuracy", "--json"]
        code, out, _ = cli("sweep", xor, *arguments)
    assert code == 6
    code, shown, _ = cli("show", folder(tmp_path), "--json")
    assert (code, json.loads(shown)) == (0, json.loads(out))
    assert json.loads(shown)["failures"] != []


@pytest.mark.parametrize("command", seldom(["compare", "sweep"], "compare"))
def test_processes_give_the_bytes_of_one(command, cli, xor, tmp_path, monkeypatch):
    from nncli.studies.executors import choice

    arguments = [xor, "activation=tanh,relu", "training.learning_rate=0.1,0.2", "--seeds", "3", QUICK, "--csv"]
    alone = cli(command, *arguments, "--runs-dir", "alone", "--jobs", "1")
    monkeypatch.setattr(choice, "SMALL", 0.0)
    started = []
    monkeypatch.setattr(choice, "Processes", lambda slots: started.append(slots) or Processes(slots))
    assert cli(command, *arguments, "--runs-dir", "two", "--jobs", "2") == alone
    assert started == [2]
    (a,), (b,) = ((tmp_path / name).iterdir() for name in ("alone", "two"))
    assert (a / "results.csv").read_bytes() == (b / "results.csv").read_bytes()


@pytest.mark.parametrize("axes", [2, 3, 5])
def test_the_table_fits_80_columns_and_loses_nothing(axes, cli, xor):
    grid = [
        "training.learning_rate=0.123456,0.234567",
        "regularizer=none,{dropout: 0.25}",
        "architecture=[16],[32]",
        "initializer=he_normal,{normal: {std: 0.123}}",
        "training.batch_size=2,4",
    ]
    code, out, _ = cli("sweep", xor, *grid[:axes], "training.epochs=3", "--seeds", "2")
    assert code == 0
    *lines, _first, _path = out.splitlines()
    assert max(map(len, lines)) <= 80
    squeezed = re.sub(r"\s", "", "".join(lines))
    for text in ("{dropout:0.25}", "0.123456", "epochs", "loss"):
        assert squeezed.count(text) >= 1 or axes > 2
    assert sum(line.count("]") - line.count("[") for line in lines) == 0
