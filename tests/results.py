"""Results of runs, made without training."""

from __future__ import annotations

from typing import Any

from nncli.runs.result_record import FailedResult, Result, from_plain


def plain_result(**known: Any) -> dict[str, Any]:
    """The object of a `result.json`: by default that of one seed that trained for an epoch and solved nothing."""
    count = next((len(values) for values in known.values() if isinstance(values, list)), 1)
    unknown = [None] * count
    metrics = {"train_loss": unknown, "train_max_error": unknown} | known.pop("metrics", {})
    return {
        "run": "xor-20260101T000000Z-abcdef",
        "name": "xor",
        "status": "completed",
        "task": "xor",
        "seeds": list(range(count)),
        "solved": [False] * count,
        "solved_epoch": unknown,
        "epochs": [1] * count,
        "epochs_planned": 1,
        "steps": [1] * count,
        "best_epoch": unknown,
        "lowest_validation": unknown,
        "stop_reason": ["epochs"] * count,
        "divergence": unknown,
        "cycle_from": unknown,
        "metrics": metrics,
        "complete": True,
        "rows": {"train": 4},
        "parameters": 17,
        "exact": True,
        "seconds": {"total": 0.05, "training": 0.031},
        "steps_per_second": 30.0,
        "stack": None,
        "weights_sha256": ["0" * 64] * count,
        "optimizer_sha256": ["0" * 64] * count,
    } | known


def made_result(**known: Any) -> Result:
    """The same as a record."""
    result = from_plain(plain_result(**known), "result.json")
    assert not isinstance(result, FailedResult)
    return result
