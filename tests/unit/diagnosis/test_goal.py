"""What a run should have reached."""

import numpy as np
import pytest

from nncli.diagnosis.goal import FEWEST, Goal
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
