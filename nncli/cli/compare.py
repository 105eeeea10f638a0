"""`nncli compare`."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Annotated, Any

import typer

from nncli.cli.options import COMMON, OUTPUT, RUNS, Csv, Json, RunsDir, Seeds
from nncli.errors import ExitCode, UserError


def compare(
    config: Annotated[
        str, typer.Argument(metavar="CONFIG", help="A config file; or a finished run, and more behind it.")
    ],
    arguments: Annotated[
        list[str] | None,
        typer.Argument(metavar="KEY=VALUE,VALUE", help="Axes and overrides; without an axis, all activations."),
    ] = None,
    seeds: Seeds = None,
    baseline: Annotated[
        str | None,
        typer.Option(
            "--baseline", metavar="VARIANT", help="What to compare with; default: the first.", rich_help_panel=COMMON
        ),
    ] = None,
    expect: Annotated[
        list[str] | None,
        typer.Option(
            "--expect",
            metavar="CLAIM",
            help="Exit 8 unless it holds: a comparison of quantities of variants.",
            rich_help_panel=COMMON,
        ),
    ] = None,
    json: Json = False,
    csv: Csv = False,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print a Markdown table.", rich_help_panel=OUTPUT)
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress line.", rich_help_panel=OUTPUT)] = False,
    runs_dir: RunsDir = RUNS,
) -> None:
    """Set variants against each other, on the same seeds, with honest statistics.

    Example: nncli compare configs/xor.yaml activation=tanh,relu,gelu --seeds 50
    """
    from nncli.cli.console import note
    from nncli.studies.expectations import parse_claim

    given = [config, *(arguments or [])]
    if _are_runs(given, runs_dir):
        from nncli.studies.finished import compare_runs

        study, path = compare_runs(given, baseline=baseline, runs_dir=runs_dir), None
        claims = [parse_claim(text, *_names(study)) for text in expect or []]
    else:
        changes = [*(arguments or []), *([f"seeds={seeds}"] if seeds is not None else [])]
        study, path, claims = _train(Path(config), changes, baseline, expect or [], runs_dir, quiet)
    print_study(study, path, json=json, csv=csv, markdown=markdown)
    failures = [sentence for claim in claims if (sentence := claim.failure(study))]
    for sentence in failures:
        note(sentence)
    raise typer.Exit(ExitCode.EXPECTATION if failures else ExitCode.OK)


def _train(
    config: Path, arguments: list[str], baseline: str | None, expect: list[str], runs_dir: Path, quiet: bool
) -> tuple[dict[str, Any], Path, list[Any]]:
    from nncli.cli.progress import Progress
    from nncli.studies.compare import compare as run_comparison
    from nncli.studies.expectations import parse_claim
    from nncli.studies.variants import make_variants

    axes, variants = make_variants(config, arguments)
    first = variants[0].experiment
    labels = [variant.label for variant in variants]
    claims = [parse_claim(text, labels, metrics_of(first)) for text in expect]
    keys = "-".join(axis.key.rpartition(".")[2] for axis in axes)
    name = f"compare-{config.stem}-{keys}"[:80]
    progress = Progress(first.config.training.epochs, show=not quiet)
    with progress.watching():
        try:
            study = run_comparison(
                axes, variants, name=name, baseline=baseline, runs_dir=runs_dir, listener=progress, title=config.stem
            )
        except UserError as error:
            if progress.signal == signal.SIGTERM:
                error.code = ExitCode.TERMINATED
            raise
    return study.record, study.path, claims


def metrics_of(experiment: Any) -> tuple[str, ...]:
    """The metrics that a claim can name."""
    from nncli.analysis.metrics import metric_names

    splits = experiment.splits
    return metric_names(splits.train.kind, splits.validation is not None, splits.test is not None)


def print_study(
    study: dict[str, Any], path: Path | None, *, json: bool = False, csv: bool = False, markdown: bool = False
) -> None:
    """A study in the form that was asked for."""
    from nncli.cli.console import fitted, grid, json_text, out
    from nncli.report import comparison
    from nncli.studies.directory import results_csv

    if json:
        out(json_text(study))
    elif csv:
        out(results_csv(study).rstrip("\n"))
    elif markdown:
        out(comparison.markdown(study).rstrip("\n"))
    else:
        out(fitted(comparison.headline(study)))
        out()
        out(grid(comparison.columns(study), comparison.rows(study)))
        notes = list(comparison.footnotes(study))
        if notes:
            out()
        for line in notes:
            out(fitted(line))
        if path is not None:
            out(str(path))


def _names(study: dict[str, Any]) -> tuple[list[str], list[str]]:
    labels = [variant["label"] for variant in study["variants"]]
    return labels, list(study["variants"][0]["result"]["metrics"])


def _are_runs(given: list[str], runs_dir: Path) -> bool:
    """Whether all arguments name finished runs rather than a config and its axes."""
    if any("=" in text for text in given) or given[0].endswith((".yaml", ".yml")):
        return False
    from nncli.runs.directory import find_run

    try:
        return bool([find_run(runs_dir, text) for text in given])
    except UserError:
        return False
