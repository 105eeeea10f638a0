"""What a comparison says: verdicts with their measure, and nothing that is not so."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from results import made_result

from nncli.analysis.comparison import compare
from nncli.analysis.comparison_record import ComparisonStudy, StudyVariant
from nncli.analysis.seed_results import SeedResults
from nncli.report.comparison_text import footnotes, rows, verdict_text
from nncli.report.numbers import rounded_up
from nncli.report.study_sentences import comparison_sentences, how_to_read_tests
from nncli.runs.result_record import from_plain
from nncli.storage.strict_json import to_json
from nncli.studies.study_json import check_comparison, study_from_plain


def trials(label, epochs, losses=None):
    n = len(epochs)
    known = np.full(n, 0.1) if losses is None else np.array(losses)
    solved = np.array([math.inf if epoch is None else epoch for epoch in epochs], float)
    return SeedResults(label, np.arange(n), solved, np.full(n, 500.0), np.zeros(n, bool), {"train_loss": known})


def study(*variants, parameters=17):
    """The record of a comparison of these variants."""
    results = [
        made_result(
            epochs=[500] * len(own.seeds),
            epochs_planned=500,
            metrics={"train_loss": own.metrics["train_loss"].tolist()},
            parameters=parameters,
            solved=own.solved.tolist(),
            solved_epoch=[None if math.isinf(e) else int(e) for e in own.solved_epoch],
            stop_reason=["solved"] * len(own.seeds),
        )
        for own in variants
    ]
    return ComparisonStudy(
        study="compare-xor",
        name="xor",
        epochs=500,
        axes=(),
        variants=tuple(
            StudyVariant(own.label, (), own.terms, found) for own, found in zip(variants, results, strict=True)
        ),
        comparison=compare(variants),
    )


SLOW = list(range(400, 450))
FIVE_FEWER = [None] * 5 + list(range(10, 55))
NINE_FEWER = [None] * 9 + list(range(10, 51))


@pytest.mark.parametrize(
    ("base", "other", "words"),
    [
        (SLOW, FIVE_FEWER, "faster (epochs), p < 0.001, 5 fewer solved"),
        (FIVE_FEWER, SLOW, "slower (epochs), p < 0.001, 5 more solved"),
        (SLOW, NINE_FEWER, "worse (solved), p = 0.0039"),
        (SLOW, [e // 2 for e in SLOW], "faster (epochs), p < 0.001"),
        (SLOW, SLOW, "cannot conclude"),
        ([None] * 5 + SLOW[5:], [None] * 6 + [e + 40 for e in SLOW[6:]], "slower (epochs), p < 0.001"),
    ],
)
def test_a_verdict_names_its_measure_and_what_speaks_against_it(base, other, words):
    found = compare([trials("base", base), trials("other", other)])
    assert verdict_text(found.variants[1]) == words


@pytest.mark.parametrize(
    ("base", "other", "sentence"),
    [
        (
            SLOW,
            FIVE_FEWER,
            "other solves 45 of 50 seeds instead of 50, in 34 epochs (median) instead of 424: faster, p < 0.001.",
        ),
        (
            [None] * 50,
            NINE_FEWER,
            "other solves 41 of 50 seeds instead of none, in 34 epochs (median): "
            "better, as it solves more seeds, p < 0.001.",
        ),
        (SLOW, SLOW, "other solves all 50 seeds, in 424 epochs (median): no difference can be concluded, p = 1."),
        ([9], [None], "other does not solve its seed: no difference can be concluded, p = 1."),
    ],
)
def test_what_came_out_is_said_in_a_sentence_with_numbers(base, other, sentence):
    found = dict(comparison_sentences(compare([trials("base", base), trials("other", other)])))
    assert found[1] == sentence
    assert found[0].startswith("base, the baseline, ")


def test_the_columns_of_the_tests_are_explained():
    comparison = compare([trials("base", SLOW), trials("other", FIVE_FEWER)])
    told = " ".join(how_to_read_tests(comparison))
    for part in (
        "a larger share of its seeds is solved, epochs are saved (a negative number is spent). ",
        "counts as 500 epochs",
        "McNemar's test). For epochs, it compares the ranks",
        "adjusted for all 2 tests in the table",
        "0.5 is no difference",
    ):
        assert part in told
    unpaired = replace(comparison, paired=(True, False))
    assert "p comes from a permutation test without pairs (for solved: Fisher" in " ".join(how_to_read_tests(unpaired))


LOSSES = list(np.linspace(0.1, 0.2, 20))


@pytest.mark.parametrize(
    ("base", "other", "words"),
    [
        (trials("a", [50] * 20), trials("b", [50] * 20), "no seed differs in solved or epochs"),
        (
            trials("a", [56, 50] * 10),
            trials("b", [50, 56] * 10),
            "the number of seeds needed cannot be estimated (differing: 0 seeds in solved, 20 seeds in epochs)",
        ),
        (
            trials("a", [50] * 50),
            trials("b", [None] + [50] * 49),
            "the number of seeds needed cannot be estimated (differing: 1 seed in solved, 1 seed in epochs)",
        ),
        (trials("a", [None] * 20, LOSSES), trials("b", [None] * 20, LOSSES), "no seed differs in loss"),
        (trials("a", [56]), trials("b", [50]), "With 2 comparisons, a verdict needs at least 7 seeds"),
    ],
)
def test_what_is_said_of_a_difference_that_is_not_sure(base, other, words):
    (line,) = footnotes(study(base, other))
    assert words in line


def test_seeds_that_would_settle_a_difference_name_their_measure():
    random = np.random.default_rng(4)
    base, other = (trials(label, random.integers(50, 100 + more, 30).tolist()) for label, more in (("a", 0), ("b", 6)))
    (line,) = footnotes(study(base, other))
    assert line.startswith("a and b: about ")
    assert line.endswith("00 seeds would settle a difference in epochs of this size.")


@pytest.mark.parametrize(
    ("number", "rounded"),
    [(7, 7), (10, 10), (11, 15), (15, 15), (16, 20), (99, 100), (101, 150), (603, 700), (683, 700)],
)
def test_an_estimate_is_rounded_to_what_it_can_bear(number, rounded):
    assert rounded_up(number) == rounded


def test_old_records_are_read_too():
    """Of before there were terms, measures and horizons."""
    plain = study(trials("a", [50] * 20), trials("b", [60] * 20)).as_plain()
    comparison = plain["comparison"]
    kept = {"baseline", "seeds", "measures", "variants", "ranking"}
    plain["comparison"] = {name: value for name, value in comparison.items() if name in kept}
    for variant in plain["variants"]:
        del variant["terms"], variant["overrides"]
    for variant in comparison["variants"]:
        for test in variant["against_baseline"] or []:
            del test["superiority"], test["seeds_differing"]
        del variant["measure"], variant["p"]
    stored = json.loads(to_json(plain))
    check_comparison(stored, "study.json")
    found = study_from_plain(stored, [from_plain(v["result"], "study.json") for v in stored["variants"]], "study.json")
    assert rows(found)[1][-1] == "slower (epochs), p < 0.001"
    assert list(footnotes(found)) == []
    assert [text for _, text in comparison_sentences(found.comparison)] == [
        "a, the baseline, solves all 20 seeds, in 50 epochs (median).",
        "b solves all 20 seeds, in 60 epochs (median) instead of 50: slower, p < 0.001.",
    ]
    assert len([*how_to_read_tests(found.comparison)]) == 4
