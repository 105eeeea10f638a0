"""Read `study.json` and `plan.json`: the required shapes, and the record of a comparison."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import get_args

from nncli.analysis.comparable_metrics import SAME
from nncli.analysis.comparison_record import (
    ComparedVariant,
    Comparison,
    ComparisonStudy,
    Estimated,
    FinalMetric,
    PairTest,
    SolveRate,
    StudyAxis,
    StudyVariant,
    Summary,
    TimeToSolve,
    Verdict,
)
from nncli.analysis.metric_names import Centre, Kind, metric_names
from nncli.runs.result_record import FailedResult, Result
from nncli.storage.json_shape import COUNT, FLAG, NUMBER, SHARE, TEXT, Keys, Leaf, Maybe, Shape, misfit, require
from nncli.storage.strict_json import PlainObject

WHOLE = "the record of a comparison"

ENDS: Shape = (NUMBER.or_null, NUMBER.or_null)

ESTIMATED: Keys = {"value": NUMBER, "interval": ENDS}

MEASURES = dict.fromkeys(name for kind in get_args(Kind) for name in metric_names(kind, True, True))

MEASURE = Leaf("a measure", (str,), among=("solved", "epochs", *MEASURES))

TEST: Keys = {
    "measure": MEASURE,
    "superiority": Maybe(NUMBER),
    "difference": NUMBER,
    "interval": Maybe(ENDS),
    "p": SHARE,
    "effect_size": Maybe(NUMBER),
    "probability_of_improvement": Maybe(NUMBER),
    "seeds_differing": Maybe(COUNT),
    "seeds_needed": COUNT.or_null,
    "log_rank_p": Maybe(NUMBER),
    "p_adjusted": SHARE,
}

VARIANT: Keys = {
    "label": TEXT,
    "solve_rate": {"solved": COUNT, "of": COUNT, "rate": SHARE, "interval": (SHARE, SHARE)},
    "epochs_to_solve": {"median": NUMBER.or_null, "interval": ENDS},
    "diverged": [COUNT],
    "metrics": {...: {"n": COUNT, **{centre: Maybe(ESTIMATED) for centre in get_args(Centre)}}},
    "verdict": TEXT,
    "measure": Maybe(MEASURE),
    "p": Maybe(SHARE),
    "seeds_needed": Maybe(COUNT),
    "against_baseline": Maybe([TEST]),
}

STUDY: Keys = {
    "study": TEXT,
    "name": TEXT,
    "made_by": Maybe([TEXT]),
    "epochs": COUNT,
    "axes": [{"key": TEXT, "values": [TEXT]}],
    "variants": [
        {
            "label": TEXT,
            "overrides": Maybe([TEXT]),
            "terms": Maybe({name: Maybe(TEXT) for name in asdict(SAME)}),
            "result": {},
        }
    ],
    "comparison": {
        "baseline": TEXT,
        "seeds": COUNT,
        "measures": [MEASURE],
        "horizon": Maybe(NUMBER),
        "differing": Maybe([TEXT]),
        "paired": Maybe([FLAG]),
        "fewest_seeds": Maybe(COUNT),
        "ranking": [COUNT],
        "variants": [VARIANT],
    },
}
"""The content of a comparison's record; its results are those of runs. Files of early versions lack some keys."""


def check_comparison(plain: PlainObject, place: str) -> None:
    """Raise `UserError` (code CORRUPT) unless this is a comparison's record; its results are not checked."""
    require(plain, STUDY, place, WHOLE)
    comparison = plain["comparison"]
    found = len(comparison["variants"])
    if not found or len(plain["variants"]) != found or sorted(comparison["ranking"]) != list(range(found)):
        raise misfit("its variants are not those that it ranks", place, WHOLE)
    for index, variant in enumerate(comparison["variants"]):
        if variant["verdict"] != "baseline" and variant.get("against_baseline") is None:
            raise misfit(f"comparison.variants[{index}] has a verdict without a test", place, WHOLE)
        if any(metric["n"] and not metric.get("median") for metric in variant["metrics"].values()):
            raise misfit(f"comparison.variants[{index}] has a metric without a median", place, WHOLE)


def study_from_plain(plain: PlainObject, results: Sequence[Result | FailedResult], place: str) -> ComparisonStudy:
    """The record of a comparison from an object that `check_comparison` accepts, and the results of its variants.

    Raises: `UserError` (code CORRUPT) for a result that is not that of a finished run.
    """
    return ComparisonStudy(
        study=plain["study"],
        name=plain["name"],
        epochs=plain["epochs"],
        axes=tuple(StudyAxis(axis["key"], tuple(axis["values"])) for axis in plain["axes"]),
        variants=tuple(
            _study_variant(variant, result, place) for variant, result in zip(plain["variants"], results, strict=True)
        ),
        comparison=_comparison(plain["comparison"]),
        made_by=tuple(plain.get("made_by") or ()),
    )


def _study_variant(plain: PlainObject, result: Result | FailedResult, place: str) -> StudyVariant:
    if isinstance(result, FailedResult):
        raise misfit("the run of a variant has failed", place, WHOLE)
    terms = {name: text for name, text in (plain.get("terms") or {}).items() if name in asdict(SAME)}
    return StudyVariant(plain["label"], tuple(plain.get("overrides") or ()), replace(SAME, **terms), result)


def _comparison(plain: PlainObject) -> Comparison:
    return Comparison(
        baseline=plain["baseline"],
        seeds=plain["seeds"],
        measures=tuple(plain["measures"]),
        horizon=plain.get("horizon"),
        differing=tuple(plain.get("differing") or ()),
        paired=tuple(plain.get("paired") or ()),
        fewest_seeds=plain.get("fewest_seeds"),
        variants=tuple(map(_compared_variant, plain["variants"])),
        ranking=tuple(plain["ranking"]),
    )


def _compared_variant(plain: PlainObject) -> ComparedVariant:
    rate, time = plain["solve_rate"], plain["epochs_to_solve"]
    tests = plain.get("against_baseline")
    return ComparedVariant(
        Summary(
            label=plain["label"],
            solve_rate=SolveRate(rate["solved"], rate["of"], rate["rate"], tuple(rate["interval"])),
            epochs_to_solve=TimeToSolve(time["median"], tuple(time["interval"])),
            diverged=tuple(plain["diverged"]),
            metrics={name: _final_metric(metric) for name, metric in plain["metrics"].items()},
        ),
        Verdict(plain["verdict"], plain.get("measure"), plain.get("p"), plain.get("seeds_needed")),
        None if tests is None else tuple(map(_test, tests)),
    )


def _final_metric(plain: PlainObject) -> FinalMetric:
    centres: Sequence[Centre] = [name for name in get_args(Centre) if plain.get(name)]
    return FinalMetric(
        plain["n"], {name: Estimated(plain[name]["value"], tuple(plain[name]["interval"])) for name in centres}
    )


def _test(plain: PlainObject) -> PairTest:
    return PairTest(
        measure=plain["measure"],
        superiority=plain.get("superiority"),
        difference=plain["difference"],
        interval=tuple(plain.get("interval") or (None, None)),
        p=plain["p"],
        effect_size=plain.get("effect_size"),
        probability_of_improvement=plain.get("probability_of_improvement"),
        seeds_differing=plain.get("seeds_differing"),
        seeds_needed=plain["seeds_needed"],
        log_rank_p=plain.get("log_rank_p"),
        p_adjusted=plain["p_adjusted"],
    )


PLAN: Keys = {
    "name": TEXT,
    "made_by": Maybe([TEXT]),
    "axes": [TEXT],
    "trials": [{"id": TEXT, "values": [TEXT], "config": {"name": TEXT}}],
}
"""The minimum content of a sweep's plan."""

SWEEP: Keys = {
    "sort": TEXT,
    "failures": [{"trial": TEXT, "error": TEXT, "signal": TEXT.or_null, "log": TEXT.or_null}],
}
"""The part of a sweep's record that does not follow from its plan and runs."""


def check_plan(plan: PlainObject, place: str) -> None:
    """Raise `UserError` (code CORRUPT) unless this is a sweep's plan."""
    whole = "the plan of a sweep"
    require(plan, PLAN, place, whole)
    if not plan["trials"] or any(len(trial["values"]) != len(plan["axes"]) for trial in plan["trials"]):
        raise misfit("its trials do not have a value for each axis", place, whole)
