"""The composition root: from a document, or from a checkpoint, to a trained run in its directory."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from nncli.analysis.weight_epochs import weight_epochs
from nncli.config.experiment import Design, Experiment
from nncli.config.load import load_document
from nncli.config.resolve import resolve
from nncli.config.yaml_writer import write_yaml
from nncli.errors import ExitCode, UserError, command
from nncli.experiments.assembly import build_network, build_rows, build_settings
from nncli.experiments.recorder import Listener, Run, Silent, StackRecorder
from nncli.experiments.result import history_arrays, pace, summarize, weight_arrays
from nncli.experiments.resume import Start
from nncli.experiments.saved_training import Origin
from nncli.experiments.start import write_start
from nncli.nn.network import Network
from nncli.runs.directory import RunDirectory
from nncli.runs.environment import describe_environment
from nncli.runs.result_record import FailedResult, Result
from nncli.storage.names import RUNS
from nncli.tasks.data_json import Signature
from nncli.threads import limited_threads
from nncli.training.data import Rows
from nncli.training.loop import Training
from nncli.training.outcome import Outcome
from nncli.training.settings import Settings

Prepared: TypeAlias = tuple[Network, dict[str, Rows], Settings]


@dataclass(frozen=True, slots=True)
class Finished:
    """A finished run: its directory, and its result."""

    path: Path
    experiment: Experiment
    result: Result
    outcomes: list[Outcome]


def run(
    config: Path, overrides: Sequence[str] = (), *, runs_dir: Path = RUNS, listener: Listener | None = None
) -> Finished:
    """Train a config file and write a run directory.

    >>> finished = run(Path("configs/xor.yaml"), ["seeds=3"])  # doctest: +SKIP
    >>> finished.result.solved  # doctest: +SKIP
    [True, True, True]

    Raises:
        UserError: for anything wrong with the config or the file system.
    """
    return run_stack([resolve(load_document(config, overrides))], runs_dir=runs_dir, listener=listener)[0]


def run_stack(
    experiments: Sequence[Experiment], *, runs_dir: Path = RUNS, listener: Listener | None = None
) -> list[Finished]:
    """Train experiments together as one stack, and write a run directory for each.

    They may differ in their seeds and in options that can vary per replica. Each is trained to the same
    bits as it would be alone.

    Raises:
        UserError: for anything wrong with the file system, or too little memory.
    """
    started = time.perf_counter()
    with _limits(experiments), ExitStack() as open_runs:
        prepared = _prepare(experiments)
        write_start(experiments, prepared[0])
        signature = Signature.of(experiments[0].splits, experiments[0].task)
        environment = describe_environment(experiments[0].threads)
        runs, first = [], 0
        for experiment in experiments:
            directory = open_runs.enter_context(RunDirectory.create(runs_dir, experiment.name))
            directory.write_config(resolved_text(experiment))
            directory.write_environment(environment)
            directory.write_data(signature.as_plain())
            replicas = range(first, first := first + len(experiment.seeds))
            runs.append(Run(directory, experiment, replicas, Origin(signature.sha256, environment)))
        return _train(runs, prepared, listener, started)


def resume(
    directory: RunDirectory, experiment: Experiment, start: Start, *, listener: Listener | None = None
) -> Finished:
    """Resume an interrupted run, to the same bits as if it had not been interrupted.

    Args:
        directory: open for writing.
        experiment: what its config describes.
        start: where to resume, from `find_start`.

    Raises:
        UserError: for anything wrong with the file system.
    """
    started = time.perf_counter()
    with _limits([experiment]):
        prepared = _prepare([experiment])
        if start.snapshot is None:
            write_start([experiment], prepared[0])
        run = Run(directory, experiment, range(len(experiment.seeds)), start.origin)
        return _train([run], prepared, listener, started, start)[0]


def _prepare(experiments: Sequence[Experiment]) -> Prepared:
    """Fail early, before a folder is created."""
    network = build_network(experiments)
    return network, build_rows(experiments[0], network), build_settings(experiments)


def _train(
    runs: list[Run], prepared: Prepared, listener: Listener | None, started: float, start: Start | None = None
) -> list[Finished]:
    """Train the runs of a stack, whose directories are ready, and write the results."""
    network, rows, settings = prepared
    segments = network.segments
    before = start.seconds if start is not None else 0.0
    recorder = StackRecorder(runs, listener or Silent(), before)
    training = Training(network, rows, settings, recorder)
    if start is not None:
        _go_to(start, training, runs[0].directory)
    finished: list[Finished] = []
    try:
        outcomes = training.run()
        trained = recorder.seconds
        for run in runs:
            own = [outcomes[replica] for replica in run.replicas]
            run.directory.write_weights(weight_arrays(segments, own), run.experiment.seeds)
            if recorded := history_arrays(segments, own):
                epochs, stopped = weight_epochs(settings.epochs), [outcome.epoch for outcome in own]
                run.directory.write_history(recorded, run.experiment.seeds, epochs, stopped)
            total = before + time.perf_counter() - started
            own_pace = pace(own, outcomes, total=total, training=trained, runs=len(runs))
            result = summarize(run.experiment, run.directory.folder, own, own_pace, run.origin.exact)
            run.directory.write_result(result.as_plain())
            if result.status != "interrupted":
                run.directory.drop_checkpoints()
            finished.append(Finished(run.directory.path, run.experiment, result, own))
    except UserError as error:
        if len(runs) == 1 and error.code == ExitCode.FILES:
            raise error.replaced(allowed=f"Then resume: {command('resume', runs[0].directory.path)}") from error
        raise
    except Exception:
        for run in runs[len(finished) :]:
            directory, name = run.directory, run.experiment.name
            directory.write_result(FailedResult(directory.folder, name).as_plain())
        raise
    return finished


def _go_to(start: Start, training: Training, directory: RunDirectory) -> None:
    """Restore training and directory to where a run resumes; the directory last, after everything else succeeded."""
    if start.snapshot is not None:
        training.restore(start.snapshot)
    directory.rewind(start.marks, [path for path, _ in start.rejected])
    if start.snapshot is None:
        directory.write_environment(start.origin.environment)
    directory.write_data(start.signature.as_plain())


@contextmanager
def _limits(experiments: Sequence[Experiment]) -> Iterator[None]:
    """Run the block with the threads of the config; running out of memory is a `UserError`."""
    with limited_threads(experiments[0].threads):
        try:
            yield
        except MemoryError as error:
            seeds = sum(len(experiment.seeds) for experiment in experiments)
            given = f"not enough memory for this network with {seeds} seed{'s' if seeds > 1 else ''}"
            raise UserError(given, hint="Try fewer units, fewer seeds or a smaller batch_size") from error


def resolved_text(design: Design) -> str:
    """The text of `config.yaml`: every default written out."""
    return write_yaml(design.written)
