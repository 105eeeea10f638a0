"""`nncli predict`."""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from typing import Annotated, Any

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
    from nncli.cli.console import Safe, exported, out, table_lines
    from nncli.cli.spool import Spool
    from nncli.prediction import ROWS, reopen
    from nncli.prediction import predict as predict_rows
    from nncli.report.numbers import short
    from nncli.report.predictions import prediction_rows
    from nncli.runs.listing import find_run
    from nncli.runs.metrics import csv_text
    from nncli.runs.strict_json import json_pieces
    from nncli.tasks.samples import Form, read_blocks

    one_form(json=json, csv=csv)
    directory = find_run(runs_dir, run)
    trained = reopen(directory, seed)
    signature, form = trained.signature, Form.of(trained.experiment.config.task)
    names = signature.kind, signature.class_names, signature.target_names

    def shown(cell: Any) -> Any:
        return cell if json or csv else short(cell) if isinstance(cell, float) else str(cell)

    with Spool() as rows:
        heading: list[str] = []
        for outputs in predict_rows(trained, read_blocks(data, signature, form, ROWS)):
            found = prediction_rows(outputs, *names, before=len(rows))
            heading = list(found[0])
            rows.extend([[shown(cell) for cell in row.values()] for row in found])
        if json:
            record = {"run": directory.folder, "seeds": list(trained.seeds)}
            blocks = ([dict(zip(heading, row, strict=True)) for row in block] for block in rows.blocks())
            for piece in json_pieces(record, "predictions", blocks):
                out(Safe(piece))
        elif csv:
            for block in chain([[heading]], rows.blocks()):
                out(exported(csv_text(block, len(heading))))
        else:
            for line in table_lines([(name, "left" if name == "class" else "right") for name in heading], rows):
                out(line)
