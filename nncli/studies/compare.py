"""`compare`: train variants on the same seeds and data, and report which is better and how certain that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nncli.analysis.comparable_metrics import SAME, Terms, in_the_way
from nncli.analysis.comparison import LEVEL
from nncli.analysis.comparison import compare as compare_trials
from nncli.analysis.comparison_record import ComparisonStudy, StudyAxis, StudyVariant
from nncli.analysis.paired_test import fewest_seeds
from nncli.analysis.seed_results import EPOCHS, SOLVED, SeedResults
from nncli.config.experiment import Experiment
from nncli.errors import ExitCode, UserError, UserErrors, quoted
from nncli.nn.activations import activations
from nncli.registry import did_you_mean
from nncli.report.comparison_text import markdown, too_few_text
from nncli.runs.listing import list_runs
from nncli.runs.result_record import Result
from nncli.storage.names import RUNS, check_name
from nncli.studies.axis_grammar import Axis
from nncli.studies.comparable_terms import terms_of
from nncli.studies.executors.choice import LOCAL, Where, make_executor
from nncli.studies.executors.supervisor import Executor, SilentWatcher, Watcher, train_trials
from nncli.studies.study_directory import create_study, drop_study, has_many_seeds, results_csv, write_study
from nncli.studies.trials import Trial, alike, finished_runs, slug
from nncli.studies.variants import Variant
from nncli.tasks.data_json import Signature


@dataclass(frozen=True, slots=True)
class Study:
    """A finished comparison: its folder and the content of `study.json`."""

    path: Path
    record: ComparisonStudy


def default_axis() -> Axis:
    """All activations that are nonlinear, pass a gradient, and keep units independent."""
    without = left_out()
    return Axis("activation", tuple(name for name in activations if name not in without))


def left_out() -> dict[str, str]:
    """The activations that the default axis leaves out, and why."""
    reasons: dict[str, str] = {}
    for name in activations:
        kind = activations.get(name)
        if kind.linear:
            reasons[name] = "is the identity"
        elif kind.flat:
            reasons[name] = "passes no gradient"
        elif kind.couples_units:
            reasons[name] = "couples the units"
    return reasons


def compare(
    axes: Sequence[Axis],
    variants: Sequence[Variant],
    *,
    name: str,
    title: str,
    baseline: str | None = None,
    made_by: Sequence[str] = (),
    runs_dir: Path = RUNS,
    where: Where = LOCAL,
    watcher: Watcher | None = None,
) -> Study:
    """Train all variants in as few stacks as possible, and compare them.

    Args:
        axes, variants: as returned by `make_variants`.
        name: name of the study's folder.
        title: its name in the headline.
        baseline: label of the variant to compare the others with; default: the first.
        made_by: the words of the command, after `nncli`.
        runs_dir: where to create the study's folder.
        where: which executor to use.
        watcher: is told the progress, and may ask to stop.

    Raises:
        UserError: for an unknown baseline, variants with different seeds, and errors in training.
    """
    position = baseline_of([variant.label for variant in variants], baseline)
    trials = named_trials(variants)
    if not alike(trials):
        raise UserError("the variants have different seeds", hint="Use the same seeds for all, with --seeds")
    watcher = watcher or SilentWatcher()
    executor = make_executor(where, trials, watcher)
    path = create_study(runs_dir, name)
    try:
        results = _train(trials, path, executor, watcher)
    except BaseException:
        drop_study(path)
        raise
    trained = tuple(
        StudyVariant(variant.label, variant.overrides, terms, result)
        for variant, terms, result in zip(variants, variants_terms(variants), results, strict=True)
    )
    record = ComparisonStudy(
        study=path.name,
        name=title,
        epochs=max(variant.experiment.training.epochs for variant in variants),
        axes=tuple(StudyAxis(axis.key, axis.values) for axis in axes),
        variants=trained,
        comparison=compare_trials(seed_results(trained), position),
        made_by=tuple(made_by),
    )
    plain = record.as_plain(brief=has_many_seeds(record))
    write_study(path, plain, {"results.csv": results_csv(record), "table.md": markdown(record)})
    return Study(path, record)


def named_trials(variants: Sequence[Variant]) -> list[Trial]:
    """A trial for each variant, named after it: `xor-tanh`, `xor-l2_1e-3`; a duplicate name becomes `xor-tanh-2`."""
    trials: dict[str, Trial] = {}
    for variant in variants:
        name = stem = f"{variant.experiment.name}-{slug(variant.label) or 'variant'}"[:70].rstrip("_.")
        check_name(name)
        count = 1
        while name in trials:
            count += 1
            name = f"{stem}-{count}"
        trials[name] = Trial(variant.experiment.renamed(name))
    return list(trials.values())


def _train(trials: Sequence[Trial], path: Path, executor: Executor, watcher: Watcher) -> list[Result]:
    """The results of all trials, in order."""
    failures = train_trials(trials, path, executor, watcher)
    done = finished_runs(path, trials)
    missing = len(trials) - len(done)
    if missing > len(failures):
        given = f"interrupted: {len(done)} of {len(trials)} variants are trained; the comparison needs all of them"
        where = f"The runs are in {path}" if list_runs(path) else "No run was written"
        raise UserError(given, allowed=where, code=ExitCode.INTERRUPTED)
    if failures:
        raise UserErrors(failure.as_error() for failure in failures)
    return [done[trial.name][1] for trial in trials]


def seed_results(variants: Sequence[StudyVariant]) -> list[SeedResults]:
    """The results of the variants of a study, seed by seed."""
    return [trials_of(variant.label, variant.result, variant.terms) for variant in variants]


def variants_terms(variants: Sequence[Variant | Trial]) -> list[Terms]:
    """The terms on which the numbers of variants or trials were measured."""
    experiments = [variant.experiment for variant in variants]
    hashes = {id(e.splits): Signature.of(e.splits, e.task).sha256 for e in experiments}
    configs = [experiment.written for experiment in experiments]
    rows = [len(experiment.splits.train.inputs) for experiment in experiments]
    return terms_of(configs, [hashes[id(experiment.splits)] for experiment in experiments], rows)


def too_few_seeds(variants: Sequence[Variant]) -> str | None:
    """A message if the seeds are too few for any verdict, else None."""
    terms = variants_terms(variants)
    if len({own.rows for own in terms}) > 1:
        return None
    measures = 1
    if all(_aims_at_solving(variant.experiment) for variant in variants):
        measures = max(1, sum(not in_the_way(measure.name, terms) for measure in (SOLVED, EPOCHS)))
    comparisons, seeds = (len(variants) - 1) * measures, len(variants[0].experiment.seeds)
    least = fewest_seeds(comparisons, LEVEL)
    return None if seeds >= least else too_few_text(comparisons, least, seeds)


def _aims_at_solving(experiment: Experiment) -> bool:
    splits = experiment.splits
    return bool(splits.train.complete or (experiment.training.stop.solved and splits.validation is None))


def trials_of(label: str, result: Result, terms: Terms = SAME) -> SeedResults:
    """The trials of a variant from its result."""

    def numbers(values: Sequence[float | None], missing: float) -> NDArray[np.float64]:
        return np.array([missing if value is None else value for value in values], float)

    return SeedResults(
        label=label,
        seeds=np.array(result.seeds, np.int64),
        solved_epoch=numbers(result.solving_epochs, np.inf),
        # A seed stopped unsolved by its own rule stays unsolved; only an interrupted seed was observed for less.
        epochs=np.array(
            [
                epochs if reason == "interrupted" else result.epochs_planned
                for epochs, reason in zip(result.epochs, result.stop_reason, strict=True)
            ],
            float,
        ),
        diverged=np.array([reason == "diverged" for reason in result.stop_reason]),
        metrics={name: numbers(values, np.nan) for name, values in result.metrics.items()},
        complete=result.complete or _stopped_at_solutions(result),
        terms=terms,
    )


def _stopped_at_solutions(result: Result) -> bool:
    """Whether seeds stopped as soon as they solved their rows: their losses then only reflect when that was."""
    return "solved" in result.stop_reason and "validation_loss" not in result.metrics


def baseline_of(labels: Sequence[str], wanted: str | None) -> int:
    """The position of the baseline."""
    if wanted is None:
        return 0
    if wanted not in labels:
        raise unknown_variant(wanted, labels, "--baseline")
    return list(labels).index(wanted)


def unknown_variant(label: str, labels: Sequence[str], where: str) -> UserError:
    """The error for an unknown variant."""
    allowed = f"Variants: {'; '.join(labels[:12])}"
    return UserError(f"unknown variant {quoted(label)}", where=where, hint=did_you_mean(label, labels), allowed=allowed)
