"""`nncli compare`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nncli.cli.options import (
    Cluster,
    Csv,
    Jobs,
    Json,
    Markdown,
    Quiet,
    RunsDir,
    Seeds,
    one_form,
    seeds_override,
    text_option,
)
from nncli.errors import ExitCode
from nncli.storage.names import RUNS

if TYPE_CHECKING:
    from nncli.analysis.comparison_record import ComparisonStudy
    from nncli.cli.progress import StudyProgress
    from nncli.studies.comparison_conditions import ComparisonCondition


def compare(
    config: Annotated[
        str, typer.Argument(metavar="CONFIG", help="A config file, or the first of several finished runs.")
    ],
    arguments: Annotated[
        list[str] | None,
        typer.Argument(metavar="KEY=VALUE,VALUE", help="Axes and overrides; default axis: all activations."),
    ] = None,
    seeds: Seeds = None,
    baseline: Annotated[
        str | None,
        text_option("--baseline", "VARIANT", "Variant to compare against; default: the first."),
    ] = None,
    expect: Annotated[
        list[str] | None,
        text_option("--expect", "CLAIM", "Exit with 8 unless this comparison of variants holds."),
    ] = None,
    json: Json = False,
    csv: Csv = False,
    markdown: Markdown = False,
    quiet: Quiet = False,
    runs_dir: RunsDir = RUNS,
    jobs: Jobs = None,
    cluster: Cluster = None,
) -> None:
    """Compare variants on the same seeds, with intervals and significance tests.

    Example: nncli compare configs/xor.yaml activation=tanh,relu,gelu --seeds 50
    """
    from nncli.cli.expect import all_hold
    from nncli.cli.progress import StudyProgress
    from nncli.studies.comparison_conditions import parse_comparison_condition
    from nncli.studies.executors.choice import Where

    one_form(json=json, csv=csv, markdown=markdown)
    given = [config, *(arguments or [])]
    if _are_runs(given):
        from nncli.cli.run_argument import named_run
        from nncli.studies.compare_runs import compare_runs

        study, path = compare_runs([named_run(runs_dir, text) for text in given], baseline=baseline), None
        terms = [variant.terms for variant in study.variants]
        conditions = [parse_comparison_condition(text, *_names(study), terms) for text in expect or []]
    else:
        changes = [*(arguments or []), *seeds_override(seeds)]
        progress = StudyProgress(show=not quiet)
        options = {"baseline": baseline, "runs_dir": runs_dir, "where": Where(jobs, cluster), "watcher": progress}
        study, path, conditions = _train(Path(config), changes, expect or [], progress, options, quiet=quiet)
    print_study(study, path, json=json, csv=csv, markdown=markdown)
    held = all_hold((condition.outcome(study) for condition in conditions), quiet=quiet)
    raise typer.Exit(ExitCode.OK if held else ExitCode.EXPECTATION)


def _train(
    config: Path,
    arguments: list[str],
    expect: list[str],
    progress: StudyProgress,
    options: dict[str, Any],
    *,
    quiet: bool,
) -> tuple[ComparisonStudy, Path, list[ComparisonCondition]]:
    from nncli.cli.console import fitted, note
    from nncli.studies.compare import baseline_of, default_axis, left_out, too_few_seeds, variants_terms
    from nncli.studies.compare import compare as run_comparison
    from nncli.studies.comparison_conditions import parse_comparison_condition
    from nncli.studies.trials import slug
    from nncli.studies.variants import make_variants

    axes, variants = make_variants(config, arguments, usual=[default_axis()])
    labels = [variant.label for variant in variants]
    terms, metrics = variants_terms(variants), variants[0].experiment.metric_names
    conditions = [parse_comparison_condition(text, labels, metrics, terms) for text in expect]
    baseline_of(labels, options["baseline"])
    keys = "-".join(slug(axis.key.rpartition(".")[2]) for axis in axes)
    title = variants[0].experiment.name
    name = f"compare-{title}-{keys}"[:80]
    chosen = ["--baseline", options["baseline"]] if options["baseline"] is not None else []
    made_by = ["compare", str(config), *arguments, *chosen]
    if not quiet and not any(override.startswith(f"{axes[0].key}=") for override in arguments):
        said = ", ".join(f"{activation} ({reason})" for activation, reason in left_out().items())
        note(fitted(f"note: comparing {len(variants)} activations, without {said}"))
    if not quiet and (sentence := too_few_seeds(variants)):
        note(f"{sentence}.")
    with progress.watching():
        study = run_comparison(axes, variants, name=name, title=title, made_by=made_by, **options)
    return study.record, study.path, conditions


def print_study(
    study: ComparisonStudy, path: Path | None, *, json: bool = False, csv: bool = False, markdown: bool = False
) -> None:
    """Print a study in the requested format."""
    from nncli.cli.console import exported, grid_width, json_text, lines, out, print_notes, print_table, width
    from nncli.report import comparison_text as comparison
    from nncli.studies.study_directory import results_csv

    if json:
        out(json_text(study.as_plain()))
    elif csv:
        out(exported(results_csv(study)))
    elif markdown:
        out(lines(comparison.markdown(study).rstrip("\n")))
    else:
        columns, rows = comparison.columns(study), comparison.rows(study)
        if grid_width(columns, rows) > width():
            rows = comparison.rows(study, bars=False)
        wrap = (0, len(columns) - 1)  # the label and the verdict
        print_table(comparison.headline(study), columns, rows, wrap)
        print_notes([*comparison.legend(study), *comparison.footnotes(study)])
        if path is not None:
            out(str(path))


def _names(study: ComparisonStudy) -> tuple[list[str], list[str]]:
    return [variant.label for variant in study.variants], list(study.variants[0].result.metrics)


def _are_runs(given: list[str]) -> bool:
    """Whether the arguments name finished runs rather than a config and its axes."""
    if any("=" in text for text in given) or given[0].endswith((".yaml", ".yml")):
        return False
    return not os.path.isfile(given[0])
