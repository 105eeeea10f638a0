"""The required shapes of `study.json` and `plan.json`."""

from __future__ import annotations

from typing import Any, get_args

from nncli.analysis.metric_names import Kind, metric_names
from nncli.storage.json_shape import COUNT, FLAG, NUMBER, SHARE, TEXT, Keys, Leaf, Maybe, Shape, misfit, require

STUDY_WHOLE = "the record of a comparison"

ENDS: Shape = (NUMBER.or_null, NUMBER.or_null)

MEASURES = dict.fromkeys(name for kind in get_args(Kind) for name in metric_names(kind, True, True))

MEASURE = Leaf("a measure", (str,), among=("solved", "epochs", *MEASURES))

TEST: Keys = {
    "measure": MEASURE,
    "difference": NUMBER,
    "p": SHARE,
    "p_adjusted": SHARE,
    "seeds_needed": COUNT.or_null,
    "seeds_differing": Maybe(COUNT),
}

VARIANT: Keys = {
    "label": TEXT,
    "solve_rate": {"solved": COUNT, "of": COUNT, "rate": SHARE, "interval": (SHARE, SHARE)},
    "epochs_to_solve": {"median": NUMBER.or_null, "interval": ENDS},
    "diverged": [COUNT],
    "metrics": {...: {"n": COUNT, "median": Maybe({"value": NUMBER, "interval": ENDS})}},
    "verdict": TEXT,
    "against_baseline": Maybe([TEST]),
}

COMPARISON: Keys = {
    "study": TEXT,
    "name": TEXT,
    "epochs": COUNT,
    "axes": [{"key": TEXT, "values": [TEXT]}],
    "variants": [{"label": TEXT, "result": {}}],
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
"""The minimum content of a comparison's record; its results are those of runs."""

PLAN: Keys = {
    "name": TEXT,
    "axes": [TEXT],
    "trials": [{"id": TEXT, "values": [TEXT], "config": {"name": TEXT}}],
}
"""The minimum content of a sweep's plan."""

SWEEP: Keys = {
    "sort": TEXT,
    "failures": [{"trial": TEXT, "error": TEXT, "signal": TEXT.or_null, "log": TEXT.or_null}],
}
"""The part of a sweep's record that does not follow from its plan and runs."""


def check_comparison(study: Any, place: str) -> None:
    """Raise `UserError` (code CORRUPT) unless this is a comparison's record; results are not checked."""
    require(study, COMPARISON, place, STUDY_WHOLE)
    comparison = study["comparison"]
    found = len(comparison["variants"])
    if not found or len(study["variants"]) != found or sorted(comparison["ranking"]) != list(range(found)):
        raise misfit("its variants are not those that it ranks", place, STUDY_WHOLE)
    for index, variant in enumerate(comparison["variants"]):
        if variant["verdict"] != "baseline" and variant.get("against_baseline") is None:
            raise misfit(f"comparison.variants[{index}] has a verdict without a test", place, STUDY_WHOLE)
        if any(metric["n"] and not metric.get("median") for metric in variant["metrics"].values()):
            raise misfit(f"comparison.variants[{index}] has a metric without a median", place, STUDY_WHOLE)


def check_plan(plan: Any, place: str) -> None:
    """Raise `UserError` (code CORRUPT) unless this is a sweep's plan."""
    whole = "the plan of a sweep"
    require(plan, PLAN, place, whole)
    if not plan["trials"] or any(len(trial["values"]) != len(plan["axes"]) for trial in plan["trials"]):
        raise misfit("its trials do not have a value for each axis", place, whole)
