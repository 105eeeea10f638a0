"""`nncli diff`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from nncli.cli.options import Json, RunsDir
from nncli.storage.names import RUNS

if TYPE_CHECKING:
    from nncli.experiments.run_difference import RunDifference
    from nncli.runs.directory import RunDirectory


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
    from nncli.cli.run_argument import named_run
    from nncli.experiments.run_difference import run_difference

    runs = [named_run(runs_dir, text) for text in (first, second)]
    found = run_difference(*runs)
    if json:
        out(json_text(_plain(runs, found)))
        return
    labels = _labels(*runs)
    for label, run in zip(labels, runs, strict=True):
        out(fitted(f"{label.ljust(max(map(len, labels)))}   {run.path}"))
    _print_tables(found, labels)
    out()
    if found.is_empty:
        out("nothing differs" if found.weights is None else "nothing differs, to the last bit of the weights")
    elif found.weights is not None:
        out(_weights_text(*found.weights))


def _labels(first: RunDirectory, second: RunDirectory) -> tuple[str, str]:
    """A short name of each run: its own, or if both have it, its last digits."""
    for labels in ((first.name, second.name), (first.folder[-6:], second.folder[-6:])):
        if labels[0] != labels[1] and max(map(len, labels)) <= 20:
            return labels
    return "first", "second"


def _print_tables(found: RunDifference, labels: tuple[str, str]) -> None:
    from nncli.cli.console import grid, out
    from nncli.report.difference_text import value_texts

    tables = (("config", found.config), ("environment", found.environment), ("results (medians)", found.results))
    for heading, differing in tables:
        if differing:
            out()
            rows = [[key, *value_texts(pair)] for key, pair in differing.items()]
            out(grid([heading, *labels], rows, (0, 1, 2)))


def _weights_text(same: int, common: int) -> str:
    if common == 0:
        return "weights: no seed is in both runs"
    of = "of the common seed" if common == 1 else f"of the {common} common seeds"
    return f"weights {of}: {'the same' if same == common else f'{same} the same' if same else 'different'}"


def _plain(runs: list[RunDirectory], found: RunDifference) -> dict[str, object]:
    from nncli.analysis.differences import ABSENT

    tables = {name: getattr(found, name) for name in ("config", "environment", "results")}
    missing = [
        [f"{name}.{key}" for name, table in tables.items() for key, pair in table.items() if pair[side] is ABSENT]
        for side in (0, 1)
    ]
    same, common = found.weights or (None, None)
    return {
        "runs": [run.folder for run in runs],
        **{
            name: {key: [None if value is ABSENT else value for value in pair] for key, pair in table.items()}
            for name, table in tables.items()
        },
        "missing": missing,
        "weights": None if found.weights is None else {"same": same, "common": common},
    }
