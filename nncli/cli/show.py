"""`nncli show`."""

from __future__ import annotations

from collections import deque
from typing import Annotated

import typer

from nncli.cli.options import RUNS, Json, RunsDir
from nncli.errors import ExitCode, UserError


def show(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run's or a study's folder or name; or latest.")],
    json: Json = False,
    runs_dir: RunsDir = RUNS,
) -> None:
    """Print again what a run said, from its files alone.

    Example: nncli show latest
    """
    from nncli import explain
    from nncli.cli.compare import print_study
    from nncli.cli.console import fitted, json_text, out
    from nncli.cli.sweep import print_sweep
    from nncli.config.recorded import recorded_experiment
    from nncli.prediction import describe
    from nncli.results import check_fits
    from nncli.runs.listing import find_run
    from nncli.runs.result import whole_result
    from nncli.studies.directory import find_study, is_sweep, read_study
    from nncli.studies.sweep import read_sweep

    if (study := find_study(runs_dir, run)) is not None:
        if is_sweep(study):
            print_sweep(read_sweep(study), json=json)
        else:
            print_study(read_study(study), study, json=json)
        return
    directory = find_run(runs_dir, run)
    result = whole_result(directory)
    if json:
        out(json_text(result if result is not None else {"run": directory.folder, "status": directory.status}))
        return
    try:
        experiment = recorded_experiment(directory)
    except UserError as error:
        if error.code != ExitCode.DATA:
            raise
        experiment, _ = describe(directory)  # the data are gone, or have changed
    if result is not None and result["status"] != "failed":
        check_fits(experiment, result, directory.path)
        lines = list(explain.report(experiment, result))
    else:
        metrics = directory.open_metrics()
        last = dict(zip(metrics.columns, next(iter(deque(metrics.rows, maxlen=1)), ()), strict=False))
        epochs = experiment.config.training.epochs
        seen = f": last recorded epoch {last['epoch']} of {epochs}" if "epoch" in last else ""
        lines = [f"{directory.status}{seen}"]
    for line in (explain.headline(experiment), *lines):
        out(fitted(line))
    out(str(directory.path))
