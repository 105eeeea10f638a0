"""`nncli train`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from nncli.cli.exit_status import exit_code, print_outcome
from nncli.cli.options import (
    COMMON,
    WHERE,
    Config,
    Json,
    Overrides,
    QuietRun,
    RunsDir,
    Seeds,
    number_option,
    seeds_override,
    text_option,
)
from nncli.errors import ExitCode, UserError
from nncli.storage.names import RUNS

if TYPE_CHECKING:
    from pathlib import Path

    from nncli.analysis.conditions import Condition
    from nncli.config.experiment import Experiment


def train(
    config: Config,
    overrides: Overrides = None,
    seeds: Seeds = None,
    expect: Annotated[
        list[str] | None,
        text_option(
            "--expect",
            "CONDITION",
            'Exit with 8 unless this holds for every seed: "train_accuracy >= 0.99", "solve_rate >= 0.9".',
        ),
    ] = None,
    overfit_batch: Annotated[
        bool,
        typer.Option(
            "--overfit-batch",
            help="Only check whether each seed can memorize one batch; writes no run, and exits with 8 if one cannot.",
            rich_help_panel=COMMON,
        ),
    ] = False,
    plot: Annotated[
        bool,
        typer.Option("--plot", help="Then draw the pictures that fit the run into its folder.", rich_help_panel=COMMON),
    ] = False,
    json: Json = False,
    quiet: QuietRun = False,
    name: Annotated[
        str | None, typer.Option("--name", help="Name of the run; default: the config's name.", rich_help_panel=WHERE)
    ] = None,
    runs_dir: RunsDir = RUNS,
    threads: Annotated[
        int | None,
        number_option("--threads", least=1, metavar="N", help="Number of BLAS threads; default: 1.", panel=WHERE),
    ] = None,
) -> None:
    """Train the network of a config file.

    Example: nncli train configs/xor.yaml activation=relu --seeds 50
    """
    from nncli.cli.console import fitted, note, out
    from nncli.cli.expect import all_hold
    from nncli.cli.progress import Progress
    from nncli.config.load import load_document
    from nncli.config.resolve import resolve
    from nncli.config.yaml_scalars import render
    from nncli.diagnosis.notes import notes
    from nncli.experiments.train import run_stack
    from nncli.report.expectations import expected_of_run
    from nncli.report.headline import classes, headline
    from nncli.storage.names import check_name
    from nncli.tasks.data_files import FromFile

    if overfit_batch:
        _check_alone(name=name, expect=expect, plot=plot, runs_dir=runs_dir)
    if name is not None:
        try:
            check_name(name)
        except UserError as error:
            raise error.replaced(where="--name") from error
    options = {"name": name, "threads": threads}
    changes = [*(overrides or []), *seeds_override(seeds)]
    changes += [f"{key}={render(value)}" for key, value in options.items() if value is not None]
    experiment = resolve(load_document(config, changes))
    if overfit_batch:
        from nncli.cli.overfit_batch import overfit_batch as check

        raise typer.Exit(check(experiment, config, changes, json=json, quiet=quiet))
    conditions = _conditions(expect or [], experiment)
    if not (json or quiet):
        out(fitted(headline(experiment)))
        if isinstance(experiment.task, FromFile) and (text := classes(experiment)):
            out(fitted(text))
    for text in notes(experiment):
        note(fitted(f"note: {text}"))
    progress = Progress(experiment.training.epochs, experiment.steps_per_epoch, show=not quiet)
    with progress.watching():
        (finished,) = run_stack([experiment], runs_dir=runs_dir, listener=progress)
    print_outcome(experiment, finished.result, finished.path, json=json, quiet=quiet)
    if plot:
        _draw(finished.path, finished.result.status)
    held = all_hold(expected_of_run(finished.result, conditions), quiet=quiet)
    code = exit_code(finished.result.status, progress.stop.signal)
    raise typer.Exit(code if held or code != ExitCode.OK else ExitCode.EXPECTATION)


def _draw(path: Path, status: str) -> None:
    """Draw what fits a run into its folder. The run is finished: what goes wrong here is only said."""
    from nncli.cli.console import fitted, note
    from nncli.errors import command
    from nncli.pictures.files import write_pictures
    from nncli.pictures.kind import draw
    from nncli.pictures.run_kinds import KINDS
    from nncli.pictures.subject import subject_of
    from nncli.runs.directory import RunDirectory

    if status == "interrupted":
        return
    written: list[str] = []
    try:
        pictures = draw(subject_of(RunDirectory.open(path)), KINDS)
        written.extend(own.name for own in write_pictures(pictures, path, "png"))
    except Exception as error:  # whatever it is, the run is whole and has its exit code
        note(fitted(f"note: not all pictures could be drawn: {error}"))
        note(fitted(f"  to try again: {command('plot', path)}"))
    note(fitted(f"pictures: {', '.join(written) or 'none'}"))


def _check_alone(*, name: str | None, expect: list[str] | None, plot: bool, runs_dir: Path) -> None:
    """Reject the options of a run beside `--overfit-batch`."""
    given = {"--name": name is not None, "--expect": bool(expect), "--plot": plot, "--runs-dir": runs_dir != RUNS}
    for option, was_given in given.items():
        if was_given:
            raise UserError(f"--overfit-batch writes no run, so {option} has no use", hint=f"Leave out {option}")


def _conditions(texts: list[str], experiment: Experiment) -> list[Condition]:
    from nncli.cli.expect import conditions
    from nncli.report.expectations import OF_RUNS, OF_SEEDS

    return conditions(texts, (*experiment.metric_names, *OF_SEEDS, *OF_RUNS))
