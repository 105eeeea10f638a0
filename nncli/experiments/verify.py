"""Verify that the files of a run are intact, as written, and consistent."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from nncli.config.experiment import Experiment
from nncli.config.recorded_config import recorded_document, recorded_experiment
from nncli.errors import ExitCode, Forbidden, UserError, distinct
from nncli.experiments.predict import describe, hashes
from nncli.experiments.result import check_fits, weights_hash
from nncli.experiments.resume import check_metrics, whole_checkpoint
from nncli.experiments.saved_training import SavedTraining
from nncli.experiments.weights_history import read_history
from nncli.runs.directory import (
    CONFIG,
    DATA,
    ENVIRONMENT,
    FLOW,
    HISTORY,
    METRICS,
    RECORDED,
    RESULT,
    SUMMED,
    WEIGHTS,
    RunDirectory,
    Status,
)
from nncli.runs.metrics_csv import MetricsTable
from nncli.runs.result_json import check_owner, whole_result
from nncli.runs.result_record import Result
from nncli.storage.checksums import SUMS, wrong_sums
from nncli.tasks.data_json import Signature


@dataclass(frozen=True, slots=True)
class RunVerdict:
    """The result of a check.

    Attributes:
        status: the status of the run.
        checked: the files that were checked.
        faults: the errors.
        code: see `code_of`.
    """

    status: Status
    checked: tuple[str, ...]
    faults: tuple[UserError, ...]
    code: ExitCode = ExitCode.OK


def verify(run: RunDirectory) -> RunVerdict:
    """Check every file of a run, by itself and against the others.

    A run that is finished, or was interrupted by a signal, has a result and with it the hashes of its files; one that
    was killed has what it had written by then, which must be intact too. An unreadable file is a fault like any other.
    """
    status = run.status
    checked: list[str] = []
    faults: list[UserError] = []
    for name, check in _checks(run):
        checked.append(name)
        try:
            faults += check()
        except UserError as error:
            faults += error.errors
    return RunVerdict(status, tuple(checked), distinct(faults), code_of(faults))


def code_of(faults: Sequence[UserError]) -> ExitCode:
    """CORRUPT if a file is damaged; FILES if the only faults are files that could not be read."""
    return (
        ExitCode.OK
        if not faults
        else ExitCode.FILES
        if all(isinstance(fault, Forbidden) for fault in faults)
        else ExitCode.CORRUPT
    )


def _checks(run: RunDirectory) -> Iterator[tuple[str, Callable[[], Iterator[UserError]]]]:
    """The files to check, each with its check."""
    has_result = (run.path / RESULT).exists()
    yield CONFIG, lambda: _reads(lambda: recorded_document(run))
    yield ENVIRONMENT, lambda: _reads(run.read_environment)
    if has_result or (run.path / DATA).exists():
        yield DATA, lambda: _reads(lambda: describe(run))
    yield METRICS, lambda: _table(run, METRICS, run.open_metrics, ("seed", "epoch", "step"))
    if (run.path / FLOW).exists():
        yield FLOW, lambda: _table(run, FLOW, run.open_flow, ("epoch", "seed", "layer"))
    own_data = functools.cache(lambda: _own_data(run))
    for path in run.checkpoints():
        yield path.name, functools.partial(_checkpoint, run, path, own_data)
    if has_result:
        yield RESULT, lambda: _result(run)
        yield SUMS, lambda: _sums(run)
    elif (run.path / SUMS).exists():
        yield SUMS, lambda: _sums(run)
    if (run.path / WEIGHTS).exists():
        yield WEIGHTS, lambda: _weights(run)
    if (run.path / HISTORY).exists():
        yield HISTORY, lambda: _history(run)


def _reads(read: Callable[[], object]) -> Iterator[UserError]:
    """Check that a file can be read."""
    read()
    return iter(())


def _own_data(run: RunDirectory) -> tuple[Experiment, Signature] | None:
    """The experiment of the run and its data; None if the data are missing or have changed."""
    try:
        experiment = recorded_experiment(run)
    except UserError as error:
        if error.code != ExitCode.DATA:
            raise
        return None
    return experiment, Signature.of(experiment.splits, experiment.task)


def _checkpoint(
    run: RunDirectory, path: Path, own_data: Callable[[], tuple[Experiment, Signature] | None]
) -> Iterator[UserError]:
    """Check that `resume` would continue from a checkpoint, as far as possible if the data are missing."""
    try:
        if (data := own_data()) is not None:
            whole_checkpoint(run, path, *data)
        else:
            checkpoint = run.read_checkpoint(path)
            SavedTraining.read_from(path, checkpoint)
            check_metrics(run, path, checkpoint)
    except UserError:
        if path.exists():  # else the run is training, and has written a newer one since
            raise
    return iter(())


def _table(
    run: RunDirectory, name: str, read: Callable[[], MetricsTable], first: tuple[str, ...]
) -> Iterator[UserError]:
    """Check that a table begins with columns of whole numbers, and has numbers alone."""
    table, what = read(), f"not a table of {name.removesuffix('.csv')}"
    if table.columns and table.columns[: len(first)] != first:
        yield _wrong(run, name, f"{what}: it does not begin with {', '.join(first)}")
    elif not all(type(number) is int for row in table.rows for number in row[: len(first)]):
        one = f"{'an' if first[0] == 'epoch' else 'a'} {', '.join(first[:-1])} or {first[-1]}"
        yield _wrong(run, name, f"{what}: {one} is not a whole number")


def _result(run: RunDirectory) -> Iterator[UserError]:
    """Check that the result is a valid result of this run."""
    if (result := whole_result(run)) is not None:
        check_owner(run, result)
        if isinstance(result, Result):
            check_fits(describe(run)[0], result, run.path)
    return iter(())


def _sums(run: RunDirectory) -> Iterator[UserError]:
    """Check the files against their sums. Without a result, which is written after the sums, the others must match."""
    has_failed = run.status == "failed"
    recorded = [name for name in RECORDED if (run.path / name).exists()]
    for error in wrong_sums(run.path, () if has_failed else (*SUMMED, *recorded, RESULT)):
        if (run.path / RESULT).exists() or error.where.source != str(run.path / RESULT):
            yield error


def _weights(run: RunDirectory) -> Iterator[UserError]:
    """Check that the weights fit the config and hash to the values in the result, even if that is damaged elsewhere."""
    result = run.read_result() or {}
    seeds, expected = result.get("seeds"), result.get("weights_sha256")
    found = list(hashes(run))
    if not isinstance(seeds, list) or not isinstance(expected, list):
        return
    if [seed for seed, _ in found] != seeds:
        yield _wrong(run, WEIGHTS, "its seeds are not those of the result")
        return
    for (seed, mine), theirs in zip(found, expected, strict=False):
        if mine != theirs:
            yield _wrong(run, WEIGHTS, f"the weights of seed {seed} are not those of the result")


def _history(run: RunDirectory) -> Iterator[UserError]:
    """Check that the recorded weights fit the config, and end with those that the result has."""
    history, result = read_history(run), run.read_result() or {}
    found = [weights_hash(theta) for theta in history.theta[:, -1]]
    for name, own in (("seeds", [*history.seeds]), ("epochs", [*history.stopped]), ("weights_sha256", found)):
        if name in result and result[name] != own:
            what = "its last weights are" if name == "weights_sha256" else f"its {name} are"
            yield _wrong(run, HISTORY, f"{what} not those of the result")


def _wrong(run: RunDirectory, name: str, given: str) -> UserError:
    return UserError(given, where=str(run.path / name), code=ExitCode.CORRUPT)
