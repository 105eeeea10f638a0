"""`nncli resume`."""

from __future__ import annotations

from typing import Annotated

import typer

from nncli.cli.exit_status import exit_code, print_outcome
from nncli.cli.options import (
    COMMON,
    Json,
    QuietRun,
    Run,
    RunsDir,
)
from nncli.storage.names import RUNS


def resume(
    run: Run,
    json: Json = False,
    quiet: QuietRun = False,
    from_start: Annotated[
        bool, typer.Option("--from-start", help="Restart training from the beginning.", rich_help_panel=COMMON)
    ] = False,
    drop_metrics: Annotated[
        bool,
        typer.Option(
            "--drop-metrics",
            help="Continue even if metrics.csv is damaged; keep the damaged file under another name.",
            rich_help_panel=COMMON,
        ),
    ] = False,
    runs_dir: RunsDir = RUNS,
) -> None:
    """Resume an interrupted run; the result is bit-identical to an uninterrupted one.

    Example: nncli resume latest
    """
    from nncli.cli.console import fitted, note, out
    from nncli.cli.progress import HashProgress, Progress
    from nncli.cli.run_argument import named_run
    from nncli.config.recorded_config import recorded_experiment
    from nncli.experiments import train as experiments
    from nncli.experiments.result import check_fits
    from nncli.experiments.resume import find_start
    from nncli.report.headline import headline
    from nncli.runs.directory import CONFIG, DATA, RunDirectory
    from nncli.runs.result_json import sound_result
    from nncli.runs.result_record import Result
    from nncli.storage.checksums import check_sums

    directory = named_run(runs_dir, run)
    check_sums(directory.path, (CONFIG, DATA))
    path, experiment = directory.path, recorded_experiment(directory)

    def tell_if_over() -> None:
        """If the run is over, print its result and exit.

        The files read for this (config, data and result) are checked against their hashes. Weights and metrics are not
        read; `verify` checks those.
        """
        result = sound_result(directory)
        if isinstance(result, Result) and directory.is_over:
            check_fits(experiment, result, path)
            note(f"note: this run is {directory.status}; nothing is left to train")
            print_outcome(experiment, result, path, json=json, quiet=quiet)
            raise typer.Exit(exit_code(directory.status))

    tell_if_over()  # also works with read permission only
    with RunDirectory.take(path) as directory:
        tell_if_over()  # another process may have finished it while we waited for the lock
        with HashProgress(show=not quiet).watching():
            start = find_start(directory, experiment, from_start=from_start, drop_metrics=drop_metrics)
        if not (json or quiet):
            out(fitted(headline(experiment)))
        for text in start.notes():
            note(f"note: {text}")
        progress = Progress(experiment.training.epochs, experiment.steps_per_epoch, show=not quiet)
        with progress.watching():
            finished = experiments.resume(directory, experiment, start, listener=progress)
    print_outcome(experiment, finished.result, path, json=json, quiet=quiet)
    raise typer.Exit(exit_code(finished.result.status, progress.stop.signal))
