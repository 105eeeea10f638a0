"""`nncli lr-find`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nncli.cli.options import OUTPUT, Config, Json, Overrides, Quiet, Seeds, seeds_override
from nncli.errors import ExitCode

if TYPE_CHECKING:
    from nncli.analysis.learning_rate_record import RateSearch
    from nncli.config.experiment import Experiment


def lr_find(
    config: Config,
    overrides: Overrides = None,
    seeds: Seeds = None,
    json: Json = False,
    csv: Annotated[
        Path | None,
        typer.Option("--csv", metavar="FILE", help="Write every loss to a CSV file.", rich_help_panel=OUTPUT),
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option("--plot", metavar="FILE", help="Draw a picture: .png, .svg or .pdf.", rich_help_panel=OUTPUT),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Find a learning rate by short runs of every seed, with a range test beside them.

    Example: nncli lr-find configs/moons.yaml --seeds 10 --plot rates.png
    """
    from nncli.cli.console import fitted, json_text, out, print_notes, table
    from nncli.cli.picture import check_folder, check_picture
    from nncli.cli.progress import SearchProgress
    from nncli.config.load import load_document
    from nncli.config.resolve import resolve
    from nncli.diagnosis.learning_rates import find_learning_rate, steps_of_search
    from nncli.report.headline import headline
    from nncli.report.learning_rate_text import columns, rows, verdict, what_was_done

    check_picture(plot)
    check_folder("--csv", csv)
    experiment = resolve(load_document(config, [*(overrides or []), *seeds_override(seeds)]))
    progress = SearchProgress(steps_of_search(experiment), show=not quiet)
    with progress.watching():
        found = find_learning_rate(experiment, progress.see)
    if json:
        out(json_text({"config": str(config), **found.as_plain()}))
    else:
        out(fitted(headline(experiment)))
        out(fitted(what_was_done(found)))
        out()
        out(table(columns(found), rows(found)))
        print_notes(verdict(found))
        if found.suggestion is not None:
            from nncli.cli.console import width
            from nncli.report.diagnosis_text import pasteable

            kept = [each for each in overrides or [] if not each.startswith("training.learning_rate=")]
            words = ["nncli", "train", str(config), *kept, f"training.learning_rate={found.suggestion:g}"]
            for line in pasteable(words, width(), "try          "):
                out(line)
    _write(found, experiment, csv, plot, tell=not json)
    if found.suggestion is None:
        raise typer.Exit(ExitCode.DIVERGED if found.always_diverged else ExitCode.EXPECTATION)


def _write(found: RateSearch, experiment: Experiment, csv: Path | None, plot: Path | None, *, tell: bool) -> None:
    """Write the files that were asked for, and say where they are."""
    from nncli.cli.console import out
    from nncli.report.learning_rate_text import learning_rates_csv
    from nncli.storage.files import write_atomically

    if csv is not None:
        write_atomically(csv, learning_rates_csv(found))
    if plot is not None:
        from nncli.report.plots.rates import rates_figure
        from nncli.report.plots.style import save

        save(rates_figure(found, experiment.name), plot)
    for path in (csv, plot):
        if path is not None and tell:
            out(str(path))
