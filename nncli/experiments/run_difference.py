"""What differs between two runs: config, environment and results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from typing import TypeAlias

from nncli.analysis.differences import Pair, differences
from nncli.analysis.survival import median_time
from nncli.config.recorded_config import recorded_document
from nncli.errors import dotted
from nncli.runs.directory import CONFIG, ENVIRONMENT, RESULT, RunDirectory
from nncli.runs.result_json import whole_result
from nncli.runs.result_record import Result
from nncli.storage.checksums import check_sums

Differing: TypeAlias = Mapping[str, Pair]
"""By the path of a key: the values of the first and of the second run, `ABSENT` where there is none."""


@dataclass(frozen=True, slots=True)
class RunDifference:
    """What differs.

    Attributes:
        config, environment: by key.
        results: the status, counts, and the median over seeds of each metric.
        weights: of the common seeds, how many end with the same weights, and how many there are; None if a run has
            no result.
    """

    config: Differing
    environment: Differing
    results: Differing
    weights: tuple[int, int] | None

    @property
    def is_empty(self) -> bool:
        """Whether nothing differs."""
        same, common = self.weights or (0, 0)
        return not (self.config or self.environment or self.results) and same == common


def run_difference(first: RunDirectory, second: RunDirectory) -> RunDifference:
    """Compare two runs, finished or not. Raises: `UserError` (code FILES or CORRUPT)."""
    for run in (first, second):
        check_sums(run.path, (CONFIG, ENVIRONMENT, RESULT))
    results = [whole_result(run) for run in (first, second)]
    numbers = [_numbers(run, result) for run, result in zip((first, second), results, strict=True)]
    hashes = [
        dict(zip(result.seeds, result.weights_sha256, strict=True)) for result in results if isinstance(result, Result)
    ]
    weights = None
    if len(hashes) == 2:
        common = hashes[0].keys() & hashes[1].keys()
        weights = sum(hashes[0][seed] == hashes[1][seed] for seed in common), len(common)
    return RunDifference(
        _by_key(recorded_document(first).data, recorded_document(second).data),
        _by_key(first.read_environment() or {}, second.read_environment() or {}),
        _by_key(*numbers),
        weights,
    )


def _by_key(first: object, second: object) -> Differing:
    return {dotted(path, longest=None): pair for path, pair in differences(first, second)}


def _numbers(run: RunDirectory, result: object) -> dict[str, object]:
    """What is compared of a result; of one that there is not yet, the status."""
    if not isinstance(result, Result):
        return {"status": run.status}
    return {
        "status": result.status,
        "seeds": len(result.seeds),
        "solved": f"{sum(result.solved)}/{len(result.seeds)}",
        "epochs": _median(result.epochs),
        "epochs_to_solve": median_time(result.solving_epochs),
        **{name: _median(values) for name, values in result.metrics.items()},
        "parameters": result.parameters,
        "rows": dict(result.rows),
    }


def _median(values: tuple[float | None, ...]) -> float | None:
    """The median of the known values."""
    known = [value for value in values if value is not None]
    return median(known) if known else None
