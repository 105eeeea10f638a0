"""`nncli show`."""

from __future__ import annotations

from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from nncli.cli.options import (
    COMMON,
    Json,
    RunsDir,
    number_option,
)
from nncli.errors import ExitCode, UserError
from nncli.storage.names import RUNS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nncli.config.experiment import Design
    from nncli.runs.directory import RunDirectory
    from nncli.runs.result_record import FailedResult, Result

    Weights: TypeAlias = tuple[int, dict[str, NDArray[Any]]]


def show(
    run: Annotated[str, typer.Argument(metavar="RUN", help="Folder or name of a run or study, or latest.")],
    weights: Annotated[
        bool,
        typer.Option("--weights", help="Also print the weights of a small network.", rich_help_panel=COMMON),
    ] = False,
    seed: Annotated[
        int | None,
        number_option("--seed", least=0, metavar="S", help="Seed whose weights to print; default: the first."),
    ] = None,
    json: Json = False,
    runs_dir: RunsDir = RUNS,
) -> None:
    """Show the summary of a run or study, from its files.

    Example: nncli show latest
    """
    from nncli.claims.claims_folder import find_claims_folder
    from nncli.cli.run_argument import named_run, named_study
    from nncli.runs.directory import CONFIG, DATA, RESULT
    from nncli.runs.result_json import whole_result
    from nncli.storage.checksums import check_sums

    if seed is not None and not weights:
        raise UserError("only valid with --weights", where="--seed", hint="Add --weights")
    if (folder := find_claims_folder(runs_dir, run)) is not None:
        _show_claims(folder, json=json)
        if not json:
            _print_labels(folder)
        return
    if (study := named_study(runs_dir, run)) is not None:
        if weights:
            raise UserError("a study has no weights of its own", where="--weights", hint="Name one of its runs")
        _show_study(study, json=json)
        if not json:
            _print_labels(study)
        return
    directory = named_run(runs_dir, run)
    result = whole_result(directory)
    check_sums(directory.path, (CONFIG, DATA, *((RESULT,) if result is not None else ())))
    found = _weights(directory, seed) if weights else None
    if json:
        _print_json(directory, result, found)
    else:
        _print_text(directory, result, found)


def _show_claims(folder: Path, *, json: bool) -> None:
    from nncli.claims.claims_file import read_claims
    from nncli.cli.console import fitted, json_text, out, width
    from nncli.report.claims_text import claim_lines, summary_of

    outcomes = read_claims(folder)
    if json:
        out(json_text({"claims": [outcome.as_plain() for outcome in outcomes], "study": str(folder)}))
        return
    for outcome in outcomes:
        for line in claim_lines(outcome, width()):
            out(line)
    out()
    for line in summary_of(outcomes):
        out(fitted(line))


def _show_study(path: Path, *, json: bool) -> None:
    from nncli.cli.compare import print_study
    from nncli.cli.sweep import print_sweep
    from nncli.studies.study_directory import is_sweep, read_study
    from nncli.studies.sweep import read_sweep

    if is_sweep(path):
        print_sweep(read_sweep(path), json=json)
    else:
        print_study(read_study(path), path, json=json)


def _print_labels(folder: Path) -> None:
    from nncli.cli.console import out
    from nncli.cli.labels_text import label_lines, labels_of

    for line in label_lines(labels_of(folder)):
        out(line)


def _print_json(run: RunDirectory, result: Result | FailedResult | None, weights: Weights | None) -> None:
    from nncli.cli.console import json_text, out
    from nncli.cli.labels_text import labels_of

    plain: dict[str, object] = {"run": run.folder, "status": run.status}
    if result is not None:
        plain = result.as_plain()
    plain |= labels_of(run.path).as_plain()
    if weights is not None:
        seed, arrays = weights
        plain["weights"] = {"seed": seed, **{name: array.tolist() for name, array in arrays.items()}}
    out(json_text(plain))


def _print_text(run: RunDirectory, result: Result | FailedResult | None, weights: Weights | None) -> None:
    from nncli.cli.console import fitted, out, width
    from nncli.config.recorded_config import recorded_experiment
    from nncli.diagnosis.advice import report
    from nncli.experiments.predict import describe
    from nncli.experiments.result import check_fits
    from nncli.report.headline import headline
    from nncli.report.weights_text import weight_lines
    from nncli.runs.result_record import Result

    design: Design
    try:
        design = recorded_experiment(run)
    except UserError as error:
        if error.code != ExitCode.DATA:
            raise
        design, _ = describe(run)  # the data are missing or have changed
    if isinstance(result, Result):
        check_fits(design, result, run.path)
        lines = list(report(design, result, run.path))
    else:
        metrics = run.open_metrics()
        last = dict(zip(metrics.columns, next(iter(deque(metrics.rows, maxlen=1)), ()), strict=False))
        epochs = design.training.epochs
        seen = f": last recorded epoch {last['epoch']} of {epochs}" if "epoch" in last else ""
        lines = [f"{run.status}{seen}"]
    for line in (headline(design), *lines):
        out(fitted(line))
    if weights is not None:
        seed, arrays = weights
        out()
        out(f"weights of seed {seed}")
        for line in weight_lines(arrays, width()):
            out(line)
        out()
    _print_labels(run.path)
    out(str(run.path))


def _weights(run: RunDirectory, seed: int | None) -> Weights:
    """The seed and the parameters of one replica by name. Raises: `UserError`, also if there are too many to print."""
    from nncli.cli.progress import HashProgress
    from nncli.experiments.predict import reopen
    from nncli.experiments.result import parameter_names
    from nncli.report.numbers import grouped
    from nncli.report.weights_text import MOST
    from nncli.runs.directory import WEIGHTS

    with HashProgress().watching(), reopen(run, seed) as trained:
        if (count := trained.form.parameter_count) > MOST:
            given = f"{grouped(count)} weights are too many to print: more than {MOST}"
            hint = f"They are arrays in {run.path / WEIGHTS}, for numpy.load"
            raise UserError(given, where="--weights", hint=hint)
        network = next(trained.networks())
    names = parameter_names(network.segments)
    views = [segment.view(network.theta)[0] for segment in network.segments]
    return trained.seeds[0], dict(zip(names, views, strict=True))
