"""`nncli claims`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nncli.cli.options import COMMON, Jobs, Json, Markdown, Quiet, RunsDir, one_form
from nncli.errors import ExitCode
from nncli.storage.names import RUNS

if TYPE_CHECKING:
    from nncli.analysis.claim_record import ClaimOutcome


def claims(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[CLAIM]...", help="Numbers, ids, files or folders; default: configs/claims."),
    ] = None,
    export: Annotated[
        Path | None,
        typer.Option(
            "--export",
            metavar="FOLDER",
            help="Copy the claims there, with their configs, the page and a codecheck.yml.",
            rich_help_panel=COMMON,
        ),
    ] = None,
    json: Json = False,
    markdown: Markdown = False,
    quiet: Quiet = False,
    runs_dir: RunsDir = RUNS,
    jobs: Jobs = None,
) -> None:
    """Measure the sentences of a textbook, and report which hold.

    Example: nncli claims 3
    """
    from nncli.claims.export import copies_of
    from nncli.claims.export import export as export_claims
    from nncli.claims.run import find_claims, measured
    from nncli.cli.console import lines, note, out, width
    from nncli.report.claims_text import claim_lines, claims_markdown
    from nncli.studies.executors.choice import processors
    from nncli.studies.study_directory import create_study

    one_form(json=json, markdown=markdown)
    found = find_claims(names or [])
    copies = {} if export is None else copies_of(found, export)
    path = create_study(runs_dir, "claims")
    outcomes = []
    for outcome in measured(found, path, jobs or processors()):
        outcomes.append(outcome)
        if not json and not markdown:
            for line in claim_lines(outcome, width()):
                out(line)
        elif not quiet:
            note(f"{len(outcomes)} of {len(found)}: {outcome.id} {outcome.verdict}")
    _finish(outcomes, path, json=json, quiet=markdown)
    if markdown:
        out(lines(claims_markdown(outcomes).rstrip("\n")))
    if export is not None:
        for file in export_claims(copies, export, claims_markdown(outcomes)):
            note(f"wrote {file}")
    if any(outcome.verdict == "fails" for outcome in outcomes):
        raise typer.Exit(ExitCode.EXPECTATION)
    unmeasured = any(outcome.error is not None for outcome in outcomes)
    raise typer.Exit(ExitCode.TRIALS_FAILED if unmeasured else ExitCode.OK)


def _finish(outcomes: list[ClaimOutcome], path: Path, *, json: bool, quiet: bool) -> None:
    """Write all verdicts to a file, and print them as JSON or sum them up."""
    from nncli.claims.claims_file import write_claims
    from nncli.cli.console import fitted, json_text, out
    from nncli.report.claims_text import summary_of
    from nncli.studies.study_directory import CLAIMS

    plain = write_claims(path, outcomes)
    if json:
        out(json_text(plain | {"study": str(path)}))
    elif not quiet:
        out()
        for line in [*summary_of(outcomes), f"{path}/{CLAIMS}"]:
            out(fitted(line))
