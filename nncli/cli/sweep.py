"""`nncli sweep`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nncli.cli.options import (
    COMMON,
    Cluster,
    Config,
    Csv,
    Jobs,
    Json,
    Markdown,
    Quiet,
    RunsDir,
    Seeds,
    number_option,
    one_form,
    seeds_override,
    text_option,
)
from nncli.errors import ExitCode, UserError
from nncli.storage.names import RUNS

if TYPE_CHECKING:
    from nncli.analysis.sweep_record import FailedTrial
    from nncli.studies.executors.choice import Where
    from nncli.studies.plan import Plan
    from nncli.studies.sweep import Sweep

FEW = 2
"""Maximum number of axes that leave room for bars in an 80-column table."""


def sweep(
    config: Config,
    axes: Annotated[list[str], typer.Argument(metavar="KEY=VALUE,VALUE", help="Axes and overrides.")],
    seeds: Seeds = None,
    sort: Annotated[
        str | None,
        text_option("--sort", "METRIC", "Metric or axis to sort by; default: solved, or a loss."),
    ] = None,
    expect: Annotated[
        list[str] | None,
        text_option("--expect", "CONDITION", 'Exit with 8 unless this holds for the first trial: "solve_rate >= 0.9".'),
    ] = None,
    random: Annotated[
        int | None,
        number_option("--random", least=1, metavar="N", help="Draw N trials at random from the grid."),
    ] = None,
    seed: Annotated[
        int | None,
        number_option("--seed", least=0, metavar="S", help="Seed of the --random draw; default: 0."),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="Print the plan with its time and memory, without training.", rich_help_panel=COMMON
        ),
    ] = False,
    json: Json = False,
    csv: Csv = False,
    markdown: Markdown = False,
    quiet: Quiet = False,
    runs_dir: RunsDir = RUNS,
    jobs: Jobs = None,
    cluster: Cluster = None,
) -> None:
    """Search a grid; run the command again to resume after an interruption.

    Example: nncli sweep configs/xor.yaml "training.learning_rate=log(1e-3,1,7)" --seeds 20
    """
    from nncli.cli.console import note
    from nncli.cli.expect import all_hold, conditions
    from nncli.cli.progress import StudyProgress
    from nncli.report.expectations import OF_TRIALS, expected_of_sweep
    from nncli.studies.executors.choice import Where
    from nncli.studies.leaderboard import check_sort, measured_by
    from nncli.studies.plan import make_plan
    from nncli.studies.sweep import sweep as run_sweep
    from nncli.studies.variants import make_variants

    one_form(json=json, csv=csv, markdown=markdown)
    if dry_run and (csv or markdown):
        raise UserError("a plan can be printed as text or with --json", where="--dry-run")
    if seed is not None and random is None:
        raise UserError("it is the seed of a draw", where="--seed", hint="Add --random N; for seeds to train, --seeds")
    changes = [*axes, *seeds_override(seeds)]
    grid, variants = make_variants(config, changes, sample=random, seed=seed or 0)
    drawn = {"--random": random, "--seed": seed}
    options = [word for option, own in drawn.items() if own is not None for word in (option, str(own))]
    plan = make_plan(variants[0].experiment.name, grid, variants, ["sweep", str(config), *changes, *options])
    where = Where(jobs, cluster)
    if sort is not None:
        check_sort(sort, plan)
    wanted = conditions(expect or [], (*OF_TRIALS, *measured_by(plan)))
    if dry_run:
        print_plan(plan, where, runs_dir, json=json)
        return
    progress = StudyProgress(show=not quiet)
    with progress.watching():
        done = run_sweep(plan, sort=sort, runs_dir=runs_dir, where=where, watcher=progress)
    if done.before and not quiet:
        note(f"{done.before} of {len(plan.trials)} trials were already done")
    print_sweep(done, json=json, csv=csv, markdown=markdown)
    failures = done.record.failures
    print_failures(failures, len(plan.trials))
    held = all_hold(expected_of_sweep(done.record, wanted), quiet=quiet)
    if failures:
        raise typer.Exit(ExitCode.TRIALS_FAILED)
    raise typer.Exit(ExitCode.OK if held else ExitCode.EXPECTATION)


def print_sweep(sweep: Sweep, *, json: bool = False, csv: bool = False, markdown: bool = False) -> None:
    """Print a sweep in the requested format."""
    from nncli.cli.console import exported, json_text, lines, out, print_notes, print_table
    from nncli.report import leaderboard_text as leaderboard
    from nncli.report.numbers import count
    from nncli.studies.leaderboard import leaderboard_csv

    study = sweep.record
    if json:
        out(json_text(study.as_plain()))
    elif csv:
        out(exported(leaderboard_csv(study)))
    elif markdown:
        out(lines(leaderboard.markdown(study).rstrip("\n")))
    else:
        axes = len(study.axes)
        bars = axes <= FEW
        rows = leaderboard.rows(study, bars=bars, most=leaderboard.MOST)
        print_table(leaderboard.headline(study), leaderboard.columns(study), rows, range(1, 1 + axes))
        more = len(study.leaderboard) - len(rows)
        hidden = [f"{count(more, 'more trial')} not shown; --json has them all."] if more else []
        print_notes([*hidden, *leaderboard.footnotes(study, bars=bars)])
        if sweep.first is not None:
            out(f"first   {sweep.first.name}")
        out(str(sweep.path))


def print_failures(failures: Sequence[FailedTrial], trials: int) -> None:
    """Print which of some trials could not be trained, and why."""
    from nncli.cli.console import note

    for failure in failures:
        log = f"; see its log, {failure.log}" if failure.log else ""
        note(f"{failure.trial}: {failure.error.rstrip('.')}{log}")
    if failures:
        note(f"{len(failures)} of {trials} trials failed; run the same command to retry them")


def print_plan(plan: Plan, where: Where, runs_dir: Path, *, json: bool) -> None:
    """Print what would be trained, by how many processes, and its cost."""
    from nncli.cli.console import json_text, out, print_notes, print_table
    from nncli.report import leaderboard_text as leaderboard
    from nncli.studies.dry_run import forecast

    found = forecast(plan, where, runs_dir)
    if json:
        out(json_text(found.as_plain()))
        return
    rows = leaderboard.plan_rows(found, leaderboard.MOST)
    print_table(leaderboard.headline(found), leaderboard.plan_columns(found), rows, range(1, 1 + len(plan.axes)))
    print_notes(leaderboard.plan_notes(found, leaderboard.MOST))
    out(str(runs_dir / found.study))
