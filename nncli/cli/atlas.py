"""`nncli atlas`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nncli.cli.options import (
    COMMON,
    OUTPUT,
    Cluster,
    Config,
    Csv,
    Jobs,
    Json,
    Overrides,
    Quiet,
    RunsDir,
    Seeds,
    one_form,
    seeds_override,
    text_option,
)
from nncli.errors import ExitCode, UserError
from nncli.storage.names import RUNS


def atlas(
    config: Config,
    x: Annotated[str, text_option("--x", "KEY=VALUES", "Horizontal axis: training.learning_rate=log(1e-4,10,16).")],
    y: Annotated[str, text_option("--y", "KEY=VALUES", "Vertical axis: initializer.normal.std=log(0.01,3,16).")],
    overrides: Overrides = None,
    seeds: Seeds = None,
    metric: Annotated[
        str | None,
        text_option("--metric", "METRIC", "What to map; default: solved, or a loss if no seed solves its rows."),
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option("--plot", metavar="FILE", help="Draw the map: .png, .svg or .pdf.", rich_help_panel=OUTPUT),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="Print the plan with its time and memory, without training.", rich_help_panel=COMMON
        ),
    ] = False,
    json: Json = False,
    csv: Csv = False,
    quiet: Quiet = False,
    runs_dir: RunsDir = RUNS,
    jobs: Jobs = None,
    cluster: Cluster = None,
) -> None:
    """Map where training succeeds and where it fails, over two numbers.

    Example: nncli atlas configs/xor.yaml --x training.learning_rate=0.01,0.1,1 --y initializer.normal.std=0.1,0.5,2
    """
    from nncli.cli.console import exported, fitted, json_text, note, out, print_notes, width
    from nncli.cli.picture import check_picture
    from nncli.cli.progress import StudyProgress
    from nncli.cli.sweep import print_failures, print_plan
    from nncli.report import atlas_text as report
    from nncli.studies.atlas import atlas as run_atlas
    from nncli.studies.atlas import atlas_csv, plan_atlas
    from nncli.studies.executors.choice import Where
    from nncli.studies.leaderboard import check_metric

    one_form(json=json, csv=csv)
    if dry_run and csv:
        raise UserError("a plan can be printed as text or with --json", where="--dry-run")
    check_picture(plot)
    planned = plan_atlas(config, x, y, [*(overrides or []), *seeds_override(seeds)])
    if metric is not None:
        check_metric(metric, planned.plan)
    for part in planned.parts:
        note(f"note: {part}, as its option is an axis")
    where = Where(jobs, cluster)
    if dry_run:
        print_plan(planned.plan, where, runs_dir, json=json)
        return
    progress = StudyProgress(show=not quiet)
    with progress.watching():
        found, done = run_atlas(planned, metric=metric, runs_dir=runs_dir, where=where, watcher=progress)
    if done.before and not quiet:
        note(f"{done.before} of {len(planned.plan.trials)} trials were already done")
    if json:
        out(json_text(found.as_plain()))
    elif csv:
        out(exported(atlas_csv(found)))
    else:
        out(fitted(report.headline(found)))
        out()
        for line in report.map_lines(found, width()):
            out(line)
        out()
        out(fitted(report.legend(found)))
        print_notes(report.notes(found, asked=metric is not None))
        out(str(done.path))
    if plot is not None:
        from nncli.report.plots.atlas import atlas_figure
        from nncli.report.plots.style import save

        save(atlas_figure(found), plot)
        note(f"wrote {plot}")
    print_failures(found.failures, len(planned.plan.trials))
    raise typer.Exit(ExitCode.TRIALS_FAILED if found.failures else ExitCode.OK)
