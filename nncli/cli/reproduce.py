"""`nncli reproduce`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from nncli.cli.exit_status import exit_code, print_outcome
from nncli.cli.options import Json, QuietRun, RunsDir
from nncli.errors import ExitCode, UserError, command
from nncli.storage.names import RUNS

if TYPE_CHECKING:
    from nncli.experiments.reproduce import Reproduction


def reproduce(
    run: Annotated[str, typer.Argument(metavar="RUN", help="Folder or name of a finished run, or latest.")],
    json: Json = False,
    quiet: QuietRun = False,
    runs_dir: RunsDir = RUNS,
) -> None:
    """Retrain a finished run and check that every seed's weights are bit-identical; exit with 8 if not.

    Example: nncli reproduce latest
    """
    from nncli.cli.console import fitted, json_text, note, out
    from nncli.cli.progress import Progress
    from nncli.cli.run_argument import named_run
    from nncli.config.recorded_config import recorded_document, recorded_file
    from nncli.experiments import reproduce as again
    from nncli.experiments.verify import verify
    from nncli.report.headline import headline
    from nncli.tasks.data_files import shown

    directory = named_run(runs_dir, run)
    verdict = verify(directory)
    if verdict.faults:
        damaged = "this run is damaged: " if verdict.code == ExitCode.CORRUPT else ""
        hint = f"{command('verify', directory.path)} lists every fault"
        raise UserError(f"{damaged}{verdict.faults[0]}", hint=hint, code=verdict.code)
    if (file := recorded_file(recorded_document(directory))) is not None:
        note(f"note: reading {shown(file)}, if its SHA-256 matches the recorded one")
    experiment = again.reproducible(directory)
    if not (json or quiet):
        out(fitted(headline(experiment)))
    progress = Progress(experiment.training.epochs, experiment.steps_per_epoch, show=not quiet)
    with progress.watching():
        finished, found = again.reproduce(directory, experiment, runs_dir=runs_dir, listener=progress)
    if finished.result.status == "interrupted":
        print_outcome(experiment, finished.result, finished.path, json=json, quiet=quiet)
        raise typer.Exit(exit_code("interrupted", progress.stop.signal))
    if json:
        out(json_text(_as_plain(directory.folder, found)))
    else:
        if not quiet:
            for line in _lines(found):
                out(fitted(line))
        out(str(found.again))
    if found.differences:
        raise typer.Exit(ExitCode.EXPECTATION)


def _lines(found: Reproduction) -> list[str]:
    """The outcome in words."""
    from nncli.report.numbers import count

    seeds = count(found.seeds, "seed")
    changes = [f"the environment differs: {'; '.join(found.environment)}"] if found.environment else []
    if not found.differences:
        return [f"reproduced: the weights of {seeds} are bit-identical", *changes]
    lines = [f"not reproduced: the weights of {len(found.differences)} of {seeds} differ"]
    for difference in found.differences[:8]:
        if difference.epoch is None:
            lines.append(f"  seed {difference.seed}: no recorded metric differs")
        else:
            values = f"{difference.metric} was {difference.before}, is {difference.after}"
            lines.append(f"  seed {difference.seed}: from epoch {difference.epoch} on; {values}")
        if difference.weights_epoch is not None:
            lines.append(f"    its recorded weights differ from epoch {difference.weights_epoch} on")
    if len(found.differences) > 8:
        lines.append(f"  and {len(found.differences) - 8} more")
    return [*lines, *(changes or ["no recorded property of the environment differs"])]


def _as_plain(name: str, found: Reproduction) -> dict[str, object]:
    """The object that `--json` prints."""
    from dataclasses import asdict

    return {
        "run": name,
        "again": found.again.name,
        "reproduced": not found.differences,
        "seeds": found.seeds,
        "differences": [asdict(difference) for difference in found.differences],
        "environment": list(found.environment),
    }
