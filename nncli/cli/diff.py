"""`nncli diff`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nncli.cli.options import RUNS, Json, RunsDir
from nncli.errors import ExitCode, UserError

if TYPE_CHECKING:
    from nncli.analysis.differences import Pair
    from nncli.experiments.run_difference import RunDifference
    from nncli.runs.directory import RunDirectory

LONGEST = 120
"""Characters of a value in the table; --json has all of it."""


def diff(
    first: Annotated[str, typer.Argument(metavar="RUN", help="Folder or name of a run, or latest.")],
    second: Annotated[str, typer.Argument(metavar="RUN", help="The run to compare it with.")],
    json: Json = False,
    runs_dir: RunsDir = RUNS,
) -> None:
    """Show what differs between two runs: config, environment and results.

    Example: nncli diff xor moons
    """
    from nncli.cli.console import fitted, json_text, out
    from nncli.experiments.run_difference import run_difference

    runs = [_run(runs_dir, text) for text in (first, second)]
    found = run_difference(*runs)
    if json:
        out(json_text(_plain(runs, found)))
        return
    labels = _labels(*runs)
    for label, run in zip(labels, runs, strict=True):
        out(fitted(f"{label}   {run.path}"))
    _print_tables(found, labels)
    out()
    if found.is_empty:
        out("nothing differs" if found.weights is None else "nothing differs, to the last bit of the weights")
    elif found.weights is not None:
        out(_weights_text(*found.weights))


def _run(runs_dir: Path, text: str) -> RunDirectory:
    """The run that a text names. Raises: `UserError`, also for a study, which has several."""
    from nncli.cli.run_argument import named_run, named_study
    from nncli.runs.listing import list_runs

    if text != "latest" and (study := named_study(runs_dir, text)) is not None:
        inside = ", ".join(run.name for run in list_runs(study)[:3])
        hint = f"Name one of its runs: {inside}" if inside else ""
        raise UserError("this is a study, with runs of its own", where=str(study), hint=hint, code=ExitCode.FILES)
    return named_run(runs_dir, text)


def _labels(first: RunDirectory, second: RunDirectory) -> tuple[str, str]:
    """A short name of each run: its own, or if both have it, its last digits."""
    for labels in ((first.name, second.name), (first.folder[-6:], second.folder[-6:])):
        if labels[0] != labels[1] and max(map(len, labels)) <= 20:
            return labels
    return "first", "second"


def _print_tables(found: RunDifference, labels: tuple[str, str]) -> None:
    from nncli.cli.console import grid, out

    tables = (("config", found.config), ("environment", found.environment), ("results (medians)", found.results))
    for heading, differing in tables:
        if differing:
            out()
            rows = [[key, *_texts(pair)] for key, pair in differing.items()]
            out(grid([heading, *labels], rows, (0, 1, 2)))


def _texts(pair: Pair) -> tuple[str, str]:
    """Two values: numbers rounded, unless they would then look alike."""
    from nncli.report.numbers import short

    rounded = tuple(short(value) if isinstance(value, float) else _text(value) for value in pair)
    return (rounded[0], rounded[1]) if rounded[0] != rounded[1] else (_text(pair[0]), _text(pair[1]))


def _text(value: object) -> str:
    from nncli.analysis.differences import one_line
    from nncli.report.numbers import NOTHING

    text = NOTHING if value is None else one_line(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _weights_text(same: int, common: int) -> str:
    if common == 0:
        return "weights: no seed is in both runs"
    of = "of the common seed" if common == 1 else f"of the {common} common seeds"
    return f"weights {of}: {'the same' if same == common else f'{same} the same' if same else 'different'}"


def _plain(runs: list[RunDirectory], found: RunDifference) -> dict[str, object]:
    same, common = found.weights or (None, None)
    return {
        "runs": [run.folder for run in runs],
        **{name: dict(getattr(found, name)) for name in ("config", "environment", "results")},
        "weights": None if found.weights is None else {"same": same, "common": common},
    }
