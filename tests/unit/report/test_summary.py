"""What a finished run says of itself."""

from __future__ import annotations

from dataclasses import replace

import pytest
from results import made_result

from nncli.report.summary import outcome_lines

DEFAULTS = {
    "solved": True,
    "solved_epoch": 113,
    "epochs": 113,
    "best_epoch": None,
    "stop_reason": "solved",
    "divergence": None,
    "cycle_from": None,
    "train_loss": 0.0213,
    "train_accuracy": 1.0,
}
METRICS = {"train_loss", "train_accuracy", "train_r2", "train_max_error", "penalty"} | {
    f"{split}_{name}" for split in ("validation", "test") for name in ("loss", "accuracy", "r2")
}


def result(*replicas, epochs=500, expects_solution=True, rows=4):
    """A result for seeds that differ from a solved one in what is given."""
    full = [DEFAULTS | replica for replica in replicas]
    names = list(dict.fromkeys(name for replica in full for name in replica))
    columns = {name: [replica.get(name) for replica in full] for name in names}
    return made_result(
        epochs_planned=epochs,
        complete=expects_solution,
        rows={"train": rows, "validation": 60, "test": 359},
        metrics={name: values for name, values in columns.items() if name in METRICS},
        **{name: values for name, values in columns.items() if name not in METRICS},
    )


def lines(*replicas, **given):
    return list(outcome_lines(result(*replicas, **given)))


UNSOLVED = {
    "solved": False,
    "solved_epoch": None,
    "epochs": 500,
    "stop_reason": "epochs",
    "train_loss": 0.34657,
    "train_accuracy": 0.5,
}
DIVERGED = {
    "solved": False,
    "solved_epoch": None,
    "stop_reason": "diverged",
    "train_loss": None,
    "train_accuracy": None,
    "divergence": {"what": "loss", "epoch": 3, "step": 17, "loss_before": 8.1e11, "weights_step": 16},
}

LATER = {"what": "loss", "epoch": 5, "step": 21, "loss_before": 1.0, "weights_step": 20}
STOPPED = UNSOLVED | {"stop_reason": "interrupted", "epochs": 5}


RIGHT = ", 0.03 s   loss 0.0213   accuracy 4/4"
HALF = ", 0.03 s   loss 0.3466   accuracy 2/4"


@pytest.mark.parametrize(
    ("replica", "given", "said"),
    [
        ({}, {}, ["solved in epoch 113 of 500" + RIGHT]),
        ({"stop_reason": "epochs", "epochs": 500}, {}, ["solved in epoch 113, trained for 500" + RIGHT]),
        (UNSOLVED, {}, ["not solved in 500 epochs" + HALF]),
        (UNSOLVED, {"expects_solution": False}, ["trained for 500 epochs" + HALF]),
        (
            UNSOLVED | {"train_accuracy": 1.0, "train_max_error": 0.31, "cycle_from": None},
            {},
            ["not solved in 500 epochs" + HALF.replace("2/4", "4/4") + "   largest error 0.3100"],
        ),
        (UNSOLVED, {"rows": 2000}, ["not solved in 500 epochs" + HALF.replace("2/4", "50 % (1000/2000)")]),
        ({"stop_reason": "target"}, {}, ["reached its target in epoch 113 of 500" + RIGHT]),
        (
            {"stop_reason": "patience", "best_epoch": 93, "validation_loss": 0.12344},
            {},
            [f"stopped in epoch 113 of 500: no improvement since epoch 93{RIGHT}   validation loss 0.1234"],
        ),
        ({"stop_reason": "interrupted"}, {}, ["interrupted in epoch 113 of 500" + RIGHT]),
        ({"test_loss": 0.5678}, {}, [f"solved in epoch 113 of 500{RIGHT}   test loss 0.5678"]),
        (
            {"validation_loss": 0.25, "validation_accuracy": 0.95, "test_loss": 0.5, "test_accuracy": 351 / 359},
            {},
            [
                f"solved in epoch 113 of 500{RIGHT}   validation loss 0.2500   validation accuracy 95 % (57/60)   "
                "test loss 0.5000   test accuracy 97.8 % (351/359)"
            ],
        ),
        (
            UNSOLVED | {"solved_epoch": 31},
            {},
            ["not solved in 500 epochs; reached a solution in epoch 31 and lost it again" + HALF],
        ),
        (UNSOLVED, {"epochs": 0}, ["not trained: these are the initial weights" + HALF.removeprefix(", 0.03 s")]),
        (
            {},
            {"epochs": 0},
            ["not trained: these are the initial weights; they solve it" + RIGHT.removeprefix(", 0.03 s")],
        ),
        (
            UNSOLVED | {"cycle_from": 7},
            {},
            ["not solved in 500 epochs" + HALF, "  the weights cycle from epoch 7 on: more epochs change nothing"],
        ),
        (
            DIVERGED,
            {},
            [
                "diverged in epoch 3, step 17: the loss is not finite (loss one step before: 8.1e+11)",
                "  the weights are those of step 16",
            ],
        ),
    ],
)
def test_one_seed(replica, given, said):
    assert [line.replace("0.02130", "0.0213") for line in lines(replica, **given)] == said


def test_one_seed_of_a_regression():
    replica = UNSOLVED | {"train_r2": 0.98712, "train_max_error": 0.25, "penalty": 0.001}
    replica |= {"test_loss": 2, "test_r2": 0.5}
    values = result(replica, expects_solution=False)
    values = replace(values, metrics={name: own for name, own in values.metrics.items() if name != "train_accuracy"})
    said = list(outcome_lines(values))
    assert said == [
        "trained for 500 epochs, 0.03 s   loss 0.3466   R² 0.9871   largest error 0.2500   penalty 0.001000   "
        "test loss 2   test R² 0.5000"
    ]


@pytest.mark.parametrize(
    ("penalty", "told"), [(3.08e-23, False), (0.0, False), (1e-6, False), (0.001, True), (2.0, True)]
)
def test_a_penalty_is_told_if_it_is_felt(penalty, told):
    (line,) = lines(UNSOLVED | {"penalty": penalty})
    assert ("penalty" in line) == told


def test_many_seeds():
    said = lines(*({"solved_epoch": epoch, "train_loss": 0.02} for epoch in range(100, 149)), UNSOLVED)
    assert [" ".join(line.split()) for line in said] == [
        "solved 49 of 50 in 500 epochs 98 % 95 % interval [89.5, 99.6]",
        "epochs 124 median of the solved, 5–95 %: 102–146",
        "loss 0.02000 median, 5–95 %: the same",
        "unsolved seed 49 (loss 0.3466)",
        "to train one alone, add --seeds '[49]'",
    ]
    starts = {len(line) - len(line.split("  ", 1)[1].lstrip()) for line in said[:4]}
    assert len(starts) == 1  # the second column is aligned


@pytest.mark.parametrize(
    ("replicas", "hint"), [([{}, UNSOLVED], True), ([UNSOLVED, UNSOLVED], False), ([{}, {}], False)]
)
def test_a_seed_is_worth_a_look_if_others_solved_it(replicas, hint):
    assert any("to train one alone" in line for line in lines(*replicas)) == hint


@pytest.mark.parametrize(
    ("replicas", "word", "said"),
    [
        ([{}, UNSOLVED, UNSOLVED], "unsolved", "seeds 1, 2"),
        ([{}, DIVERGED, UNSOLVED], "diverged", "seed 1, in epoch 3"),
        ([DIVERGED, DIVERGED | {"divergence": LATER}], "diverged", "seeds 0, 1, in epochs 3–5"),
        ([UNSOLVED] * 12, "unsolved", "seeds 0, 1, 2, 3, 4, 5, 6, 7 and 4 more"),
        ([UNSOLVED] * 2, "solved", "0 of 2 in 500 epochs   0 %   95 % interval [0.0, 65.8]"),
        ([UNSOLVED] * 2, "epochs", "–          no seed solved it"),
        (
            [{}, *[UNSOLVED | {"solved_epoch": epoch} for epoch in (31, 80)]],
            "solved",
            "1 of 3 in 500 epochs   33.3 %   95 % interval [6.1, 79.2]",
        ),
        (
            [{}, UNSOLVED, *[UNSOLVED | {"solved_epoch": epoch} for epoch in (80, 31)]],
            "lost",
            "2 seeds reached a solution in epochs 31–80 and lost it again",
        ),
        ([{}, STOPPED, STOPPED], "interrupted", "in epoch 5 of 500: 2 seeds unfinished. So far:"),
        ([{}, STOPPED], "interrupted", "in epoch 5 of 500: 1 seed unfinished. So far:"),
    ],
)
def test_which_seeds_failed(replicas, word, said):
    assert [line.split(maxsplit=1)[1] for line in lines(*replicas) if line.startswith(f"{word} ")] == [said]


def test_a_noisy_sample_need_not_be_solved():
    held_out = {"validation_loss": 0.5, "validation_accuracy": 0.75, "test_loss": 0.6, "test_accuracy": 0.9}
    said = lines(UNSOLVED | held_out, UNSOLVED | held_out, expects_solution=False)
    assert said == [
        "epochs                500        in every seed",
        "loss                  0.3466     in every seed",
        "accuracy              50 %       in every seed",
        "validation loss       0.5000     in every seed",
        "validation accuracy   75 %       in every seed",
        "test loss             0.6000     in every seed",
        "test accuracy         90 %       in every seed",
    ]


OVERFIT = UNSOLVED | {"validation_loss": 0.5584, "lowest_validation": {"epoch": 19, "loss": 0.3857}}
LOWEST = "  the validation loss was lowest in epoch 19: 0.3857"


def test_a_lower_validation_loss_than_that_of_the_weights_is_told():
    assert LOWEST in lines(OVERFIT)
    assert LOWEST in lines(OVERFIT | {"stop_reason": "solved", "solved": True})
    assert LOWEST not in lines(OVERFIT | {"validation_loss": 0.3857})
    assert LOWEST not in lines(OVERFIT | {"validation_loss": 0.385701})  # as printed, it is no lower
    older = {name: value for name, value in OVERFIT.items() if name != "lowest_validation"}
    assert len(lines(older)) == 1


def test_of_several_seeds_the_median_of_the_lowest_is_told():
    late = OVERFIT | {"lowest_validation": {"epoch": 41, "loss": 0.3857}}
    (told,) = [line for line in lines(OVERFIT, late, late) if line.startswith("  lowest")]
    assert "0.3857" in told
    assert told.endswith("in epoch 41, 5–95 %: 21–41")
    assert not any(line.startswith("  lowest") for line in lines(UNSOLVED, UNSOLVED))
