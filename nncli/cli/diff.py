"""`nncli diff`."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from functools import partial
from itertools import zip_longest
from json import dumps, loads
from math import isfinite
from typing import TYPE_CHECKING, Annotated
from unicodedata import normalize

import typer

from nncli.cli.options import Json, RunsDir
from nncli.errors import visible
from nncli.storage.names import RUNS

if TYPE_CHECKING:
    from collections.abc import Callable

    from nncli.analysis.differences import Pair
    from nncli.experiments.run_difference import RunDifference
    from nncli.runs.directory import RunDirectory

LONGEST = 120
"""Characters of a value in the table; --json has all of it."""

BEFORE = 30
"""Of these, those shown before two long values begin to differ."""


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

    tables = (("config", found.config), ("environment", found.environment), ("results (medians)", found.results))
    for heading, differing in tables:
        if differing:
            out()
            rows = [[key, *value_texts(pair)] for key, pair in differing.items()]
            out(grid([heading, *labels], rows, (0, 1, 2)))


def value_texts(pair: Pair) -> tuple[str, str]:
    """Two values that differ, as two texts that look different, with no more digits than that takes."""
    roundings = [partial(_rounded, digits=digits) for digits in range(4, 17)]
    writers: list[Callable[[object], str]] = [*roundings, _exact, _quoted]
    for write in writers:
        first, second = (write(value) for value in pair)
        if not _look_alike(first, second):
            break
    return _cut(first, second)


def _rounded(value: object, digits: int) -> str:
    from nncli.report.numbers import short

    return short(value, digits) if isinstance(value, float) and isfinite(value) else _exact(value)


def _exact(value: object) -> str:
    from nncli.analysis.differences import ABSENT, one_line
    from nncli.report.numbers import NOTHING

    return NOTHING if value is ABSENT else one_line(value, _plain_text)


def _plain_text(text: str) -> str:
    """A text as it is, in quotes if it would look like a number, a list or nothing."""
    try:
        loads(text)
    except (ValueError, RecursionError):
        return text if text.strip() else dumps(text)
    return dumps(text)


def _quoted(value: object) -> str:
    """A value with all its texts in quotes and printable ASCII."""
    from nncli.analysis.differences import ABSENT, one_line
    from nncli.report.numbers import NOTHING

    return NOTHING if value is ABSENT else one_line(value, dumps)


def _look_alike(first: str, second: str) -> bool:
    """Whether two texts look the same in a table, or are the same number, as `1` and `1.000`."""
    try:
        return _looks(first) == _looks(second) or Decimal(first) == Decimal(second)
    except InvalidOperation:  # not numbers
        return False


def _looks(text: str) -> str:
    """What is seen of a text in a table, where spaces and line ends are alike."""
    return " ".join(normalize("NFKC", visible(text)).split())


def _cut(first: str, second: str) -> tuple[str, str]:
    """Two texts of at most `LONGEST` characters each; of longer ones, the part where they begin to differ."""
    places = enumerate(zip_longest(first, second))
    same = next((place for place, (own, other) in places if own != other), len(first))
    start = same - BEFORE if same > LONGEST - BEFORE else 0

    def part(text: str) -> str:
        shown = text if start == 0 else f"…{text[start + 1 :]}"
        return shown if len(shown) <= LONGEST else f"{shown[: LONGEST - 1]}…"

    return (part(first), part(second)) if max(len(first), len(second)) > LONGEST else (first, second)


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
