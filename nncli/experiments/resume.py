"""Find where a run can continue: at its newest intact checkpoint of this config and these data."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from nncli.config.experiment import Experiment
from nncli.errors import ExitCode, UserError, command
from nncli.experiments.assembly import build_network, build_rows, build_settings
from nncli.experiments.saved_training import Origin, SavedTraining
from nncli.nn.arrays import Array
from nncli.runs.checkpoints import Checkpoint
from nncli.runs.directory import CONFIG, RunDirectory
from nncli.runs.environment import describe_environment, differences
from nncli.runs.metrics_csv import TableMark
from nncli.tasks.data_json import Signature
from nncli.threads import limited_threads
from nncli.training.flow import LayerFlow
from nncli.training.loop import Training
from nncli.training.metrics import Metrics
from nncli.training.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Start:
    """Where training continues.

    Attributes:
        snapshot: None for the beginning.
        marks: size and hash of each table at that point, by file name; a table without one restarts.
        seconds: of training before it.
        signature: of the data.
        origin: the origin to record in further checkpoints.
        differences: in words, between the environment of the checkpoint and this one.
        rejected: newer checkpoints that are set aside, damaged or not of this run, each with its error.
    """

    snapshot: Snapshot | None
    marks: Mapping[str, TableMark]
    seconds: float
    signature: Signature
    origin: Origin
    differences: tuple[str, ...]
    rejected: tuple[tuple[Path, UserError], ...]

    def notes(self) -> Iterator[str]:
        """Notes for the user."""
        for path, error in self.rejected:
            yield f"{path.name} is skipped: {error.given}"
        if self.snapshot is None:
            yield (
                "training restarts from the beginning"
                if self.rejected
                else "no checkpoint found: training restarts from the beginning"
            )
        else:
            yield f"training continues in epoch {self.snapshot.epoch}, after step {self.snapshot.step}"
        if self.differences:
            yield f"the environment has changed ({'; '.join(self.differences)}), so the bits may differ from here on"


def find_start(
    run: RunDirectory, experiment: Experiment, *, from_start: bool = False, drop_metrics: bool = False
) -> Start:
    """Find where an unfinished run can continue.

    Args:
        run: its directory.
        experiment: from its config.
        from_start: start over even if there are checkpoints.
        drop_metrics: accept a checkpoint even if the metrics recorded before it are damaged.

    Raises:
        UserError: (code DATA) if the data are not those that it was trained on; (code FILES) if they cannot be read;
            (code CORRUPT) if the config is another, or none of its checkpoints can be used.
    """
    signature = Signature.of(experiment.splits, experiment.task)
    with limited_threads(experiment.threads):
        environment = describe_environment(experiment.threads)
    check_data(run, signature)
    rejected: list[tuple[Path, UserError]] = []
    for path in run.checkpoints():
        try:
            checkpoint, saved = whole_checkpoint(run, path, experiment, signature, metrics=not drop_metrics)
        except UserError as error:
            if error.where.source != str(path):  # the config or the data are at fault
                raise
            rejected.append((path, error))
            continue
        if from_start:
            rejected.append((path, UserError("a restart was requested", where=str(path))))
            continue
        changes = tuple(differences(saved.origin.environment, environment))
        exact = saved.origin.exact and not changes
        return Start(
            saved.snapshot,
            {} if drop_metrics else checkpoint.marks,
            saved.seconds,
            signature,
            Origin(signature.sha256, environment, exact),
            changes,
            tuple(rejected),
        )
    if rejected and not from_start:
        raise _no_checkpoint(run, rejected)
    return Start(None, {}, 0.0, signature, Origin(signature.sha256, environment), (), tuple(rejected))


def _no_checkpoint(run: RunDirectory, rejected: Sequence[tuple[Path, UserError]]) -> UserError:
    """The refusal to discard training: starting over takes an explicit request."""
    first, error = rejected[0]
    which = (
        "its checkpoint cannot be used"
        if len(rejected) == 1
        else f"none of its {len(rejected)} checkpoints can be used"
    )
    hint = f"To retrain from the beginning: {command('resume', run.path, '--from-start')}"
    if other := [error for _, error in rejected if isinstance(error, OtherMetrics)]:
        kept = command("resume", run.path, "--drop-metrics")
        hint = f"Restore {other[0].table}; or, to continue without the rows before the checkpoint: {kept}. {hint}"
    start = f"{which}: {first.name}: "
    return error.replaced(start=start, where=str(run.path), allowed="", hint=hint, code=ExitCode.CORRUPT)


def check_data(run: RunDirectory, signature: Signature) -> None:
    """Refuse data other than those that the run was trained on."""
    written = run.read_data()
    if written is not None and written.get("sha256", signature.sha256) != signature.sha256:
        raise _other_data(run)


def _other_data(run: RunDirectory) -> UserError:
    given = "the data are not those this run was trained on"
    hint = f"Restore them, or train a new run: {command('train', run.path / CONFIG)}"
    return UserError(given, where=str(run.path), hint=hint, code=ExitCode.DATA)


class OtherMetrics(UserError):
    """A checkpoint was written with another `metrics.csv` or `flow.csv`: the `table`."""

    def __init__(self, given: str, *, table: str = "", **parts: Any) -> None:
        super().__init__(given, **parts)
        self.table: Final = table


def check_metrics(run: RunDirectory, path: Path, checkpoint: Checkpoint) -> None:
    """Raise `OtherMetrics` unless each table begins as it did when a checkpoint was written."""
    if (table := run.other_table(checkpoint)) is not None:
        given = f"{table} is not the file it was written with"
        raise OtherMetrics(given, table=table, where=str(path), code=ExitCode.CORRUPT)


def whole_checkpoint(
    run: RunDirectory, path: Path, experiment: Experiment, signature: Signature, *, metrics: bool = True
) -> tuple[Checkpoint, SavedTraining]:
    """A checkpoint and its contents, after checking that training can continue from it.

    Args:
        run: its directory.
        path: of the checkpoint.
        experiment, signature: from the run's config, and of its data.
        metrics: whether the tables must match the checkpoint.

    Raises:
        UserError: at the checkpoint if that is at fault, and otherwise at the config or the run.
    """
    checkpoint = run.read_checkpoint(path)
    saved = SavedTraining.read_from(path, checkpoint)
    if saved.origin.data_sha256 != signature.sha256:
        raise _other_data(run)
    if metrics:
        check_metrics(run, path, checkpoint)
    with limited_threads(experiment.threads):
        network = build_network([experiment])
        training = Training(network, build_rows(experiment, network), build_settings([experiment]), _SilentRecorder())
        try:
            training.restore(saved.snapshot)
        except ValueError as error:
            given = f"it belongs to another network or training: {error}"
            raise UserError(given, where=str(path), code=ExitCode.CORRUPT) from error
    return checkpoint, saved


class _SilentRecorder:
    """Ignores all records of a training that is only restored, not run."""

    def record(self, replicas: list[int], epoch: int, step: int, metrics: Metrics) -> None:
        """Nothing."""

    def record_flow(self, epoch: int, flows: Mapping[int, Sequence[LayerFlow]]) -> None:
        """Nothing."""

    def tick(self, epoch: int, step: int, loss: Array, take: Callable[[], Snapshot]) -> bool:
        """Nothing."""
        return False
