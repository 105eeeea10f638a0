"""`nncli predict`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nncli.cli.options import RUNS, Csv, Json, OneSeed, RunsDir, one_form


def predict(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run's folder or name; or latest.")],
    data: Annotated[Path, typer.Argument(metavar="DATA", help="A CSV file with the run's inputs, or an .npz archive.")],
    seed: OneSeed = None,
    json: Json = False,
    csv: Csv = False,
    runs_dir: RunsDir = RUNS,
) -> None:
    """Say what a trained network makes of new rows.

    Example: nncli predict latest new_rows.csv --csv
    """
    from nncli.cli.console import exported, json_text, out, table
    from nncli.prediction import predict as predict_rows
    from nncli.prediction import reopen
    from nncli.report.numbers import short
    from nncli.report.predictions import prediction_rows
    from nncli.runs.listing import find_run
    from nncli.runs.metrics import csv_text
    from nncli.tasks.samples import Form, read_samples

    one_form(json=json, csv=csv)
    directory = find_run(runs_dir, run)
    trained = reopen(directory, seed)
    signature = trained.signature
    form = Form.of(trained.experiment.config.task)
    outputs = predict_rows(trained, read_samples(data, signature, form, targets=False))
    rows = prediction_rows(outputs, signature.kind, signature.class_names, signature.target_names)
    heading = list(rows[0])
    if json:
        out(json_text({"run": directory.folder, "seeds": list(trained.seeds), "predictions": rows}))
    elif csv:
        out(exported(csv_text([heading, *(list(row.values()) for row in rows)], len(heading))))
    else:
        cells = [[cell if isinstance(cell, str) else short(cell) for cell in row.values()] for row in rows]
        out(table([(name, "left" if name == "class" else "right") for name in heading], cells))
