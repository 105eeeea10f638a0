"""`nncli claims`."""

from __future__ import annotations

from typing import Annotated

import typer

from nncli.cli.options import RUNS, Jobs, Json, Markdown, Quiet, RunsDir, one_form
from nncli.errors import ExitCode


def claims(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[CLAIM]...", help="Numbers, ids, files or folders; default: configs/claims."),
    ] = None,
    json: Json = False,
    markdown: Markdown = False,
    quiet: Quiet = False,
    runs_dir: RunsDir = RUNS,
    jobs: Jobs = None,
) -> None:
    """Measure the sentences of a textbook, and report which hold.

    Example: nncli claims configs/claims/03_perceptron_xor.yaml
    """
    from nncli.claims.run import CLAIMS, find_claims, measured
    from nncli.cli.console import fitted, json_text, lines, note, out, width
    from nncli.report.claims_text import claim_lines, claims_markdown, summary_of
    from nncli.storage.strict_json import write_json
    from nncli.studies.executors.choice import processors
    from nncli.studies.study_directory import create_study

    one_form(json=json, markdown=markdown)
    found = find_claims(names or [])
    path = create_study(runs_dir, "claims")
    outcomes = []
    for outcome in measured(found, path, jobs or processors()):
        outcomes.append(outcome)
        if not json and not markdown:
            for line in claim_lines(outcome, width()):
                out(line)
        elif not quiet:
            note(f"{len(outcomes)} of {len(found)}: {outcome.id} {outcome.verdict}")
    plain = {"claims": [outcome.as_plain() for outcome in outcomes]}
    write_json(path / CLAIMS, plain)
    if json:
        out(json_text(plain | {"study": str(path)}))
    elif markdown:
        out(lines(claims_markdown(outcomes).rstrip("\n")))
    else:
        out()
        for line in [*summary_of(outcomes), f"{path}/{CLAIMS}"]:
            out(fitted(line))
    if any(outcome.error is not None for outcome in outcomes):
        raise typer.Exit(ExitCode.TRIALS_FAILED)
    failed = any(outcome.verdict == "fails" for outcome in outcomes)
    raise typer.Exit(ExitCode.EXPECTATION if failed else ExitCode.OK)
