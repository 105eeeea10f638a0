"""`nncli regions`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nncli.cli.options import COMMON, Json, OneSeed, Overrides, RunsDir, text_option
from nncli.errors import UserError
from nncli.storage.names import RUNS

if TYPE_CHECKING:
    from nncli.diagnosis.network_regions import Subject
    from nncli.diagnosis.region_domain import Domain


def regions(
    subject: Annotated[
        str, typer.Argument(metavar="RUN|CONFIG", help="A run (its folder or name, or latest), or a config file.")
    ],
    overrides: Overrides = None,
    box: Annotated[
        str | None,
        text_option("--box", "LOW,HIGH", "Interval of one input, or rectangle of two: LOW,HIGH,LOW,HIGH."),
    ] = None,
    start: Annotated[
        str | None, text_option("--from", "POINT", "Count on a line from this point, such as 0,0.5,1.")
    ] = None,
    ends: Annotated[
        list[str] | None, text_option("--to", "POINT", "Where the line ends; given twice, it spans a plane.")
    ] = None,
    over_training: Annotated[
        bool,
        typer.Option("--over-training", help="Count with the initial weights of the run, too.", rich_help_panel=COMMON),
    ] = False,
    seed: OneSeed = None,
    json: Json = False,
    runs_dir: RunsDir = RUNS,
) -> None:
    """Count the linear regions of a piecewise linear network, exactly.

    Example: nncli regions configs/sine.yaml activation=relu
    """
    from nncli.cli.console import fitted, json_text, out, print_notes, table
    from nncli.diagnosis.linear_regions import breakpoints
    from nncli.diagnosis.network_layers import counts_outputs
    from nncli.diagnosis.network_regions import count_regions
    from nncli.diagnosis.regions_record import regions_record
    from nncli.report.regions_text import COLUMNS, regions_cells, regions_headline, regions_notes, z_note

    if box is not None and (start or ends):
        raise UserError("--box and --from cannot be combined", hint="Choose one")
    if bool(start) != bool(ends):
        missing = "--to" if start else "--from"
        raise UserError(f"{missing} is missing: a line has two points", hint=f"Add {missing} POINT")
    with _opened(subject, overrides or [], seed, over_training, runs_dir) as (name, opened):
        domain = _domain(opened, box, start, ends or [])
        found = list(count_regions(opened, domain))
    design, seeds = opened.design, list(dict.fromkeys(each.seed for each in found))
    if json:
        out(json_text(name | regions_record(domain, found)))
        return
    counts: dict[str, list[tuple[int, int]]] = {}
    for each in found:
        counts.setdefault(each.weights, []).append((each.regions.linear_regions, each.regions.activation_regions))
    out(fitted(regions_headline(design, seeds, domain.text)))
    out()
    out(table([*COLUMNS], regions_cells(counts, max(each.at_most for each in found))))
    at = breakpoints(found[-1].regions) if len(domain.directions) == 1 and len(seeds) == 1 else None
    notes = regions_notes(counts, at, "x" if domain.inputs else "t")
    print_notes([*notes, *([] if counts_outputs(design) else [z_note(design)])])


@contextmanager
def _opened(
    subject: str, overrides: list[str], seed: int | None, over_training: bool, runs_dir: Path
) -> Iterator[tuple[dict[str, object], Subject]]:
    """The networks of a config or a run, with what names them in JSON."""
    from nncli.cli.progress import HashProgress
    from nncli.cli.run_argument import is_config, named_run
    from nncli.config.load import load_document
    from nncli.diagnosis.network_regions import of_config, of_run

    if is_config(subject):
        if over_training:
            raise UserError("a config has no trained weights", where="--over-training", hint="Name a run")
        yield {"config": subject}, of_config(load_document(Path(subject), overrides), seed)
        return
    if overrides:
        given = f"{subject} is a run, which is as it was trained: it takes no overrides"
        raise UserError(given, where=overrides[0], hint="Name a config, or train another run")
    run = named_run(runs_dir, subject)
    with HashProgress().watching(), of_run(run, seed, over_training=over_training) as found:
        yield {"run": run.folder}, found


def _domain(subject: Subject, box: str | None, start: str | None, ends: list[str]) -> Domain:
    from nncli.diagnosis import region_domain

    inputs = subject.inputs
    if start is None:
        return region_domain.box(box, inputs, subject.rows)
    first = region_domain.read_point(start, "--from", inputs)
    return region_domain.through(first, [region_domain.read_point(end, "--to", inputs) for end in ends])
