"""The leaderboard of a sweep as a table."""

from __future__ import annotations

import math
from collections.abc import Iterator

from nncli.analysis.sweep_record import Spread, SweepForecast, SweepStudy
from nncli.report import cells
from nncli.report.numbers import NOTHING, count, duration, short, size

MOST = 20
"""Maximum number of rows shown in a terminal; files have them all."""


MOST_LOST = 3
"""Maximum number of trials for which a note reports seeds that lost their solution."""


def headline(study: SweepStudy | SweepForecast) -> str:
    """What was searched: `xor   learning_rate × activation   24 trials × 10 seeds   up to 500 epochs`."""
    each = f" × {count(study.seeds, 'seed')}" if study.seeds else ""
    return "   ".join(
        [
            study.title,
            " × ".join(axis.rpartition(".")[2] for axis in study.axes),
            f"{count(study.trials, 'trial')}{each}",
            f"up to {count(study.epochs, 'epoch')}",
        ]
    )


def columns(study: SweepStudy) -> list[str]:
    """The headings of the table."""
    axes = [axis.rpartition(".")[2] for axis in study.axes]
    solving = ["solved", "epochs to solve"] if _solves(study) else []
    return ["#", *axes, *solving, "loss" if solving else _metric(study).replace("_", " ")]


def rows(study: SweepStudy, *, bars: bool = True, most: int | None = None) -> list[list[str]]:
    """A row for each trial, best first."""
    found = []
    for row in study.leaderboard[:most]:
        solving = (
            [cells.solved(row.solve_rate, bars=bars), _spread(row.epochs_to_solve, worst="never")]
            if _solves(study)
            else []
        )
        diverged = f", {row.diverged} diverged" if row.diverged else ""
        metric = _spread(row.metrics.get(_metric(study)), worst="diverged", whole=not solving) + diverged
        found.append([str(row.rank), *row.values, *solving, metric])
    return found


def footnotes(study: SweepStudy, *, bars: bool = True) -> Iterator[str]:
    """What the table does not show, and what it cannot prove."""
    if study.done < study.trials:
        yield f"{study.done} of {count(study.trials, 'trial')} are done; run the same command to train the rest."
    if _solves(study):
        losers = [(row.rank, row.lost) for row in study.leaderboard if row.lost is not None]
        for rank, lost in losers[:MOST_LOST]:
            yield f"Trial {rank}: {count(lost.seeds, 'seed')} {cells.lost_text(lost.epochs)}."
    if study.done > 1:
        yield _legend(study, bars=bars)
        if study.sort != study.measure:
            yield f"Sorted by {_word(study.sort)}; # is the rank by {_word(study.measure)}."
        else:
            yield (
                f"Sorted by {_word(study.sort)}. The best of {study.done} is partly luck: "
                "before you rely on it, compare the leaders on fresh seeds, such as --seeds 1000-1049."
            )


def _legend(study: SweepStudy, *, bars: bool) -> str:
    """What the numbers in parentheses and brackets are."""
    notes = ["Medians over the seeds (and least–most)"]
    if _solves(study):
        spreads = [row.epochs_to_solve for row in study.leaderboard]
        if any(spread.median is not None and spread.most is None for spread in spreads):
            notes.append("never: not solved at the end")
        if not bars:
            notes.append("in brackets: 95 % interval of the solve rate")
    return "; ".join(notes) + "."


def markdown(study: SweepStudy) -> str:
    """The same as a Markdown page, with all rows."""
    lines = [
        f"# {cells.markdown_text(study.study)}",
        "",
        cells.markdown_text(headline(study)),
        "",
        *cells.markdown_table(columns(study), rows(study, bars=False)),
    ]
    return "\n".join([*lines, "", *map(cells.markdown_text, footnotes(study, bars=False))]) + "\n"


def plan_columns(plan: SweepForecast) -> list[str]:
    """The headings of a plan."""
    return ["trial", *(axis.rpartition(".")[2] for axis in plan.axes), "to do"]


def plan_rows(plan: SweepForecast, most: int | None = None) -> list[list[str]]:
    """A row for each trial, in the order of the grid."""
    return [[row.trial, *row.values, "done" if row.done else "train"] for row in plan.plan[:most]]


def plan_notes(plan: SweepForecast, most: int) -> Iterator[str]:
    """What is left to train, and its cost."""
    if len(plan.plan) > most:
        yield f"{len(plan.plan) - most} more trials not shown; --json has them all."
    left = plan.trials - plan.done
    if not left:
        yield f"All {count(plan.trials, 'trial')} are done."
        return
    yield "   ".join(
        [
            f"{count(left, 'trial')} to train in {count(plan.stacks, 'stack')}",
            "in this process" if plan.processes == 1 else f"{plan.processes} processes",
            f"at most about {duration(plan.seconds) if plan.seconds < math.inf else NOTHING}",
            f"about {size(plan.bytes)}",
        ]
    )


def _solves(study: SweepStudy) -> bool:
    """Whether the table has a column for solved seeds."""
    return study.measure in ("solved", "epochs_to_solve")


def _metric(study: SweepStudy) -> str:
    """The metric to show: the one the trials are ranked by, or the training loss."""
    return "train_loss" if _solves(study) else str(study.measure)


def _word(name: str) -> str:
    """A metric or an axis in words."""
    return name.rpartition(".")[2] if "." in name else name.replace("_", " ")


def _spread(spread: Spread | None, *, worst: str, whole: bool = True) -> str:
    """A median, and with `whole` the range over the seeds: `41 (33–58)`."""
    if spread is None or spread.median is None:
        return NOTHING
    least, most = spread.least, spread.most
    if least == most or not whole:
        return short(spread.median)
    ends = [worst if end is None else short(end) for end in (least, most)]
    return f"{short(spread.median)} ({'–'.join(ends)})"
