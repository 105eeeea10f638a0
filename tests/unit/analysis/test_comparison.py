"""Verdicts on made-up trials: what is known to be different, and what is not."""

from __future__ import annotations

import dataclasses
import json
import math
import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from nncli.analysis.comparable_metrics import Terms
from nncli.analysis.comparison import compare, summary
from nncli.analysis.comparison_record import Estimated, TimeToSolve
from nncli.analysis.paired_test import sign_flip_test
from nncli.analysis.seed_results import EPOCHS, SOLVED, Measure, SeedResults, measures_for
from nncli.analysis.survival import log_rank_test
from nncli.storage.strict_json import to_json

HORIZON = 500


def made(label, solved_epoch, *, diverged=(), epochs=HORIZON, **metrics):
    """SeedResults of seeds 0, 1, ...; None is unsolved."""
    n = len(solved_epoch)
    solved = np.array([math.inf if e is None else e for e in solved_epoch], float)
    ended = np.isin(np.arange(n), diverged)
    watched = np.broadcast_to(epochs, n).astype(float)
    known = {name: np.array(values, float) for name, values in metrics.items()}
    return SeedResults(label, np.arange(n), solved, watched, ended, known or {"train_loss": np.full(n, 0.1)})


def drawn(label, number, *, rate=1.0, pace=100.0, n=50, horizon=HORIZON):
    """SeedResults of which about a share is solved, at about a pace."""
    random = np.random.default_rng(number)
    epochs = np.minimum(np.rint(random.gamma(8, pace / 8, n)) + 1, horizon)
    unsolved = np.arange(n) >= round(rate * n)
    random.shuffle(unsolved)
    loss = np.where(unsolved, 0.35, 0.02) + 0.001 * random.random(n)
    return made(label, [None if u else e for e, u in zip(epochs, unsolved, strict=True)], train_loss=loss)


def never(label, **metrics):
    """SeedResults of which none is solved."""
    return made(label, [None] * len(next(iter(metrics.values()))), **metrics)


def verdicts(found):
    return [variant.outcome.verdict for variant in found.variants]


LOW, HIGH = np.linspace(0.1, 0.2, 20), np.linspace(0.3, 0.4, 20)


@pytest.mark.parametrize(
    ("trials", "expected"),
    [
        ([drawn("tanh", 1), drawn("relu", 2, rate=0.66)], "worse"),
        ([drawn("relu", 2, rate=0.66), drawn("tanh", 1)], "better"),
        ([drawn("tanh", 1), drawn("sigmoid", 2, pace=200)], "slower"),
        ([drawn("sigmoid", 1, pace=200), drawn("tanh", 2)], "faster"),
        ([drawn("tanh", 1), drawn("gelu", 2)], "cannot conclude"),
        ([drawn("a", 1, rate=0), drawn("b", 1, rate=0)], "cannot conclude"),
        ([drawn("few", 1, n=5), drawn("more", 2, n=5, pace=400)], "cannot conclude"),
        ([never("a", train_loss=HIGH), never("b", train_loss=LOW)], "better"),
        ([never("a", train_loss=LOW), never("b", train_loss=HIGH)], "worse"),
        (
            [never("a", train_loss=LOW, validation_loss=LOW), never("b", train_loss=HIGH, validation_loss=LOW)],
            "cannot conclude",
        ),
        ([never("a", train_loss=LOW, validation_loss=LOW), never("b", train_loss=HIGH)], "worse"),
    ],
    ids=lambda value: value if isinstance(value, str) else ", ".join(t.label for t in value),
)
def test_verdicts(trials, expected):
    assert verdicts(compare(trials)) == ["baseline", expected]
    assert verdicts(compare(trials[::-1], baseline=1))[0] == expected


def test_relu_is_worse_than_tanh_where_it_solves_33_of_50():
    tanh, relu = drawn("tanh", 1), drawn("relu", 2, rate=0.66)
    solved, epochs = compare([tanh, relu]).variants[1].tests
    assert (solved.measure, epochs.measure) == ("solved", "epochs")
    assert solved.difference == pytest.approx(-0.34)
    assert solved.interval == pytest.approx([-0.46511, -0.18873], abs=1e-5)
    assert solved.p == pytest.approx(2 / 2**17)
    assert epochs.log_rank_p is not None
    assert max(solved.p_adjusted, epochs.p_adjusted, epochs.log_rank_p) < 1e-3
    assert solved.probability_of_improvement == pytest.approx(0.33)
    assert solved.seeds_needed is None


def test_identical_variants_are_alike():
    trials = [drawn("a", 1, rate=0.9), drawn("b", 1, rate=0.9), drawn("c", 1, rate=0.9)]
    found = compare(trials)
    assert verdicts(found) == ["baseline", "cannot conclude", "cannot conclude"]
    for variant in found.variants[1:]:
        assert variant.outcome.seeds_needed is None
        for test in variant.tests:
            assert (test.difference, test.p, test.p_adjusted, test.effect_size) == (0, 1, 1, 0)
            assert test.probability_of_improvement == 0.5
    assert found.ranking == (0, 1, 2)


def test_holm_goes_over_all_variants_and_measures():
    """All six pairs differ by as much: p = 2/64, sure for one test, not sure for two or six."""
    trials = [made("base", [100] * 6), *(made(f"{i}", [110] * 6) for i in range(3))]
    tests = [test for variant in compare(trials).variants[1:] for test in variant.tests]
    assert [test.p for test in tests] == [1, 1 / 32] * 3
    assert [test.p_adjusted for test in tests] == [1, 6 / 32] * 3
    assert verdicts(compare(trials[:2])) == ["baseline", "cannot conclude"], "2 · 1/32"


def test_where_nothing_is_sure_there_is_a_number_of_seeds():
    """Six seeds of 300 differ, three of them the other way: (2.2414 √0.02 + 0.8416 √0.0199)² / 0.0001."""
    a, b = made("a", [100] * 300), made("b", [None, None, None, None, *[100] * 296])
    c = made("c", [None, None, None, None, None, None, *[100] * 294])
    few, more = (compare([a, other]).variants[1] for other in (b, c))
    assert [test.seeds_needed for test in few.tests] == [None, None], "four seeds say too little"
    assert [test.seeds_needed for test in more.tests] == [473, 473]
    assert more.outcome.seeds_needed == 473
    assert (more.outcome.measure, more.outcome.p) == (None, 2 / 2**5)


def test_more_seeds_are_needed_than_there_were():
    random = np.random.default_rng(0)
    for n in range(6, 30):
        trials = [never(label, train_loss=random.normal(mean, 1, n)) for label, mean in (("a", 0), ("b", 0.6))]
        variant = compare(trials).variants[1]
        assert (variant.outcome.seeds_needed is None) == (variant.outcome.verdict != "cannot conclude")
        assert variant.outcome.seeds_needed is None or variant.outcome.seeds_needed > n


def test_diverged_seeds_are_failures_and_are_listed():
    """They have no loss, were watched for 3 epochs, and one had been solved before."""
    good = made("good", [100, 110, 120, 130], train_loss=[0.1, 0.2, 0.3, 0.4])
    bad = made("bad", [100, 2, None, 130], diverged=[1, 2], epochs=[500, 3, 3, 500], train_loss=[0.1, 0.2, np.nan, 9])
    found = compare([good, bad]).variants[1]
    own = found.summary
    assert own.diverged == (1, 2)
    assert (own.solve_rate.solved, own.solve_rate.of) == (2, 4)
    assert own.epochs_to_solve.median == 130, "S = 3/4, 1/2: those who diverged are still unsolved then"
    assert own.metrics["train_loss"].n == 2
    assert own.metrics["train_loss"].centres["mean"].value == pytest.approx((0.1 + 9 + 9 + 9) / 4)
    solved, epochs = found.tests
    assert (solved.difference, epochs.difference) == (-0.5, -(390 + 380) / 4)


def test_a_diverged_seed_has_the_worst_value_of_anyone():
    good = made("good", [None] * 2, train_loss=[5, 1], train_accuracy=[0.25, 1], train_r2=[-7, 1])
    bad = made("bad", [None] * 2, diverged=[0], train_loss=[0, 2], train_accuracy=[1, 0.5], train_r2=[1, 0.5])
    finals = {name: bad.final(name, [good, bad]).tolist() for name in bad.metrics}
    assert finals == {"train_loss": [5, 2], "train_accuracy": [0.25, 0.5], "train_r2": [-7, 0.5]}
    assert Measure("train_loss").values(bad, [good, bad]).tolist() == [-5, -2]


@pytest.mark.parametrize("loss", [np.nan, np.inf, 1e300])
def test_even_if_every_seed_diverged_or_is_huge_there_is_a_verdict(loss):
    losses = loss * np.arange(1, 8)
    trials = [made(label, [None] * 7, diverged=range(3), train_loss=losses) for label in "ab"]
    found = compare([*trials, made("c", [None] * 7, train_loss=losses[::-1])])
    assert verdicts(found) == ["baseline", "cannot conclude", "cannot conclude"]
    json.dumps(found.as_plain(), allow_nan=False)


def test_unsolved_seeds_count_as_the_horizon():
    short, long = made("short", [50, None], epochs=100), made("long", [80, 300])
    assert EPOCHS.values(short, [short, long]).tolist() == [-50, -math.inf]
    assert EPOCHS.values(long, [short, long]).tolist() == [-80, -math.inf], "nobody knows what short had done by 300"
    assert EPOCHS.values(long, [long]).tolist() == [-80, -300]
    assert SOLVED.values(short, [short, long]).tolist() == [1, 0]
    assert short.watched(500).tolist() == [50, 100]


def test_log_rank_censors_at_the_last_epoch_and_a_diverged_seed_at_the_horizon():
    a = made("a", [100, 200, None, None, 400], diverged=[3], epochs=[500, 500, 150, 20, 500])
    b = made("b", [50, 60, 200, None, 70])
    epochs = compare([a, b]).variants[1].tests[1]
    expected = log_rank_test([50, 60, 200, 500, 70], [1, 1, 1, 0, 1], [100, 200, 150, 500, 400], [1, 1, 0, 0, 1])
    assert epochs.log_rank_p == pytest.approx(expected)


@pytest.mark.parametrize(
    ("trials", "measures"),
    [
        ([made("a", [None]), made("b", [3])], ["solved", "epochs"]),
        ([made("a", [None]), made("b", [3], diverged=[0])], ["train_loss"]),
        ([never("a", train_loss=[1], validation_loss=[1])], ["validation_loss"]),
    ],
)
def test_solving_is_measured_where_anything_was_solved(trials, measures):
    assert [measure.name for measure in measures_for(trials)] == measures


def test_the_ranking_is_by_solved_then_by_epochs():
    trials = [drawn("relu", 1, rate=0.66), drawn("sigmoid", 2, pace=200), drawn("tanh", 3), drawn("again", 3)]
    assert compare(trials).ranking == (2, 3, 1, 0)


def test_a_summary_by_itself():
    found = summary(made("a", [100, 200, 300, None], train_loss=[1, 2, 3, 6], train_accuracy=[1, 1, 1, 0.5]))
    assert found.solve_rate.rate == 0.75
    assert found.epochs_to_solve == TimeToSolve(200, (100, None))
    assert found.metrics["train_loss"].centres["mean"] == Estimated(3, (None, None))
    assert found.metrics["train_accuracy"].centres["interquartile_mean"].value == 1


def test_variants_share_their_seeds():
    other = dataclasses.replace(drawn("b", 1), seeds=np.arange(1, 51))
    with pytest.raises(ValueError, match="share their seeds"):
        compare([drawn("a", 1), other])


EPOCH = st.none() | st.integers(1, HORIZON)
LOSS = st.floats(0, 10)
PAIRS = st.lists(st.tuples(EPOCH, EPOCH, st.booleans(), LOSS, LOSS), min_size=1, max_size=20)


@settings(deadline=None)
@given(PAIRS, st.randoms())
def test_a_comparison_is_blind_to_the_order_of_seeds_and_can_be_written(pairs, random):
    def found():
        a, b, diverged, loss_a, loss_b = zip(*pairs, strict=True)
        second = made("b", b, diverged=np.flatnonzero(diverged), train_loss=loss_b)
        plain: Any = compare([made("a", a, train_loss=loss_a), second]).as_plain()
        for variant in plain["variants"]:
            variant["diverged"].clear()  # the numbers of the seeds, which do not move with them here
        return plain

    before = found()
    assert json.loads(to_json(before)) == json.loads(json.dumps(before, allow_nan=False))
    for test in before["variants"][1]["against_baseline"]:
        assert 0 < test["p"] <= test["p_adjusted"] <= 1
    random.shuffle(pairs)
    assert found() == before


def test_four_variants_of_fifty_seeds_are_compared_in_time():
    """In 150 ms, the first time too; ten times as long where the machine is busy."""
    names = ["train_loss", "train_accuracy", "train_max_error", "validation_loss", "validation_accuracy"]
    trials = [
        dataclasses.replace(trial, metrics=dict.fromkeys(names, trial.metrics["train_loss"]))
        for trial in (drawn(f"{i}", i, rate=1 - i / 10, pace=100 + 50 * i) for i in range(4))
    ]
    start = time.process_time()
    compare(trials)
    assert time.process_time() - start < 1.5


A, B = Terms(loss="a", rows="1", epoch="4"), Terms(loss="b", rows="1", epoch="4")
FINALS = {"train_loss": LOW, "train_r2": HIGH, "validation_loss": LOW, "validation_r2": HIGH}


@pytest.mark.parametrize(
    ("terms", "solves", "measures"),
    [
        ((A, A), True, ["solved", "epochs"]),
        ((A, A), False, ["validation_loss"]),
        ((A, B), True, ["solved", "epochs"]),
        ((A, B), False, ["validation_r2"]),
        ((A, dataclasses.replace(A, rows="2")), False, ["validation_r2"]),
        ((A, dataclasses.replace(A, penalty="l2")), False, ["validation_loss"]),
        ((A, dataclasses.replace(A, epoch="2")), True, ["solved"]),
        ((A, dataclasses.replace(A, epoch="2")), False, ["validation_loss"]),
        ((A, dataclasses.replace(A, tolerance="0.1")), True, ["validation_loss"]),
        ((A, dataclasses.replace(B, tolerance="0.1")), True, ["validation_r2"]),
    ],
)
def test_only_what_means_the_same_is_measured(terms, solves, measures):
    epochs = [100 if solves else None] * 20
    trials = [dataclasses.replace(made(own.loss, epochs, **FINALS), terms=own) for own in terms]
    assert [measure.name for measure in measures_for(trials)] == measures


@pytest.mark.parametrize(
    ("metrics", "measures"),
    [
        ({"train_loss": LOW, "train_accuracy": HIGH}, ["train_accuracy"]),
        ({"train_loss": LOW, "train_r2": np.full(20, np.nan)}, ["solved"]),
        ({"train_loss": LOW}, ["solved"]),
    ],
    ids=["accuracy", "a score without values", "no score"],
)
def test_without_a_common_loss_there_is_a_score_or_solving(metrics, measures):
    trials = [dataclasses.replace(never(own.loss, **metrics), terms=own) for own in (A, B)]
    assert [measure.name for measure in measures_for(trials)] == measures


def test_nothing_in_common_is_no_verdict():
    other = dataclasses.replace(B, tolerance="0.1")
    found = compare([dataclasses.replace(never("x", train_loss=LOW), terms=own) for own in (A, other)])
    assert (found.measures, verdicts(found)) == ((), ["baseline", "cannot conclude"])
    json.dumps(found.as_plain(), allow_nan=False)


def test_the_worst_of_everyone_is_that_of_the_same_loss():
    good, bad = never("good", train_loss=[1.0, 900.0]), made("bad", [None] * 2, diverged=[0], train_loss=[1.0, 2.0])
    assert bad.final("train_loss", [good, bad]).tolist() == [900, 2]
    good, bad = dataclasses.replace(good, terms=A), dataclasses.replace(bad, terms=B)
    assert bad.final("train_loss", [good, bad]).tolist() == [2, 2]


def test_other_rows_do_not_pair():
    """The same differences in each seed: sure in pairs, lost in the spread between the seeds."""
    spread = np.linspace(0.1, 0.9, 20)
    a, b = never("a", train_r2=spread, train_loss=spread), never("b", train_r2=spread + 0.01, train_loss=spread)
    a, b = (dataclasses.replace(t, terms=dataclasses.replace(A, loss=t.label)) for t in (a, b))
    assert verdicts(compare([a, b])) == ["baseline", "better"]
    found = compare([a, dataclasses.replace(b, terms=dataclasses.replace(B, rows="2"))])
    assert (found.paired, found.differing) == ((True, False), ("loss", "rows"))
    assert verdicts(found) == ["baseline", "cannot conclude"]
    (test,) = found.variants[1].tests
    assert test.interval == (None, None)
    assert test.p == pytest.approx(stats.mannwhitneyu(spread, spread + 0.01, use_continuity=False).pvalue, abs=0.02)


def test_a_verdict_has_one_measure_with_its_own_p():
    """Nine seeds fewer are solved, and the others much sooner: worse, with the p of solving."""
    slow = made("slow", list(range(400, 450)))
    fast = made("fast", [*[None] * 9, *range(10, 51)])
    variant = compare([slow, fast]).variants[1]
    solved, epochs = variant.tests
    assert (variant.outcome.verdict, variant.outcome.measure, variant.outcome.p) == (
        "worse",
        "solved",
        solved.p_adjusted,
    )
    assert solved.p_adjusted == 2 / 2**9 > epochs.p_adjusted
    assert solved.superiority is not None
    assert epochs.superiority is not None
    assert solved.superiority < 0.5 < epochs.superiority


def test_rare_tails_do_not_drown_a_difference_of_medians():
    """Half of the seeds of b are 20 % sooner in the median; one in twenty of either is not solved at all."""
    random = np.random.default_rng(3)
    times = [np.rint(random.lognormal(math.log(pace), 0.3, 100)) for pace in (75, 60)]
    for own in times:
        own[random.random(100) < 0.05] = math.inf
    a, b = (made(label, [None if t == math.inf else t for t in own]) for label, own in zip("ab", times, strict=True))
    variant = compare([a, b]).variants[1]
    assert (variant.outcome.verdict, variant.outcome.measure) == ("faster", "epochs")
    restricted = np.minimum(times[0], HORIZON) - np.minimum(times[1], HORIZON)
    assert sign_flip_test(restricted) > 0.05, "the mean of the restricted times does not see it"


def test_the_best_is_first_by_the_median_that_is_shown():
    """One lucky network carries the mean of a."""
    a, b = never("a", train_loss=[0.01, 0.5, 0.5]), never("b", train_loss=[0.4, 0.4, 0.4])
    assert compare([a, b]).ranking == (1, 0)
    assert compare([b, a]).ranking == (0, 1)
