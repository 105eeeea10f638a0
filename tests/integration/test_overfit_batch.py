"""`nncli train --overfit-batch` as a user types it: whether a batch is memorized, and how its loss begins."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from nncli.config.load import load_document
from nncli.config.resolve import resolve
from nncli.diagnosis.overfit_batch import fit_one_batch
from nncli.seeds import Purpose, stream

CONFIGS = Path(__file__).parents[2] / "configs"


def config(name):
    return CONFIGS / f"{name}.yaml"


@pytest.fixture
def overfit(cli):
    """Runs `nncli train --overfit-batch --json`: the exit code, and the object."""

    def run(name, *overrides):
        code, out, _ = cli("train", config(name), *overrides, "--overfit-batch", "--json")
        return code, json.loads(out)

    return run


def test_it_memorizes_and_writes_no_run(cli, tmp_path):
    code, out, err = cli("train", config("xor"), "--seeds", "10", "--overfit-batch")
    assert (code, err, list(tmp_path.iterdir())) == (0, "", [])
    assert "all 4 rows" in out
    assert "by 10 of 10 seeds" in out
    assert "uniform outputs give ln 2 = 0.6931: as expected" in " ".join(out.split())
    assert cli("train", config("xor"), "--overfit-batch", "--quiet") == (0, "", "")


def test_a_batch_of_all_rows_is_memorized_in_the_step_in_which_training_solves_them(overfit, cli):
    _, found = overfit("xor", "seeds=4")
    _, out, _ = cli("train", config("xor"), "seeds=4", "--json")
    result = json.loads(out)
    assert [own["memorized_step"] for own in found["seeds"]] == result["solved_epoch"]
    assert [own["loss"] for own in found["seeds"]] == result["metrics"]["train_loss"]


def test_each_seed_has_the_batch_that_training_draws_first():
    """Of rows that are all alike but for one, only the seed whose batch holds that one sees a contradiction."""
    experiment = resolve(load_document(config("moons"), ["training.batch_size=40", "training.epochs=1", "seeds=8"]))
    train = experiment.splits.train
    train.inputs[...] = np.arange(len(train.inputs))[:, None]
    twins = stream(3, Purpose.SHUFFLE, 1).permutation(len(train.inputs))[:2]
    train.inputs[twins] = -1
    train.targets[twins] = [[0], [1]]
    found = fit_one_batch(experiment)
    assert (found.rows, found.own) == (40, True)
    assert {own.seed: own.contradictory for own in found.seeds}[3] == 2
    assert sum(own.contradictory > 0 for own in found.seeds) == 1


def test_rows_with_the_right_class_at_the_end_are_memorized(overfit):
    """After 600 steps, some seeds have every row on its side, though no output is yet within the tolerance."""
    code, found = overfit("moons", "training.epochs=40", "training.batch_size=20", "training.shuffle=false", "seeds=6")
    kinds = {(own["memorized_step"] is not None, own["score"] == 1, own["within_tolerance"]) for own in found["seeds"]}
    assert kinds == {(True, True, False), (False, False, False)}
    assert {own["steps"] for own in found["seeds"]} == {found["most_steps"]}
    assert (code, found["memorized"]) == (8, False)


def test_regularization_is_off_and_said_to_be(overfit):
    settings = ("task=blobs", "architecture=[16, 16]", "training.epochs=100")
    strong = ("regularizer={dropout: 0.9, l2: 10}", "training.optimizer={adamw: {weight_decay: 5}}")
    code, found = overfit("moons", *settings, *strong)
    assert (code, found["memorized"]) == (0, True)
    assert found["switched_off"] == ["l2 10", "dropout 0.9", "weight decay 5"]
    _, plain = overfit("moons", *settings)
    assert plain["switched_off"] == []
    (mine,), (others,) = found["seeds"], plain["seeds"]
    assert mine["first"] == others["first"]  # the same first weights
    assert mine["memorized_step"] == pytest.approx(others["memorized_step"], abs=1)  # and steps; seen one step earlier


@pytest.mark.parametrize(
    ("name", "overrides", "sentence"),
    [
        ("moons", ["training.learning_rate=1e-7", "training.epochs=3"], "after 18 steps, accuracy"),
        ("sine", ["training.optimizer=sgd", "training.learning_rate=100"], "diverged in step"),
        ("perceptron_xor", ["training.batch_size=all"], "accuracy 50 %"),
    ],
)
def test_what_cannot_memorize_exits_with_8(cli, name, overrides, sentence):
    code, out, _ = cli("train", config(name), *overrides, "--overfit-batch")
    assert code == 8
    assert sentence in " ".join(out.split())
    assert max(map(len, out.splitlines())) <= 80
    assert ("nncli lr-find" in out) == (name != "perceptron_xor")
    assert "learning_rate=" not in out.partition("\ntry ")[2]


@pytest.mark.parametrize(
    ("name", "overrides", "uniform", "verdict"),
    [
        ("moons", ["task={blobs: {classes: 10}}", "output.initializer=zeros"], math.log(10), "as expected"),
        (
            "moons",
            ["task={blobs: {classes: 10}}", "output.initializer={normal: {std: 9}}"],
            math.log(10),
            "far from uniform",
        ),
        ("moons", ["output.initializer=zeros"], math.log(2), "as expected"),
        ("sine", [], None, None),
    ],
)
def test_the_first_loss_is_that_of_uniform_outputs_or_explained(overfit, name, overrides, uniform, verdict):
    _, found = overfit(name, *overrides, "training.epochs=1")
    first = found["seeds"][0]["first"]
    assert found["uniform_loss"] == (uniform and pytest.approx(uniform))
    assert (first and first["verdict"]) == verdict
    if verdict == "as expected":
        assert first["loss"] == pytest.approx(uniform, rel=1e-6)
        assert first["spread"] == 0


def test_the_loss_of_unrelated_targets_is_the_mean_over_their_orders():
    from nncli.diagnosis.overfit_batch import _first_loss

    rng = np.random.default_rng(0)
    z, y = 3 * rng.standard_normal((200, 4)), np.eye(4)[rng.integers(0, 4, 200)]

    def loss(targets):
        return float(np.mean(np.logaddexp.reduce(z, axis=1) - (z * targets).sum(axis=1)))

    shuffled = [loss(y[rng.permutation(200)]) for _ in range(400)]
    assert _first_loss(loss(y), z, y, softmax=True).of_outputs == pytest.approx(np.mean(shuffled), abs=0.03)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["training.epochs=0"], "this config trains for 0 epochs"),
        (["--name", "mine"], "--overfit-batch writes no run, so --name has no use"),
        (["--expect", "solved == true"], "so --expect has no use"),
        (["--runs-dir", "elsewhere"], "so --runs-dir has no use"),
    ],
)
def test_wrong_input(cli, arguments, sentence):
    code, out, err = cli("train", config("xor"), "--overfit-batch", *arguments)
    assert (code, out) == (2, "")
    assert sentence in err
