"""`nncli diagnose`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nncli.cli.options import RUNS, Json, Overrides, RunsDir


def diagnose(
    what: Annotated[str, typer.Argument(metavar="RUN|CONFIG", help="A finished run, or a config before training.")],
    overrides: Overrides = None,
    json: Json = False,
    runs_dir: RunsDir = RUNS,
) -> None:
    """Find out why a network does not learn, and how to mend it.

    Example: nncli diagnose xor
    """
    from nncli.cli.console import json_text, out, width
    from nncli.cli.run_argument import is_config, named_run
    from nncli.config.load import load_document
    from nncli.diagnosis.diagnose import diagnose as diagnosed
    from nncli.diagnosis.evidence import evidence_of_config, evidence_of_run
    from nncli.errors import UserError
    from nncli.report.diagnosis_text import diagnosis_lines
    from nncli.runs.directory import CONFIG

    if is_config(what):
        evidence, path = evidence_of_config(load_document(Path(what), overrides or [])), what
    elif overrides:
        raise UserError("a run takes no overrides", where=overrides[0], hint="Name its config to change it")
    else:
        run = named_run(runs_dir, what)
        evidence, path = evidence_of_run(run), str(run.path / CONFIG)
    found = diagnosed(evidence)
    if json:
        out(json_text(found.as_plain()))
        return
    for line in diagnosis_lines(found, width(), path):
        out(line)
