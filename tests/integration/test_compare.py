"""`nncli compare` as a user types it."""

from __future__ import annotations

import csv
import io
import json
import signal
import time

import pytest

QUICK = "training.epochs=40"
AXES = {
    "activations": ["activation=tanh,relu,gelu"],
    "numbers in one stack": ["training.learning_rate=log(1e-3,1,4)", "regularizer.l2=1e-3,1e-1"],
    "parts": ["regularizer=none,{l2: 1e-3},{dropout: 0.2}", "training.batch_size=3"],
    "architectures": ["architecture=[4],[8],[4,4]"],
    "optimizers": ["training.optimizer=sgd,momentum,adam", "dtype=float64"],
    "options of an optimizer": ["training.optimizer.beta1=0,0.5,0.9"],
    "gain": ["initializer={he_normal: {gain: 1}},{he_normal: {gain: 2}}", "training.clip_norm=1"],
}


def compare(cli, xor, *arguments, code=0):
    found, out, err = cli("compare", xor, *arguments, QUICK, "--json", "--quiet")
    assert (found, err) == (code, "")
    return json.loads(out)


@pytest.mark.parametrize("case", AXES)
def test_weights_are_those_of_train(case, cli, xor):
    study = compare(cli, xor, *AXES[case], "--seeds", "3")
    assert len(study["variants"]) > 1
    for variant in study["variants"]:
        code, out, _ = cli("train", xor, *variant["overrides"], "--json")
        assert code in (0, 5)
        assert json.loads(out)["weights_sha256"] == variant["result"]["weights_sha256"]


def test_numbers_train_in_one_stack(cli, xor):
    study = compare(cli, xor, "training.learning_rate=0.1,0.2,0.3", "--seeds", "2")
    results = [variant["result"] for variant in study["variants"]]
    (stack,) = {(r["stack"]["runs"], r["stack"]["seeds"], r["stack"]["training"]) for r in results}
    assert stack[:2] == (3, 6)
    assert sum(r["seconds"]["training"] for r in results) == pytest.approx(stack[2], abs=1e-5)
    for result in results:
        pace = sum(result["steps"]) / result["seconds"]["training"]
        assert pace == pytest.approx(result["steps_per_second"], rel=1e-3)


LOSING = ["regularizer={l2: 0.01}", "training.optimizer=sgd", "training.stop.solved=false", "training.epochs=250"]


def test_a_seed_that_loses_its_solution_is_unsolved_everywhere(cli, xor, tmp_path):
    axis, seeds = "training.learning_rate=3,1", ["--seeds", "12", "-q"]
    compared = json.loads(cli("compare", xor, axis, *LOSING, *seeds, "--json")[1])
    searched = json.loads(cli("sweep", xor, axis, *LOSING, *seeds, "--json")[1])
    solved = {label["label"]: label["solve_rate"]["solved"] for label in compared["comparison"]["variants"]}
    assert {row["values"][0]: row["solve_rate"]["solved"] for row in searched["leaderboard"]} == solved
    assert [row["values"] for row in searched["leaderboard"]] == [["1"], ["3"]]
    fast = compared["variants"][0]["result"]
    reached = [epoch for epoch in fast["solved_epoch"] if epoch is not None]
    assert sum(fast["solved"]) == solved["3"] < len(reached)
    assert compared["comparison"]["variants"][0]["epochs_to_solve"]["median"] is None
    lost = searched["leaderboard"][1]["lost"]
    assert lost["seeds"] == len(reached) - solved["3"] > 0
    first, last = lost["epochs"]
    said = f"{lost['seeds']} seeds reached a solution in epochs {first}–{last}, lost it again"
    for study in (compared, searched):
        assert said in cli("show", study["study"])[1]
        with open(tmp_path / "runs" / study["study"] / "results.csv", encoding="utf-8", newline="") as file:
            assert sum(row["solved"] == "True" for row in csv.DictReader(file)) == sum(solved.values())
    code, out, _ = cli("train", xor, "training.learning_rate=3", *LOSING, *seeds)
    assert code == 0
    assert f"solved      {solved['3']} of 12" in (shown := cli("show", out.strip())[1])
    assert said in shown
    claim = f"solve_rate[3] == {solved['3'] / 12!r}"
    assert cli("compare", xor, axis, *LOSING, *seeds, "--expect", claim)[0] == 0


def test_without_an_axis_the_activations_are_compared(cli, xor):
    study = compare(cli, xor, "--seeds", "2")
    labels = [variant["label"] for variant in study["variants"]]
    assert {"tanh", "relu", "gelu"} <= set(labels)
    assert not {"step", "linear", "softmax"} & set(labels)


def test_a_study_has_its_files_and_is_shown_from_them_alone(cli, xor, tmp_path):
    code, out, err = cli("compare", xor, "activation=tanh,relu", "--seeds", "3", QUICK)
    assert (code, err) == (0, "")
    path = tmp_path / out.splitlines()[-1]
    assert {p.name for p in path.iterdir() if p.is_file()} == {"lock", "study.json", "results.csv", "table.md"}
    runs = [p for p in path.iterdir() if p.is_dir()]
    assert sorted(p.name.rsplit("-", 2)[0] for p in runs) == ["xor-relu", "xor-tanh"]
    rows = list(csv.DictReader(io.StringIO((path / "results.csv").read_text())))
    assert [(row["variant"], row["seed"]) for row in rows] == [(v, s) for v in ("tanh", "relu") for s in "012"]
    assert "| tanh |" in (path / "table.md").read_text()
    assert cli("show", path.name) == (0, out, "")
    assert cli("show", str(path))[1].splitlines()[:-1] == out.splitlines()[:-1]


def test_finished_runs_give_the_same_table(cli, xor):
    study = compare(cli, xor, "activation=tanh,relu", "--seeds", "4")
    for activation in ("tanh", "relu"):
        assert cli("train", xor, f"activation={activation}", "seeds=4", QUICK, "--name", activation, "-q")[0] == 0
    code, out, err = cli("compare", "tanh", "relu", "--json")
    assert (code, err) == (0, "")
    assert json.loads(out)["comparison"] == study["comparison"]


@pytest.mark.parametrize(("form", "first"), [("--csv", "variant,seed,"), ("--markdown", "# compare-xor-activation-")])
def test_other_forms(form, first, cli, xor):
    code, out, err = cli("compare", xor, "activation=tanh,relu", "--seeds", "2", QUICK, form)
    assert (code, err) == (0, "")
    assert out.startswith(first)


def test_eighty_columns(cli, xor):
    _, out, _ = cli("compare", xor, "activation=tanh,relu,leaky_relu", "--seeds", "50", QUICK)
    assert max(map(len, out.splitlines()[:-1])) <= 80


CLAIMS = [
    ("solve_rate[tanh] >= 0", None),
    ("solve_rate[tanh] > 2", "expected solve_rate[tanh] > 2, but solve_rate[tanh] is "),
    ("p[tanh,tanh] == 1", None),
    ("p[tanh,relu] < 0", "but p[tanh,relu] is "),
    ("train_loss[relu] < 100", None),
    ("epochs_to_solve[relu] < 0", "but epochs_to_solve[relu] is "),
]


@pytest.mark.parametrize(("claim", "words"), CLAIMS)
def test_claims(claim, words, cli, xor):
    code, _, err = cli("compare", xor, "activation=tanh,relu", "--seeds", "4", QUICK, "--expect", claim)
    assert code == (0 if words is None else 8)
    assert (err == "") if words is None else (words in err)


MISTAKES = [
    (
        ["activation=tanh,rleu", "initializer=he_nromal,zeros"],
        ["activation=rleu", "he_nromal", "2 errors; nothing was"],
    ),
    (["activation=tanh,relu", "--baseline", "tnah"], ["--baseline", "Did you mean 'tanh'?"]),
    (["activation=tanh,relu", "--expect", "solve_rate[rleu] > 0"], ["Did you mean 'relu'?"]),
    (["activation=tanh,relu", "--expect", "solved[relu] > 0"], ["unknown quantity 'solved'"]),
    (["activation=tanh,relu", "--expect", "p[relu] > 0"], ["wants two variants"]),
    (["activation=tanh,relu", "--expect", "nonsense"], ["is not a claim"]),
    (["seeds=3,4"], ["different seeds"]),
    (["training.learning_rate=log(0,1,3)"], ["is not a range"]),
    (["training.learning_rate=log(1e-9,1,10001)"], ["is not a range"]),
]


@pytest.mark.parametrize(("arguments", "words"), MISTAKES, ids=[" ".join(row[0]) for row in MISTAKES])
def test_mistakes_are_told_before_anything_trains(arguments, words, cli, xor, tmp_path):
    code, out, err = cli("compare", xor, *arguments)
    assert (code, out) == (2, "")
    assert all(word in err for word in words)
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(("number", "expected"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_comparison_says_so_and_gives_no_verdict(number, expected, start, xor, tmp_path):
    process = start("compare", xor, "activation=tanh,relu", "training.epochs=10000000", "training.stop.solved=false")
    for _ in range(1000):
        if list(tmp_path.glob("runs/*/*/metrics.csv")):
            break
        time.sleep(0.02)
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (expected, "")
    assert "interrupted: 0 of 2 variants are trained" in err
    assert not list(tmp_path.glob("runs/*/study.json"))
