"""`nncli diagnose`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nncli.cli.options import OUTPUT, Json, Overrides, RunsDir
from nncli.errors import ExitCode, UserError, command
from nncli.storage.names import RUNS

if TYPE_CHECKING:
    from nncli.analysis.diagnosis_record import Diagnosis
    from nncli.analysis.proof_record import Proof
    from nncli.cli.progress import Progress
    from nncli.config.experiment import Experiment
    from nncli.diagnosis.evidence import Evidence
    from nncli.runs.directory import RunDirectory


def diagnose(
    subject: Annotated[
        str,
        typer.Argument(
            metavar="RUN|CONFIG", help="A finished run (its folder or name, or latest), or a config before training."
        ),
    ],
    overrides: Overrides = None,
    prove: Annotated[
        bool,
        typer.Option("--prove", help="Train the first fix on the same seeds; exit with 8 if it does not help."),
    ] = False,
    prove_all: Annotated[
        bool,
        typer.Option("--prove-all", help="Train every fix on the same seeds; exit with 8 if none helps."),
    ] = False,
    json: Json = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Hide the progress of --prove.", rich_help_panel=OUTPUT)
    ] = False,
    runs_dir: RunsDir = RUNS,
) -> None:
    """Find out why a network does not learn, and what to change.

    Example: nncli diagnose xor --prove
    """
    from nncli.cli.console import fitted, json_text, out, width
    from nncli.diagnosis.diagnose import diagnose as diagnosed
    from nncli.report.diagnosis_text import diagnosis_lines, pasteable
    from nncli.report.headline import headline
    from nncli.report.proof_text import proof_lines

    evidence, path = _evidence(subject, overrides or [], runs_dir, prove=prove or prove_all)
    trained = evidence.run is not None
    found = diagnosed(evidence)
    if not json:
        out(fitted(headline(evidence.experiment)))
        for line in diagnosis_lines(found, width(), path, trained=trained):
            out(line)
    proof, code = None, ExitCode.OK
    if prove or prove_all:
        proof, code = _proved(evidence, found, runs_dir, every=prove_all, quiet=quiet)
    if json:
        out(json_text(found.as_plain() | {"proof": None if proof is None else proof.as_plain()}))
    elif proof is not None:
        for line in proof_lines(proof, width()):
            out(line)
    elif trained and found.missed and any(cause.fix for cause in found.causes):
        out()
        elsewhere = [] if runs_dir == RUNS else ["--runs-dir", str(runs_dir)]
        for line in pasteable(["nncli", "diagnose", subject, "--prove", *elsewhere], width(), "to prove the first:   "):
            out(line)
    raise typer.Exit(code)


def _evidence(subject: str, overrides: list[str], runs_dir: Path, *, prove: bool) -> tuple[Evidence, str]:
    """The evidence, and the path of the config that a fix is for."""
    from nncli.cli.run_argument import is_config, named_run
    from nncli.config.load import load_document
    from nncli.diagnosis.evidence import evidence_of_config, evidence_of_run
    from nncli.runs.directory import CONFIG

    if is_config(subject):
        if prove:
            hint = f"Train it first: {command('train', subject, *overrides)}"
            raise UserError("only the fix of a run can be proved", where="--prove", hint=hint)
        return evidence_of_config(load_document(Path(subject), overrides)), subject
    if overrides:
        given = f"{subject} is a run, which is as it was trained: it takes no overrides"
        raise UserError(given, where=overrides[0], hint="Name a config, or train another run")
    run = named_run(runs_dir, subject)
    return evidence_of_run(run), str(run.path / CONFIG)


def _proved(
    evidence: Evidence, found: Diagnosis, runs_dir: Path, *, every: bool, quiet: bool
) -> tuple[Proof, ExitCode]:
    """Train fixes, and choose the exit code."""
    from nncli.cli.console import note
    from nncli.cli.exit_status import exit_code
    from nncli.cli.progress import Progress
    from nncli.studies.prove import prove

    last: list[Progress] = []

    @contextmanager
    def watch(experiment: Experiment) -> Iterator[Progress]:
        progress = Progress(experiment.training.epochs, experiment.steps_per_epoch, show=not quiet)
        last[:] = [progress]
        with progress.watching():
            yield progress

    proof = prove(evidence, found, every=every, runs_dir=runs_dir, watch=watch)
    if proof.interrupted:
        note(f"to resume: {command('resume', proof.interrupted)}")
        return proof, exit_code("interrupted", last[0].stop.signal)
    if not proof.fixes and found.missed:
        note("there is no fix to train")
    if evidence.run is not None and proof.fixes:
        _keep(evidence.run, found, proof)
    return proof, ExitCode.OK if proof.helps or found.healthy else ExitCode.EXPECTATION


def _keep(run: RunDirectory, found: Diagnosis, proof: Proof) -> None:
    """Keep a proof for the page of its run, if its folder can be written."""
    from nncli.cli.console import note
    from nncli.diagnosis.diagnosis_json import write_diagnosis

    try:
        write_diagnosis(run, found, proof)
    except UserError as error:
        note(f"the proof could not be kept: {error}")
