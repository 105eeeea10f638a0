"""Whether what was expected of a run, an evaluation or a sweep holds, and how that is said."""

from __future__ import annotations

from dataclasses import replace

import pytest
from results import made_result

from nncli.analysis.comparison_record import SolveRate
from nncli.analysis.conditions import parse_condition
from nncli.analysis.sweep_record import LeaderboardRow, Spread, SweepStudy
from nncli.report.expectations import expected_of_all, expected_of_run, expected_of_sweep

RUN = made_result(
    seeds=[0, 1, 2],
    solved=[True, False, False],
    epochs=[113, 500, 500],
    metrics={"train_loss": [0.0213, 0.34657, None], "train_accuracy": [1.0, 0.5, 0.25]},
)
NO_SPREAD = Spread(None, None, None)
SECOND = LeaderboardRow(2, "b", ("1",), 20, SolveRate(10, 20, 0.5, (0.3, 0.7)), NO_SPREAD, 0, None, {})
FIRST = LeaderboardRow(
    rank=1,
    trial="a",
    values=("2",),
    seeds=20,
    solve_rate=SolveRate(19, 20, 0.95, (0.76, 0.99)),
    epochs_to_solve=Spread(41, 33, None),
    diverged=0,
    lost=None,
    metrics={"train_loss": Spread(0.25, 0.2, 0.3)},
)
STUDY = SweepStudy(
    study="sweep-xor",
    name="xor",
    axes=("training.learning_rate",),
    trials=2,
    seeds=20,
    done=2,
    epochs=500,
    sort="training.learning_rate",
    measure="solved",
    leaderboard=(SECOND, FIRST),
    failures=(),
)


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("train_accuracy >= 0.25", "held: train_accuracy >= 0.25 (3 seeds)"),
        ("train_accuracy == 1", "expected train_accuracy == 1, but seed 1 has 0.5000 (2 of 3 seeds)"),
        ("train_loss < 0.01", "expected train_loss < 0.01, but seed 0 has 0.02130 (3 of 3 seeds)"),
        ("train_loss < 1e30", "expected train_loss < 1e+30, but seed 2 has – (1 of 3 seeds)"),
        ("solved == true", "expected solved == 1, but seed 1 has false (2 of 3 seeds)"),
        ("solved >= 0", "held: solved >= 0 (3 seeds)"),
        ("epochs <= 500", "held: epochs <= 500 (3 seeds)"),
        ("epochs < 500", "expected epochs < 500, but seed 1 has 500 (2 of 3 seeds)"),
        ("parameters == 17", "held: parameters == 17 (17)"),
        ("parameters < 17", "expected parameters < 17, but it is 17"),
        ("solve_rate >= 0.3", "held: solve_rate >= 0.3 (0.3333)"),
        ("solve_rate > 0.5", "expected solve_rate > 0.5, but it is 0.3333"),
    ],
)
def test_of_a_run(condition, said):
    ((holds, sentence),) = expected_of_run(RUN, [parse_condition(condition)])
    assert (holds, sentence) == (said.startswith("held"), said)


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("solve_rate >= 0.9", "held: solve_rate >= 0.9 (0.9500 in trial a)"),
        ("epochs_to_solve < 40", "expected epochs_to_solve < 40, but it is 41 in trial a"),
        ("train_loss <= 0.25", "held: train_loss <= 0.25 (0.2500 in trial a)"),
    ],
)
def test_of_a_sweep_the_best_trial_counts(condition, said):
    ((holds, sentence),) = expected_of_sweep(STUDY, [parse_condition(condition)])
    assert (holds, sentence) == (said.startswith("held"), said)


def test_of_a_sweep_without_a_trial_nothing_holds():
    ((holds, sentence),) = expected_of_sweep(replace(STUDY, leaderboard=()), [parse_condition("solve_rate >= 0")])
    assert (holds, sentence) == (False, "expected solve_rate >= 0, but no trial has finished")


def test_of_an_evaluation():
    values = {"accuracy": [0.9, 0.8]}
    assert expected_of_all([3, 4], values, parse_condition("accuracy >= 0.8")) == (
        True,
        "held: accuracy >= 0.8 (2 seeds)",
    )
    assert expected_of_all([3, 4], values, parse_condition("accuracy > 0.8")) == (
        False,
        "expected accuracy > 0.8, but seed 4 has 0.8000 (1 of 2 seeds)",
    )
