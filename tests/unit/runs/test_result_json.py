"""What a result says of its seeds."""

from __future__ import annotations

import pytest

from nncli.runs.result_json import lost_epochs, solving_epochs


@pytest.mark.parametrize(
    ("solved", "reason", "first", "epoch", "lost"),
    [
        (True, "solved", 30, 30, []),
        (True, "epochs", 30, 30, []),  # it may have been lost and found again in between
        (False, "epochs", 30, None, [30]),
        (False, "patience", 30, None, [30]),
        (False, "epochs", None, None, []),
        (True, "epochs", None, 500, []),  # right at the end, though not as each row was seen in the epoch
        (True, "epochs", 0, 0, []),
        (False, "diverged", 30, None, [30]),
        (True, "diverged", 30, None, [30]),
        (True, "interrupted", 7, 7, []),
    ],
)
def test_the_final_weights_decide_whether_a_seed_is_solved(solved, reason, first, epoch, lost):
    result = {"solved": [solved], "stop_reason": [reason], "solved_epoch": [first], "epochs": [500]}
    assert solving_epochs(result) == [epoch]
    assert lost_epochs(result) == lost
