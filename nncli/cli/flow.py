"""`nncli flow`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nncli.cli.options import Csv, Json, OneSeed, Overrides, RunsDir, one_form
from nncli.errors import UserError
from nncli.storage.names import RUNS

if TYPE_CHECKING:
    from nncli.report.flow_text import Flow


def flow(
    subject: Annotated[
        str, typer.Argument(metavar="RUN|CONFIG", help="A run (its folder or name, or latest), or a config file.")
    ],
    overrides: Overrides = None,
    seed: OneSeed = None,
    json: Json = False,
    csv: Csv = False,
    runs_dir: RunsDir = RUNS,
) -> None:
    """Measure how signals and gradients flow through the layers.

    Example: nncli flow configs/xor.yaml activation=relu seeds=20
    """
    from nncli.cli.console import exported, fitted, json_text, out, print_notes, wrapped_table
    from nncli.report.flow_text import (
        flow_headline,
        flow_notes,
        flow_record,
        flow_rows,
        gradient_cells,
        over_training_cells,
        ratio_line,
        signal_cells,
        stands_out,
    )
    from nncli.runs.metrics_csv import csv_text

    one_form(json=json, csv=csv)
    name, found = _measured(subject, overrides or [], seed, runs_dir)
    if json:
        out(json_text(name | flow_record(found)))
    elif csv:
        rows = [*flow_rows(found)]
        out(exported(csv_text(rows, len(rows[0]))))
    else:
        for moment in found.moments:
            out(fitted(flow_headline(found, moment)))
            for cells in (signal_cells, gradient_cells):
                out()
                out(wrapped_table(*cells(found, moment)))
            out()
            out(fitted(ratio_line(moment)))
            if moment is not found.moments[-1]:
                out()
        if found.recorded:
            out()
            out("over training")
            out()
            out(wrapped_table(*over_training_cells(found)))
        print_notes(flow_notes(found))
        print_notes([stands_out(found)])


def _measured(subject: str, overrides: list[str], seed: int | None, runs_dir: Path) -> tuple[dict[str, object], Flow]:
    """What was measured, with what names it in JSON."""
    from nncli.cli.progress import HashProgress
    from nncli.cli.run_argument import is_config, named_run
    from nncli.config.load import load_document
    from nncli.config.resolve import resolve
    from nncli.diagnosis.flow import flow_of_config, flow_of_run

    if is_config(subject):
        experiment = resolve(load_document(Path(subject), overrides))
        if seed is not None:
            experiment = experiment.with_seeds([seed])
        return {"config": subject}, flow_of_config(experiment)
    if overrides:
        given = f"{subject} is a run, which is as it was trained: it takes no overrides"
        raise UserError(given, where=overrides[0], hint="Name a config, or train another run")
    run = named_run(runs_dir, subject)
    with HashProgress().watching():
        return {"run": run.folder}, flow_of_run(run, seed)
