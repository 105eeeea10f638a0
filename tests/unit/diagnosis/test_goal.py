"""What a run should have reached."""

import numpy as np
import pytest
from results import made_result

from nncli.diagnosis.goal import FEWEST, Goal
from nncli.diagnosis.held_out import gap_text
from nncli.tasks import TaskData


def _rows(n: int) -> TaskData:
    x = np.random.default_rng(0).normal(size=(n, 2))
    return TaskData("binary", x, (x[:, :1] > 0).astype(float), ("x1", "x2"), ("y",))


@pytest.mark.parametrize(("rows", "solve"), [(FEWEST - 1, True), (FEWEST, False)])
def test_a_handful_of_rows_has_to_be_solved_as_no_simple_model_is_a_guide(rows, solve):
    goal = Goal(_rows(rows))
    assert goal.has_to_solve is solve
    assert goal.reached({"train_accuracy": 1.0}, solved=False) is not solve
    assert goal.reached({"train_accuracy": 1.0}, solved=True)


def test_a_sample_has_to_reach_what_a_simple_model_does_on_rows_left_out():
    goal = Goal(_rows(200))
    assert goal.chance < 0.65 < 0.9 < goal.wanted < goal.reference <= 1
    assert not goal.reached({"train_accuracy": 0.7}, solved=False)
    assert not goal.reached({"train_accuracy": None}, solved=False)


def test_a_gap_to_rows_held_out_is_told_where_there_is_one():
    metrics = {"train_loss": [0.054, 0.056], "train_accuracy": [0.98, 0.98], "test_accuracy": [0.95, 0.95]}
    found = made_result(seeds=[0, 1], metrics=metrics | {"test_loss": [0.23, 0.25]})
    said = "the test rows are predicted less well than those of training: a loss of 0.2400 instead of 0.05500, "
    assert gap_text(found, "accuracy") == f"{said}accuracy 95 % instead of 98 % (medians)"
    assert gap_text(made_result(seeds=[0, 1], metrics=metrics | {"test_loss": [0.05, 0.05]}), "accuracy") == ""
    assert gap_text(made_result(seeds=[0, 1], metrics=metrics), "accuracy") == ""
