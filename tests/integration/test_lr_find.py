"""`nncli lr-find` as a user types it, and whether its suggestion trains."""

from __future__ import annotations

import csv
import json
import shlex
import struct
import sys
from pathlib import Path

import numpy as np
import pytest

from nncli.analysis.best_rate import rank_rates
from nncli.config.load import load_document
from nncli.config.resolve import resolve
from nncli.diagnosis.learning_rates import find_learning_rate

ROOT = Path(__file__).parents[2]
CONFIGS = ROOT / "configs"
QUICK = ("training.epochs=100", "--seeds", "6")


def experiment(config, *overrides):
    return resolve(load_document(CONFIGS / f"{config}.yaml", overrides))


@pytest.fixture
def found(cli):
    """Runs `nncli lr-find --json`: the exit code, and the object."""

    def run(*arguments):
        code, out, _ = cli("lr-find", *arguments, "--json")
        return code, json.loads(out)

    return run


def test_the_suggestion_trains_when_pasted(cli, xor):
    code, out, err = cli("lr-find", xor, "--seeds", "6", "activation=sigmoid", "training.learning_rate=1e-6")
    assert (code, err) == (0, "")
    assert max(map(len, out.splitlines())) <= 80
    words = shlex.split(out.partition("\ntry ")[2].replace("\\\n", ""))
    assert "training.learning_rate=1e-6" not in words
    code, out, _ = cli(*words[1:], "seeds=100-105", "--json")
    assert json.loads(out)["solved"] == [True] * 6


def test_a_seed_finds_the_same_alone_as_with_others(found, xor):
    _, several = found(xor, *QUICK)
    code, alone = found(xor, QUICK[0], "--seeds", "[4]")
    assert code == 0
    assert (alone["suggestion"], alone["interval"]) != (None, [None, None])
    assert alone["interval"] is None  # one seed has none
    for mine, theirs in zip(alone["short_runs"], several["short_runs"], strict=False):
        assert mine["loss"][0] == theirs["loss"][4]
    assert alone["range_test"]["loss"][0] == several["range_test"]["loss"][4]


def test_each_short_run_is_a_run_with_that_rate(found, cli, xor):
    _, of_all = found(xor, *QUICK)
    own = next(own for own in of_all["short_runs"] if own["learning_rate"] == 0.1)
    _, out, _ = cli(
        "train", xor, f"training.epochs={of_all['epochs']}", "training.learning_rate=0.1", *QUICK[1:], "--json"
    )
    assert own["loss"] == json.loads(out)["metrics"]["train_loss"]
    assert own["solved_epoch"] == json.loads(out)["solved_epoch"]


def test_divergence_is_shown_and_is_not_an_error(found, cli):
    arguments = (CONFIGS / "sine.yaml", "training.optimizer={momentum: 0.9}", "training.epochs=20", "--seeds", "6")
    code, of_all = found(*arguments)
    assert code == 0
    assert of_all["short_runs"][-1]["diverged"] == 6
    assert of_all["short_runs"][-1]["loss"] == [None] * 6
    assert of_all["range_test"]["loss"][0][-1] is None
    assert "6/6" in cli("lr-find", *arguments)[1]


def test_where_the_best_rate_is_at_an_end_another_decade_is_tried(found, tmp_path):
    (tmp_path / "huge.csv").write_text("x,y\n" + "".join(f"{x},{1000 * x}\n" for x in range(1000, 1020)))
    huge = "task: {table: {file: huge.csv, target: y}}\narchitecture: []\ntraining: {optimizer: sgd, epochs: 100}\n"
    (tmp_path / "huge.yaml").write_text(huge)
    code, of_all = found("huge.yaml")
    assert code == 0
    assert of_all["suggestion"] < 1e-5
    assert of_all["at_end"] is None


def test_if_no_rate_trains_it_says_so(cli, xor):
    nothing = ("initializer=zeros", "output.initializer=zeros", "activation=relu", "--seeds", "2", "training.epochs=20")
    code, out, _ = cli("lr-find", xor, *nothing)
    assert code == 8
    assert "suggestion   none: no rate takes the loss below the one at the start" in out
    assert "try" not in out
    infinite = ("training.optimizer=sgd", "activation=relu", "initializer={normal: {std: 1e30}}", "training.epochs=5")
    code, out, _ = cli("lr-find", CONFIGS / "sine.yaml", *infinite)
    assert (code, "none: every rate diverges" in out) == (5, True)


def test_files(cli, xor, tmp_path):
    code, out, _ = cli("lr-find", xor, *QUICK, "--csv", "rates.csv", "--plot", "rates.png")
    assert (code, out.splitlines()[-2:]) == (0, ["rates.csv", "rates.png"])
    rows = list(csv.DictReader((tmp_path / "rates.csv").read_text().splitlines()))
    assert {row["test"] for row in rows} == {"short_run", "range_test"}
    assert len(rows) == 6 * (16 + 100)
    picture = (tmp_path / "rates.png").read_bytes()
    assert struct.unpack(">II", picture[16:24]) == (1400, 800)


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["training.epochs=0"], 2, "this config trains for 0 epochs"),
        (["--plot", "rates.jpeg"], 2, "rates.jpeg is not a picture"),
        (["--plot", "nowhere/rates.png"], 4, "the folder nowhere does not exist"),
        (["--csv", "nowhere/rates.csv"], 4, "the folder nowhere does not exist"),
        (["--sedes", "3"], 2, "--seeds"),
    ],
)
def test_wrong_input(cli, xor, arguments, code, sentence):
    given, out, err = cli("lr-find", xor, *arguments)
    assert (given, out) == (code, "")
    assert sentence in err


def test_the_perceptron_rule_has_nothing_to_find(cli):
    code, _, err = cli("lr-find", CONFIGS / "perceptron_and.yaml")
    assert code == 2
    assert "the perceptron rule has no best learning rate" in err


def test_a_schedule_runs_as_a_whole_in_a_short_run(found, cli):
    """So a rate is not judged by a warm-up that never ends."""
    arguments = (CONFIGS / "moons.yaml", "seeds=2")
    _, of_all = found(*arguments, "training.schedule={cosine: {warmup: 200}}")
    own = next(own for own in of_all["short_runs"] if own["learning_rate"] == 0.02)
    same = ("training.epochs=60", "training.schedule={cosine: {warmup: 40}}", "training.learning_rate=0.02", "--json")
    metrics = json.loads(cli("train", *arguments, *same)[1])["metrics"]
    larger = np.maximum(metrics["train_loss"], metrics["validation_loss"])
    assert own["loss"] == pytest.approx(list(larger), rel=1e-6)


def test_it_stops_when_asked_and_writes_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    from nncli.errors import UserError

    with pytest.raises(UserError) as error:
        find_learning_rate(experiment("xor"), lambda steps: True)
    assert error.value.code == 130
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "name",
    [
        *(pytest.param(name, marks=pytest.mark.slow) for name in ("xor", "sine")),
        *(
            pytest.param(name, marks=pytest.mark.exhaustive)
            for name in ("parity4", "sine momentum", "moons", "breast_cancer", "spirals_mlp")
        ),
    ],
)
def test_the_suggestion_is_as_good_as_the_best_of_a_grid(name, monkeypatch):
    """In solving and in the score of seeds that chose neither; how fast, `benchmarks/learning_rates.py` measures."""
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    sys.modules.pop("learning_rates", None)
    import learning_rates as benchmark

    chosen, rates = benchmark.readings(benchmark.case(name, benchmark.SEARCHED))
    whole = benchmark.train(benchmark.case(name, benchmark.SEARCHED), rates)
    grid = rates[int(np.argmin(rank_rates(whole["solved"], whole["loss"]).sum(axis=1)))]
    new = benchmark.train(benchmark.case(name, benchmark.JUDGED), [grid, chosen["suggestion"]])
    worse = benchmark.shortfalls({key: new[key][1] for key in new}, {key: new[key][0] for key in new})
    assert not worse.keys() & {"solving", "score"}
