"""`sweep`: many trials in one folder; can be killed at any time and resumed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from nncli.analysis.sweep_record import FailedTrial, SweepStudy
from nncli.errors import ExitCode, UserError
from nncli.report import leaderboard_text as report
from nncli.runs.directory import RunDirectory
from nncli.runs.listing import list_runs
from nncli.runs.result_record import Result
from nncli.storage.checksums import check_sums
from nncli.storage.json_shape import misfit_of, require
from nncli.storage.lock import Lock
from nncli.storage.names import RUNS
from nncli.storage.strict_json import read_json_object
from nncli.studies.executors.choice import LOCAL, Where, make_executor
from nncli.studies.executors.supervisor import SilentWatcher, Watcher, train_trials
from nncli.studies.executors.work_unit import Failure
from nncli.studies.leaderboard import check_sort, leaderboard, leaderboard_csv
from nncli.studies.plan import Plan, read_plan, write_plan
from nncli.studies.study_directory import PLAN, STUDY, seeds_csv, write_study
from nncli.studies.study_json import SWEEP
from nncli.studies.trials import Trial, finished_runs

WORKER_EXIT_SECONDS = 5.0
"""Seconds for the workers of a killed sweep to notice that their parent is gone."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """The state of a sweep: its folder, the content of `study.json`, and how many trials were already done."""

    path: Path
    record: SweepStudy
    before: int = 0

    @property
    def first(self) -> RunDirectory | None:
        """The run of the first-ranked trial."""
        if (first := self.record.first) is None:
            return None
        return next((run for run in list_runs(self.path) if run.name.endswith(f"-{first.trial}")), None)


def sweep(
    plan: Plan,
    *,
    sort: str | None = None,
    runs_dir: Path = RUNS,
    where: Where = LOCAL,
    watcher: Watcher | None = None,
    tables: Mapping[str, Callable[[SweepStudy], str]] = MappingProxyType({}),
) -> Sweep:
    """Train the unfinished trials of a plan, and write the leaderboard.

    Args:
        plan: as returned by `make_plan`; equal plans share a folder, so each trial is trained once.
        sort: what to sort the leaderboard by, as in `leaderboard`.
        runs_dir: where the sweep's folder is.
        where: which executor to use.
        watcher: is told the progress, and may ask to stop.
        tables: what else to write into the folder, by file name.

    Raises:
        UserError: (code USAGE) for an unknown `sort`; (code FILES) for a file system error, a cluster that does not
            answer, or if the sweep is already running; (code INTERRUPTED) if the watcher asked to stop.
    """
    if sort is not None:
        check_sort(sort, plan)
    path = write_plan(plan, runs_dir)
    lock = Lock.acquire(path / "lock")
    try:
        _wait_for_the_last(path)
        before = _results(path, plan.pending({}))
        pending = plan.pending(before)
        failures = _train(pending, path, where, watcher or SilentWatcher())
        results = before | _results(path, pending)
        missing = len(plan.trials) - len(results)
        if missing > len(failures):
            given = f"interrupted: {len(results)} of {len(plan.trials)} trials are done"
            allowed = f"Run the same command to resume it in {path}"
            raise UserError(given, allowed=allowed, code=ExitCode.INTERRUPTED)
        record = _record(plan, path, results, sort, [failure.as_record() for failure in failures])
        texts = {
            "results.csv": _results_csv(plan, results),
            "leaderboard.csv": leaderboard_csv(record),
            "table.md": report.markdown(record),
            **{name: table(record) for name, table in tables.items()},
        }
        write_study(path, record.as_plain(), texts)
        return Sweep(path, record, len(before))
    finally:
        lock.release()


def read_sweep(path: Path) -> Sweep:
    """Read a sweep from its folder, finished or not, with its last sort order and failures."""
    return read_trials(path)[0]


def read_trials(path: Path) -> tuple[Sweep, Plan, dict[str, Result]]:
    """The same with its plan, and the results of the finished trials by name."""
    plan = read_plan(path)
    results = _results(path, plan.pending({}))
    sort, tried = _last_record(path, plan)
    check_sums(path, (PLAN, STUDY))
    failures = [failure for failure in tried if failure.trial not in results]
    return Sweep(path, _record(plan, path, results, sort, failures)), plan, results


def _last_record(path: Path, plan: Plan) -> tuple[str | None, list[FailedTrial]]:
    """What a sweep's `study.json` was sorted by, and its failures, if the sweep was ever finished."""
    record, place, whole = read_json_object(path / STUDY), str(path / STUDY), "the record of a sweep"
    if record is None:
        return None, []
    require(record, SWEEP, place, whole)
    try:
        check_sort(record["sort"], plan)
    except UserError as error:
        raise misfit_of(error, place, whole) from error
    names = ("trial", "error", "signal", "log")
    return record["sort"], [FailedTrial(*(failure[name] for name in names)) for failure in record["failures"]]


def _train(trials: list[Trial], path: Path, where: Where, watcher: Watcher) -> list[Failure]:
    return train_trials(trials, path, make_executor(where, trials, watcher), watcher) if trials else []


def _wait_for_the_last(path: Path) -> None:
    """Wait for the workers of a sweep that was just killed to exit: they may still finish a trial."""
    deadline = time.monotonic() + WORKER_EXIT_SECONDS
    while any(run.status == "running" for run in list_runs(path)) and time.monotonic() < deadline:
        time.sleep(0.05)


def _results(path: Path, trials: Iterable[Trial]) -> dict[str, Result]:
    return {name: result for name, (_, result) in finished_runs(path, trials).items()}


def _results_csv(plan: Plan, results: Mapping[str, Result]) -> str:
    """One row for each trial and seed, in the plan's order."""
    entries = [
        ([planned.id, *planned.values], results[planned.trial.name])
        for planned in plan.trials
        if planned.trial.name in results
    ]
    return seeds_csv(["trial", *plan.axes], entries)


def _record(
    plan: Plan, path: Path, results: Mapping[str, Result], sort: str | None, failures: list[FailedTrial]
) -> SweepStudy:
    """The content of a sweep's `study.json`."""
    by, measure, rows = leaderboard(plan, results, sort)
    return SweepStudy(
        study=path.name,
        name=plan.name,
        axes=plan.axes,
        trials=len(plan.trials),
        seeds=plan.seeds,
        done=len(results),
        epochs=plan.epochs,
        sort=by,
        measure=measure,
        leaderboard=rows,
        failures=tuple(failures),
        made_by=plan.made_by,
    )
