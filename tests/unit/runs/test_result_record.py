"""What a result says of its seeds, and that it is written as it was read."""

from __future__ import annotations

import pytest
from results import made_result, plain_result

from nncli.errors import ExitCode, UserError
from nncli.runs.result_record import FailedResult, from_plain


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
    how = {"what": "loss", "epoch": 31, "step": 31, "loss_before": None, "weights_step": 30}
    result = made_result(
        solved=[solved],
        stop_reason=[reason],
        solved_epoch=[first],
        epochs=[500],
        divergence=[how if reason == "diverged" else None],
    )
    assert result.solving_epochs == (epoch,)
    assert result.lost_epochs == tuple(lost)


DIVERGED = {"what": "loss", "epoch": 3, "step": 17, "loss_before": None, "weights_step": 16}


@pytest.mark.parametrize(
    "known",
    [
        {},
        {"seeds": [3, 1], "stop_reason": ["epochs", "diverged"], "divergence": [None, DIVERGED]},
        {"lowest_validation": [None, {"epoch": 2, "loss": 0.5}], "metrics": {"validation_loss": [1, 0.5]}},
        {"stack": {"runs": 2, "seeds": 4, "total": 1.5, "training": 1}, "steps_per_second": None},
    ],
)
def test_a_result_is_written_as_it_was_read(known):
    plain = plain_result(**known)
    again = from_plain(plain, "result.json").as_plain()
    assert again == plain
    assert list(again) == list(plain)


def test_what_early_versions_did_not_write_is_unknown():
    plain = plain_result()
    for name in ("lowest_validation", "exact", "steps_per_second", "stack", "optimizer_sha256"):
        del plain[name]
    del plain["seconds"]["total"]
    result = from_plain(plain, "result.json")
    assert (result.exact, result.stack, result.seconds.total, result.lowest_validation) == (None, None, None, (None,))


def test_a_failed_run_has_a_result_of_three_keys():
    plain = {"run": "xor-20260101T000000Z-abcdef", "name": "xor", "status": "failed"}
    assert from_plain(plain | {"reason": "?"}, "result.json") == FailedResult(plain["run"], "xor")
    assert FailedResult(plain["run"], "xor").as_plain() == plain


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"status": "done"}, "status is 'done', not one of completed, diverged, interrupted, failed"),
        ({"seeds": []}, "it has no seeds"),
        ({"epochs": [1, 2]}, "epochs has 2 items for 1 seeds"),
        ({"stop_reason": ["diverged"]}, "divergence does not say how a seed diverged"),
        (
            {"stop_reason": ["bored"]},
            "stop_reason[0] is 'bored', not one of solved, epochs, patience, target, diverged, interrupted",
        ),
        ({"stack": 3}, "stack is 3, not a mapping"),
        ({"exact": "yes"}, "exact is 'yes', not true or false"),
        ({"rows": {"train": 4, "test": -1}}, "rows.test is -1, not a whole number ≥ 0"),
    ],
)
def test_anything_else_is_refused_with_its_key(changes, said):
    with pytest.raises(UserError) as caught:
        from_plain(plain_result() | changes, "result.json")
    assert str(caught.value) == f"result.json: this is not the result of a run: {said}."
    assert caught.value.code == ExitCode.CORRUPT
