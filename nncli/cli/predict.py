"""`nncli predict`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, repeat
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nncli.cli.options import (
    COMMON,
    Csv,
    Json,
    OneSeed,
    Run,
    RunsDir,
    one_form,
)
from nncli.errors import UserError
from nncli.storage.names import RUNS

if TYPE_CHECKING:
    from nncli.cli.row_spool import Spool
    from nncli.experiments.predict import Trained
    from nncli.report.prediction_rows import Cell
    from nncli.runs.directory import RunDirectory
    from nncli.tasks import TaskData

MOST = 6
"""Number of inputs that fit next to the outputs in a table of 80 columns."""


def predict(
    run: Run,
    data: Annotated[
        Path | None,
        typer.Argument(
            metavar="[DATA]",
            readable=False,
            help="A CSV file with the run's inputs, or an .npz archive; default: the run's own rows.",
        ),
    ] = None,
    probabilities: Annotated[
        bool,
        typer.Option("--probabilities", help="Add the probability of every class.", rich_help_panel=COMMON),
    ] = False,
    seed: OneSeed = None,
    json: Json = False,
    csv: Csv = False,
    runs_dir: RunsDir = RUNS,
) -> None:
    """Predict targets for new rows, or for the run's own.

    Example: nncli predict latest new_rows.csv --csv
    """
    from nncli.cli.console import Safe, exported, out, table_lines
    from nncli.cli.progress import HashProgress
    from nncli.cli.row_spool import Spool
    from nncli.cli.run_argument import named_run
    from nncli.experiments.predict import reopen
    from nncli.runs.metrics_csv import csv_text
    from nncli.storage.strict_json import json_pieces

    one_form(json=json, csv=csv)
    directory = named_run(runs_dir, run)
    with Spool() as rows:
        with HashProgress().watching(), reopen(directory, seed) as trained:
            heading = _fill(rows, directory, trained, data, every_class=probabilities, table=not (json or csv))
        if json:
            record = {"run": directory.folder, "seeds": list(trained.seeds)}
            objects = ([dict(zip(heading, row, strict=True)) for row in block] for block in rows.blocks())
            for piece in json_pieces(record, "predictions", objects):
                out(Safe(piece))
        elif csv:
            for block in chain([[heading]], rows.blocks()):
                out(exported(csv_text(block, len(heading))))
        else:
            for line in table_lines(
                [(name, "left" if name in ("class", "target") else "right") for name in heading], rows
            ):
                out(line)


def _fill(
    rows: Spool, directory: RunDirectory, trained: Trained, data: Path | None, *, every_class: bool, table: bool
) -> list[str]:
    """Write the predictions, formatted for output, to a spool. Returns: the heading."""
    from nncli.experiments.predict import own_rows
    from nncli.experiments.predict import predict as predict_rows
    from nncli.report.numbers import short
    from nncli.report.prediction_rows import prediction_rows, predicts_numbers
    from nncli.tasks.new_rows import Form, read_blocks

    signature, form = trained.signature, Form.of(trained.design.task)
    names = signature.kind, signature.class_names, signature.target_names
    if every_class and predicts_numbers(signature.kind, signature.outputs):
        raise UserError("this run predicts numbers, not classes", where="--probabilities", hint="Omit the option")
    samples: Iterable[TaskData | None] = repeat(None)
    if data is not None:
        blocks = read_blocks(data, signature, form, trained.rows)
    else:
        own = list(_blocks(own_rows(directory), trained.rows))
        blocks = (signature.data(block.inputs, block.targets) for block in own)
        samples = _shown(own, table=table)

    def shown(cell: Cell) -> Cell:
        return cell if not table else short(cell) if isinstance(cell, float) else str(cell)

    heading: list[str] = []
    for outputs, sample in zip(predict_rows(trained, blocks), samples, strict=False):
        found = prediction_rows(outputs, *names, before=len(rows), every_class=every_class, samples=sample)
        heading = list(found[0])
        rows.extend([[shown(cell) for cell in row.values()] for row in found])
    return heading


def _blocks(data: TaskData, rows: int) -> Iterator[TaskData]:
    """The rows in blocks of `rows`."""
    from dataclasses import replace

    for start in range(0, len(data.inputs), rows):
        part = slice(start, start + rows)
        yield replace(data, inputs=data.inputs[part], targets=data.targets[part])


def _shown(blocks: list[TaskData], *, table: bool) -> Iterator[TaskData]:
    """The rows as shown: inputs that do not fit on a line are left out, and a note says so."""
    from dataclasses import replace

    from nncli.cli.console import note

    size, is_vector = blocks[0].inputs[0].size, blocks[0].inputs.ndim == 2
    hidden = not is_vector or (table and size > MOST)
    if hidden:
        note(f"note: the {size} inputs of each row are not shown" + ("; --csv and --json include them" * is_vector))
    for block in blocks:
        none = block.inputs.reshape(len(block.inputs), -1)[:, :0]
        yield replace(block, inputs=none, input_names=()) if hidden else block
