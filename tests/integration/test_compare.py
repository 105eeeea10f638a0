"""`nncli compare` as a user types it."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import signal
import time
from pathlib import Path

import pytest
from samples import seldom

from nncli.errors import ExitCode, UserError
from nncli.storage.checksums import file_sha256

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


@pytest.mark.parametrize("case", seldom(AXES, "optimizers", "options of an optimizer"))
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
    said = f"{lost['seeds']} seeds reached a solution in epochs {first}–{last} and lost it again"
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


def test_a_study_has_its_files_and_is_shown_from_them_alone(cli, xor, tmp_path):
    code, out, err = cli("compare", xor, "activation=tanh,relu", "--seeds", "3", QUICK, "-q")
    assert (code, err) == (0, "")
    path = tmp_path / out.splitlines()[-1]
    assert {p.name for p in path.iterdir() if p.is_file()} == {
        "lock",
        "study.json",
        "results.csv",
        "table.md",
        "SHA256SUMS",
    }
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


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("threads:", "gone: 3\nthreads:", ""),
        (
            "    tolerance:",
            "    other:",
            "config.yaml: this is not the config of a run: training.stop.tolerance is missing.",
        ),
    ],
)
def test_runs_of_an_older_version_are_compared_if_all_is_there_that_this_needs(old, new, words, cli, xor, tmp_path):
    for activation in ("tanh", "relu"):
        assert cli("train", xor, f"activation={activation}", "seeds=2", QUICK, "--name", activation, "-q")[0] == 0
    for config in tmp_path.glob("runs/*/config.yaml"):
        sums = config.with_name("SHA256SUMS")
        before = file_sha256(config)
        config.write_text(config.read_text().replace(old, new))
        sums.write_text(sums.read_text().replace(before, file_sha256(config)))
    code, _, err = cli("compare", "tanh", "relu")
    assert code == (7 if words else 0)
    assert words in " ".join(err.split())


@pytest.mark.parametrize(("form", "first"), [("--csv", "variant,seed,"), ("--markdown", "# compare-xor-activation-")])
def test_other_forms(form, first, cli, xor):
    code, out, err = cli("compare", xor, "activation=tanh,relu", "--seeds", "2", QUICK, form, "-q")
    assert (code, err) == (0, "")
    assert out.startswith(first)


LONG = [
    ["activation=tanh,relu,leaky_relu", "--seeds", "50"],
    ["training.learning_rate=0.001,0.45", "architecture=[8]", "--seeds", "20"],
    ["architecture=[2],[16,16]", "training.optimizer=sgd,{adam: {beta1: 0.8}}", "--seeds", "20"],
    ["initializer={he_normal: {gain: 1}},{xavier_uniform: {gain: 2}},orthogonal", "dtype=float64", "--seeds", "20"],
    ["output.loss=mean_squared_error,binary_cross_entropy", "training.stop.solved=false", "--seeds", "20"],
]


@pytest.mark.parametrize("arguments", LONG, ids=[row[0].partition("=")[0] for row in LONG])
def test_eighty_columns(arguments, cli, xor):
    _, out, _ = cli("compare", xor, *arguments, QUICK, "--quiet")
    assert max(map(len, out.splitlines()[:-1])) <= 80
    assert not re.search(r"learning_ra$|p =?$|\bp$", out, re.MULTILINE), "no word, and no p-value, is taken apart"


NOISY = """
name: noisy
task: {sine: {noise: 0.2, samples: 40}}
architecture: [8]
training: {epochs: 30, validation: 0.3}
"""


@pytest.mark.parametrize(
    ("arguments", "measures", "words"),
    [
        (["output.loss=mean_squared_error,huber"], ["validation_r2"], "the loss functions differ"),
        (["output.loss={huber: {delta: 1}},{huber: {delta: 2}}"], ["validation_r2"], "the loss functions differ"),
        (["task.sine.seed=1,2"], ["validation_r2"], "unpaired: the rows differ"),
        (["training.validation=0.3,0.5"], ["validation_r2"], "unpaired: the rows differ"),
        (["training.standardize=false,true"], ["validation_loss"], ", paired "),
        (["regularizer=none,{l2: 0.1}"], ["validation_loss"], ", paired "),
        (["training.batch_size=4,8"], ["validation_loss"], ", paired "),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_only_what_means_the_same_is_compared(arguments, measures, words, cli, write):
    _, out, _ = cli("compare", write(NOISY), *arguments, "--seeds", "6", "-q")
    assert words in " ".join(out.split())
    _, out, _ = cli("show", out.splitlines()[-1], "--json")
    assert json.loads(out)["comparison"]["measures"] == measures


def test_runs_on_other_rows_do_not_pair(cli, tmp_path):
    """A table that lost its last row, and a loss that would be smaller for it."""
    for rows in (20, 19):
        lines = ["x,y", *(f"{i},{i * i % 7}" for i in range(rows))]
        (tmp_path / "rows.csv").write_text("\n".join(lines) + "\n")
        (tmp_path / "c.yaml").write_text(
            "task: {table: {file: rows.csv, target: y, kind: regression}}\ntraining: {epochs: 5}"
        )
        assert cli("train", "c.yaml", "seeds=6", "--name", f"rows{rows}", "-q")[0] == 0
    code, out, _ = cli("compare", "rows20", "rows19", "--json")
    comparison = json.loads(out)["comparison"]
    assert (code, comparison["measures"], comparison["paired"]) == (0, ["train_r2"], [True, False])
    assert "unpaired: the rows differ" in cli("compare", "rows20", "rows19")[1]


def test_epochs_of_other_batches_or_beyond_a_horizon_are_not_compared(cli, xor):
    _, out, _ = cli("compare", xor, "training.batch_size=2,4", "--seeds", "6", "-q", "training.epochs=100")
    assert "Epochs are not compared: the batch sizes" in out
    _, out, _ = cli("compare", xor, "training.epochs=50,100", "--seeds", "6", "-q")
    assert "Epochs to solve are compared up to epoch 50; later counts as unsolved." in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["activation=tanh,relu,gelu,elu,selu", "--seeds", "8"],
            "With 8 comparisons, a verdict needs at least 9 seeds",
        ),
        (["activation=tanh,relu", "--seeds", "6"], "With 2 comparisons, a verdict needs at least 7 seeds"),
        (["training.batch_size=2,4", "--seeds", "5"], "With 1 comparison, a verdict needs at least 6 seeds"),
        (["activation=tanh,relu", "--seeds", "7"], None),
    ],
)
def test_too_few_seeds_are_told_before_training(arguments, words, cli, xor):
    _, _, err = cli("compare", xor, *arguments, "training.epochs=2")
    assert (err == "") if words is None else err.startswith(words)


def test_the_p_of_a_claim_is_that_of_the_verdict(cli, xor):
    """Between two that are not the baseline it is that of the two alone, the same from both sides."""
    study = compare(cli, xor, "activation=tanh,relu,sigmoid", "--seeds", "12")
    relu = study["comparison"]["variants"][1]
    for claim, code in ((f"p[relu,tanh] == {relu['p']!r}", 0), ("p[relu,sigmoid] == p[sigmoid,relu]", 0)):
        arguments = ["activation=tanh,relu,sigmoid", "--seeds", "12", QUICK, "-q", "--expect", claim]
        assert cli("compare", xor, *arguments)[0] == code


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
    code, _, err = cli("compare", xor, "activation=tanh,relu", "--seeds", "4", QUICK, "-q", "--expect", claim)
    assert code == (0 if words is None else 8)
    assert (err == "") if words is None else (words in err)


LOSSES = "train_loss[mean_squared_error] < train_loss[binary_cross_entropy]"

MISTAKES = [
    (
        ["activation=tanh,rleu", "initializer=he_nromal,zeros"],
        ["activation=rleu", "he_nromal", "2 errors; nothing was"],
    ),
    (["activation=tanh,relu", "--baseline", "tnah"], ["--baseline", "Did you mean 'tanh'?"]),
    (["activation=tanh,relu", "--expect", "solve_rate[rleu] > 0"], ["Did you mean 'relu'?"]),
    (["activation=tanh,relu", "--expect", "solved[relu] > 0"], ["unknown quantity 'solved'"]),
    (["activation=tanh,relu", "--expect", "p[relu] > 0"], ["needs two variants"]),
    (["activation=tanh,relu", "--expect", "nonsense"], ["is not a condition"]),
    (["seeds=3,4"], ["different seeds"]),
    (
        ["activation=relu"],
        ["activation=relu leaves nothing to compare. Give it several values, as in activation=relu,elu"],
    ),
    (["activation=elu"], ["as in activation=elu,"]),
    (
        ["output.loss=mean_squared_error,binary_cross_entropy", "--expect", LOSSES],
        ["are not comparable: the loss functions differ"],
    ),
    (
        ["regularizer=none,{l2: 0.1}", "--expect", "objective[none] < objective[{l2: 0.1}]"],
        ["are not comparable: the penalties differ"],
    ),
    (
        ["training.batch_size=2,4", "--expect", "epochs_to_solve[2] < epochs_to_solve[4]"],
        ["so an epoch is not the same work"],
    ),
    (["training.learning_rate=log(0,1,3)"], ["is not a range"]),
    (["training.learning_rate=log(1e-9,1,10001)"], ["is not a range"]),
]


@pytest.mark.parametrize(("arguments", "words"), MISTAKES, ids=[" ".join(row[0]) for row in MISTAKES])
def test_mistakes_are_told_before_anything_trains(arguments, words, cli, xor, tmp_path):
    code, out, err = cli("compare", xor, *arguments)
    assert (code, out) == (2, "")
    assert all(word in err for word in words)
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["base", "nothing"], "'nothing' is no"),
        (["nothing", "base"], "'nothing' is no"),
        (["base"], "a single run cannot be compared"),
        (["nothing.yaml"], "nothing.yaml"),
    ],
)
def test_a_run_that_there_is_not(arguments, words, cli, xor):
    assert cli("train", xor, QUICK, "--name", "base", "-q")[0] == 0
    code, out, err = cli("compare", *arguments)
    assert code in (2, 4)
    assert out == ""
    assert err.startswith(words)


def test_without_an_axis_the_activations_are_compared_with_the_configs_own(cli, xor, write):
    own = write(xor.read_text().replace("activation: tanh", "activation: {leaky_relu: {slope: 0.01}}"))
    _, out, err = cli("compare", own, "seeds=9", "training.epochs=2", "--jobs", "1", "--json")
    study = json.loads(out)
    assert study["comparison"]["baseline"] == study["axes"][0]["values"][0] == "leaky_relu"
    assert study["axes"][0]["values"][1:3] == ["elu", "gelu"]
    assert not {"step", "linear", "softmax"} & {variant["label"] for variant in study["variants"]}
    assert "without linear (is the identity), softmax (couples the units), step (passes no gradient)" in err
    _, _, err = cli("compare", own, "seeds=2", "--baseline", "gel")
    assert err.startswith("--baseline: unknown variant 'gel'. Did you mean 'gelu'?")


def test_a_comparison_that_trained_nothing_leaves_no_folder(cli, xor, monkeypatch):
    def full(*_):
        raise UserError("the disk is full", code=ExitCode.FILES)

    for train, words in ((full, "the disk is full"), (lambda *_: [], "No run was written")):
        monkeypatch.setattr("nncli.studies.compare.train_trials", train)
        assert words in cli("compare", xor, "activation=tanh,relu", "seeds=2")[2]
        assert [*Path("runs").iterdir()] == []

    def gone(trials, path, *_):
        shutil.rmtree(path)
        return full()

    monkeypatch.setattr("nncli.studies.compare.train_trials", gone)
    assert "the disk is full" in cli("compare", xor, "activation=tanh,relu", "seeds=2")[2]


@pytest.mark.slow
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
    assert f"The runs are in {next(tmp_path.glob('runs/*')).relative_to(tmp_path)}" in err
    assert not list(tmp_path.glob("runs/*/study.json"))
