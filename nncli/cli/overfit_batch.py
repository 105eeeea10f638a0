"""`nncli train --overfit-batch`."""

from __future__ import annotations

from pathlib import Path

from nncli.config.experiment import Experiment
from nncli.errors import ExitCode


def overfit_batch(experiment: Experiment, config: Path, overrides: list[str], *, json: bool, quiet: bool) -> ExitCode:
    """Train each seed on one batch, print what became of it, and choose the exit code."""
    from nncli.cli.console import fitted, json_text, out, width
    from nncli.cli.progress import SearchProgress
    from nncli.diagnosis.overfit_batch import fit_one_batch
    from nncli.report.diagnosis_text import pasteable
    from nncli.report.headline import headline
    from nncli.report.overfit_text import overfit_lines

    most = experiment.training.epochs * experiment.steps_per_epoch * len(experiment.seeds)
    progress = SearchProgress(most, show=not quiet)
    with progress.watching():
        found = fit_one_batch(experiment, progress.see)
    failed = [own for own in found.seeds if own.memorized_step is None]
    if json:
        out(json_text({"config": str(config), **found.as_plain()}))
    elif not quiet:
        out(fitted(headline(experiment)))
        for line in overfit_lines(found, width()):
            out(line)
        if any(not own.contradictory for own in failed) and not experiment.is_perceptron_rule:
            kept = [each for each in overrides if not each.startswith("training.learning_rate=")]
            for line in pasteable(["nncli", "lr-find", str(config), *kept], width(), "try         "):
                out(line)
    return ExitCode.EXPECTATION if failed else ExitCode.OK
