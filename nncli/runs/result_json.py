"""Read and check `result.json`."""

from __future__ import annotations

from typing import Any, get_args

from nncli.errors import ExitCode, UserError
from nncli.runs import directory as run_files
from nncli.runs.directory import Outcome, RunDirectory
from nncli.storage.checksums import wrong_sums
from nncli.storage.json_shape import COUNT, FLAG, NUMBER, TEXT, Keys, Leaf, Maybe, Shape, misfit, require

WHOLE = "the result of a run"

STATUS = Leaf(f"one of {', '.join(get_args(Outcome))}", (str,), among=get_args(Outcome))

FAILED: Keys = {"run": TEXT, "name": TEXT, "status": STATUS}
"""The keys of the result of a run that failed by a bug."""

PER_SEED: Keys = {
    "solved": [FLAG],
    "solved_epoch": [COUNT.or_null],
    "epochs": [COUNT],
    "steps": [COUNT],
    "best_epoch": [COUNT.or_null],
    "stop_reason": [TEXT],
    "divergence": [
        Maybe({"what": TEXT, "epoch": COUNT, "step": COUNT, "loss_before": NUMBER.or_null, "weights_step": COUNT})
    ],
    "cycle_from": [COUNT.or_null],
    "weights_sha256": [TEXT],
}
"""The lists with one item per seed, as in `metrics`."""

LATER: Keys = {"lowest_validation": Maybe([Maybe({"epoch": COUNT, "loss": NUMBER})])}
"""The same, in runs of later versions."""

METRIC: Shape = [NUMBER.or_null]

RESULT: Keys = {
    **FAILED,
    **PER_SEED,
    **LATER,
    "task": TEXT,
    "seeds": [COUNT],
    "epochs_planned": COUNT,
    "metrics": {"train_loss": METRIC, "train_max_error": METRIC, ...: METRIC},
    "complete": FLAG,
    "rows": {"train": COUNT},
    "parameters": COUNT,
    "seconds": {"training": NUMBER},
}
"""The required keys of any other result."""


def solving_epochs(result: dict[str, Any]) -> list[int | None]:
    """When each seed was solved: the first epoch that solved its rows, if its final weights do; else None.

    So a seed that got every row right once and lost that again was not solved. If no epoch was seen to be solved and
    the final weights are, as after the last step of an epoch in which a row was wrong, it is the last epoch.
    """
    seeds = zip(result["solved"], result["stop_reason"], result["solved_epoch"], result["epochs"], strict=True)
    return [
        (ended if first is None else first) if solved and reason != "diverged" else None
        for solved, reason, first, ended in seeds
    ]


def lost_epochs(result: dict[str, Any]) -> list[int]:
    """The first solved epochs of the seeds that are not solved by their final weights."""
    seeds = zip(solving_epochs(result), result["solved_epoch"], strict=True)
    return [first for solved, first in seeds if solved is None and first is not None]


def whole_result(run: RunDirectory) -> dict[str, Any] | None:
    """The object in `result.json`, or None if the file is missing.

    Raises: `UserError` with code FILES if it cannot be read, CORRUPT if it is not the result of a run.
    """
    result = run.read_result()
    if result is not None:
        check_result(result, str(run.path / run_files.RESULT))
    return result


def sound_result(run: RunDirectory) -> dict[str, Any] | None:
    """The same, after checking that config, data and result are what this run wrote.

    Raises: see `whole_result`; also CORRUPT if a hash differs from the recorded one, or it is another run's.
    """
    result = whole_result(run)
    if result is None or result["status"] == "failed":
        return result
    for error in wrong_sums(run.path, own := (run_files.CONFIG, run_files.DATA, run_files.RESULT), own):
        raise error
    check_owner(run, result)
    return result


def check_owner(run: RunDirectory, result: dict[str, Any]) -> None:
    """Refuse, with a `UserError` (code CORRUPT), the result of another run."""
    if result["run"] != run.folder and not run.is_renamed:
        given = f"it is the result of another run: {result['run']:.80}"
        raise UserError(given, where=str(run.path / run_files.RESULT), code=ExitCode.CORRUPT)


def check_result(result: Any, place: str) -> None:
    """Refuse, with a `UserError` (code CORRUPT), anything but the result of a run."""
    require(result, FAILED, place, WHOLE)
    if result["status"] == "failed":
        return
    require(result, RESULT, place, WHOLE)
    seeds = len(result["seeds"])
    if not seeds:
        raise misfit("it has no seeds", place, WHOLE)
    lists = {name: result[name] for name in (*PER_SEED, *LATER) if result.get(name) is not None}
    lists |= {f"metrics.{name}": values for name, values in result["metrics"].items()}
    for name, values in lists.items():
        if len(values) != seeds:
            raise misfit(f"{name} has {len(values)} items for {seeds} seeds", place, WHOLE)
    if any(end == "diverged" and not how for end, how in zip(result["stop_reason"], result["divergence"], strict=True)):
        raise misfit("divergence does not say how a seed diverged", place, WHOLE)
