"""The required shapes of a sweep's `study.json` and `plan.json`."""

from __future__ import annotations

from typing import Any

from nncli.storage.json_shape import TEXT, Keys, misfit, require

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


def check_plan(plan: dict[str, Any], place: str) -> None:
    """Raise `UserError` (code CORRUPT) unless this is a sweep's plan."""
    whole = "the plan of a sweep"
    require(plan, PLAN, place, whole)
    if not plan["trials"] or any(len(trial["values"]) != len(plan["axes"]) for trial in plan["trials"]):
        raise misfit("its trials do not have a value for each axis", place, whole)
