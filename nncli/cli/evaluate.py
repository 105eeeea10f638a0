"""`nncli evaluate`."""

from __future__ import annotations

import shlex
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nncli.cli.options import (
    Csv,
    Json,
    OneSeed,
    Run,
    RunsDir,
    one_form,
    text_option,
)
from nncli.errors import ExitCode, UserError
from nncli.registry import did_you_mean
from nncli.storage.names import RUNS

if TYPE_CHECKING:
    from nncli.runs.directory import RunDirectory
    from nncli.tasks import Task, TaskData

SPLITS = ("test", "validation", "train")
"""Splits to evaluate by default: the first one that exists."""


def evaluate(
    run: Run,
    data: Annotated[
        Path | None, typer.Argument(metavar="[DATA]", help="A CSV file or .npz archive with inputs and targets.")
    ] = None,
    split: Annotated[
        str | None,
        text_option("--split", "SPLIT", "Split to measure: test, validation or train; default: the first that exists."),
    ] = None,
    seed: OneSeed = None,
    expect: Annotated[
        list[str] | None,
        text_option("--expect", "CONDITION", 'Exit with 8 unless this holds for every seed: "accuracy >= 0.95".'),
    ] = None,
    json: Json = False,
    csv: Csv = False,
    runs_dir: RunsDir = RUNS,
) -> None:
    """Measure a trained network on the run's own rows or on new ones.

    Example: nncli evaluate latest --split test
    """
    from nncli.analysis.metric_names import measured_names
    from nncli.cli.console import exported, fitted, json_text, out, print_notes, table
    from nncli.cli.expect import all_hold, conditions
    from nncli.cli.progress import HashProgress
    from nncli.cli.run_argument import named_run
    from nncli.experiments.predict import measure, reopen
    from nncli.report.evaluation_text import evaluation_cells, evaluation_of_one, evaluation_sentences, median_of
    from nncli.report.expectations import expected_of_all
    from nncli.report.numbers import count, seeds_text
    from nncli.runs.metrics_csv import csv_text
    from nncli.tasks.new_rows import Form, read_samples

    one_form(json=json, csv=csv)
    if data is not None and split is not None:
        raise UserError("DATA has no splits", where="--split", hint="Omit the option")
    directory = named_run(runs_dir, run)
    with HashProgress().watching(), reopen(directory, seed) as trained:
        if data is None:
            _check_unchanged(trained.design.task, run)
        where, rows = (str(data), None) if data else _own_rows(directory, split)
        form = Form.of(trained.design.task)
        rows = rows or read_samples(Path(where), trained.signature, form)
        wanted = conditions(expect or [], measured_names(rows.kind))
        found = {name: values.tolist() for name, values in measure(trained, rows).items()}
    if json:
        medians = {name: median_of(values) for name, values in found.items()} if len(trained.seeds) > 1 else {}
        plain = {name: None if median is None else asdict(median) for name, median in medians.items()} or None
        record = {
            "run": directory.folder,
            "rows": len(rows.inputs),
            "split": where,
            "seeds": list(trained.seeds),
            "metrics": found,
            "medians": plain,
        }
        out(json_text(record))
    elif csv:
        columns = [("seed", list(trained.seeds)), *found.items()]
        text = [[name for name, _ in columns], *zip(*(values for _, values in columns), strict=True)]
        out(exported(csv_text(text, len(columns))))
    else:
        out(fitted(f"{where}   {count(len(rows.inputs), 'row')}   {seeds_text(trained.seeds)}"))
        if len(trained.seeds) == 1:
            for line in evaluation_of_one(found, len(rows.inputs)):
                out(line)
        else:
            out()
            out(table(*evaluation_cells(found)))
            print_notes(evaluation_sentences(len(trained.seeds)))
    held = all_hold(expected_of_all(trained.seeds, found, condition) for condition in wanted)
    raise typer.Exit(ExitCode.OK if held else ExitCode.EXPECTATION)


def _check_unchanged(task: Task, run: str) -> None:
    """Fail if the file that a run was trained on is gone or changed, and say how to measure on another."""
    from nncli.tasks.data_files import FromFile

    if not isinstance(task, FromFile):
        return
    try:
        with task.opened():
            pass
    except UserError as error:
        is_there = Path(task.file).is_file()
        what, name = ("the file as it is now", task.place) if is_there else ("another file", "FILE")
        hint = f"To evaluate on {what}: {shlex.join(['nncli', 'evaluate', run, name])}"
        raise error.replaced(hint=hint, allowed="") from error


def _own_rows(run: RunDirectory, split: str | None) -> tuple[str, TaskData]:
    """The name and rows of a split of the run's own data."""
    from nncli.config.recorded_config import recorded_experiment

    parts = recorded_experiment(run).splits.named()
    name = split or next(name for name in SPLITS if name in parts)
    if name not in parts:
        allowed = f"Its splits: {', '.join(parts)}"
        hint = did_you_mean(name, parts)
        raise UserError(f"the run has no split '{name}'", where="--split", hint=hint, allowed=allowed)
    return name, parts[name]
