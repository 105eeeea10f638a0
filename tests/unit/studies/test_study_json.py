"""The record of a comparison: read as it was written, and refused where it is not one."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from results import made_result

from nncli.analysis.comparable_metrics import SAME, Terms
from nncli.analysis.comparison import compare
from nncli.analysis.comparison_record import (
    ComparisonStudy,
    StudyAxis,
    StudyVariant,
)
from nncli.analysis.seed_results import SeedResults
from nncli.errors import ExitCode, UserError
from nncli.runs.result_record import from_plain
from nncli.storage.strict_json import to_json
from nncli.studies.study_json import check_comparison, study_from_plain

PLACE = "study.json"


def made(*terms: Terms) -> dict[str, Any]:
    """What a `study.json` holds of a comparison of variants with these terms, of which every third seed is unsolved."""
    n, loss = 24, np.linspace(0.1, 0.2, 24)
    epochs = [np.where(np.arange(n) % 3, 50.0 + place, np.inf) for place in range(len(terms))]
    trials = [
        SeedResults(
            f"v{place}", np.arange(n), own, np.full(n, 500.0), np.zeros(n, bool), {"train_loss": loss}, terms=of
        )
        for place, (own, of) in enumerate(zip(epochs, terms, strict=True))
    ]
    result = made_result(seeds=list(range(n)))
    study = ComparisonStudy(
        study="compare-xor",
        name="xor",
        epochs=500,
        axes=(StudyAxis("activation", ("tanh", "relu")),),
        variants=tuple(StudyVariant(trial.label, ("x=1",), trial.terms, result) for trial in trials),
        comparison=compare(trials),
    )
    stored: dict[str, Any] = json.loads(to_json(study.as_plain()))
    return stored


def read(plain: dict[str, Any]) -> ComparisonStudy:
    check_comparison(plain, PLACE)
    return study_from_plain(plain, [from_plain(variant["result"], PLACE) for variant in plain["variants"]], PLACE)


@pytest.mark.parametrize("terms", [(SAME, SAME), (SAME, Terms(rows="2")), (SAME, SAME, Terms(loss="mae"))])
def test_a_record_is_written_as_it_was_read(terms):
    plain = made(*terms)
    again = read(plain).as_plain()
    assert to_json(again) == to_json(plain)


def test_a_brief_record_names_the_runs_alone():
    plain = read(made(SAME, SAME)).as_plain(brief=True)
    results = [variant["result"] for variant in json.loads(to_json(plain))["variants"]]
    assert [list(result) for result in results] == [["run", "name", "status"]] * 2


def set_in(*path: Any, value: Any) -> Any:
    def change(plain: dict[str, Any]) -> None:
        here: Any = plain
        for step in path[:-1]:
            here = here[step]
        here[path[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (set_in("comparison", "ranking", value=[0, 0]), "its variants are not those that it ranks"),
        (set_in("variants", 0, "terms", value={"loss": 3}), "variants[0].terms.loss is 3, not text"),
        (set_in("variants", 0, "overrides", value=[1]), "variants[0].overrides[0] is 1, not text"),
        (set_in("variants", 1, "result", "status", value="failed"), "the run of a variant has failed"),
        (set_in("comparison", "variants", 1, "p", value=2), "comparison.variants[1].p is 2, not a number from 0 to 1"),
        (
            set_in("comparison", "variants", 1, "against_baseline", value=None),
            "comparison.variants[1] has a verdict without a test",
        ),
        (
            set_in("comparison", "variants", 0, "metrics", "train_loss", "mean", value=[1]),
            "comparison.variants[0].metrics.train_loss.mean is a list, not a mapping",
        ),
        (
            set_in("comparison", "variants", 1, "against_baseline", 0, "superiority", value="?"),
            "comparison.variants[1].against_baseline[0].superiority is '?', not a number",
        ),
    ],
)
def test_anything_else_is_refused_with_its_key(change, said):
    plain = made(SAME, SAME)
    change(plain)
    with pytest.raises(UserError) as caught:
        read(plain)
    assert caught.value.given == f"this is not the record of a comparison: {said}"
    assert caught.value.code == ExitCode.CORRUPT
