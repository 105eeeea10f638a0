"""A search for a learning rate, as text and comma-separated values."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator

from nncli.analysis.learning_rate_record import RateSearch, ShortRuns
from nncli.report.numbers import NOTHING, count, percent, quantiles, seed_list, short

COLUMNS = [(name, "right") for name in ("rate", "solved", "loss", "5–95 %", "diverged", "rank", "best for")]


def what_was_done(found: RateSearch) -> str:
    """How many rates, seeds and epochs."""
    share = percent(round(found.epochs / found.planned, 3))
    epochs = "all" if found.epochs == found.planned else f"{share} of {found.planned}"
    return (
        f"{len(found.short_runs)} rates × {count(len(found.seeds), 'seed')}, {count(found.epochs, 'epoch')} ({epochs})"
    )


def columns(found: RateSearch) -> list[tuple[str, str]]:
    """The columns of the table: how many were solved only if that ends a run, a spread only of several seeds."""
    return [column for column in COLUMNS if column[0] not in _left_out(found)]


def rows(found: RateSearch) -> list[list[str]]:
    """The rows of the table."""
    kept = [place for place, (name, _) in enumerate(COLUMNS) if name not in _left_out(found)]
    return [[cells[place] for place in kept] for cells in _all_cells(found)]


def _all_cells(found: RateSearch) -> Iterator[list[str]]:
    """The cells of each rate; the rates from which on every seed diverges share a row."""
    total = len(found.seeds)
    some = max((place for place, own in enumerate(found.short_runs) if own.diverged < total), default=-1)
    for own in found.short_runs[: some + 2]:
        yield _cells(own, found)
    if len(found.short_runs) > some + 2:
        first, *rest = _cells(found.short_runs[-1], found)
        yield [f"to {first}", *rest]


def _left_out(found: RateSearch) -> set[str]:
    left_out = set() if any(own.solved for own in found.short_runs) else {"solved"}
    if not any(own.diverged for own in found.short_runs):
        left_out.add("diverged")
    return left_out | ({"5–95 %", "rank"} if len(found.seeds) == 1 else set())


def _cells(own: ShortRuns, found: RateSearch) -> list[str]:
    total = len(found.seeds)
    low, middle, high = quantiles([math.inf if loss is None else loss for loss in own.loss])
    best = sum(rate == own.rate for rate in found.seed_best)
    return [
        f"{own.rate:g}",
        f"{own.solved}/{total}" if own.solved else NOTHING,
        NOTHING if own.diverged == total else short(middle),
        NOTHING if own.diverged == total else f"{short(low)}–{short(high)}",
        f"{own.diverged}/{total}" if own.diverged else NOTHING,
        NOTHING if own.mean_rank is None else f"{own.mean_rank:.1f}",
        NOTHING if not best else f"{best}" if total > 1 else "best",
    ]


def verdict(found: RateSearch) -> Iterator[str]:
    """The suggestion with its interval, and what speaks against it, as lines."""
    if found.suggestion is None:
        if found.always_diverged:
            yield "suggestion   none: every rate diverges"
        else:
            yield "suggestion   none: no rate takes the loss below the one at the start"
        return
    text = f"suggestion   {found.suggestion:g}"
    if found.low is not None and found.high is not None:
        text += f"   95 % [{found.low:g}, {found.high:g}]"
    yield f"{text}   the config has {found.configured:g}"
    yield from _distance(found)
    if found.low is None and len(found.seeds) > 1:
        yield "an interval takes six seeds"
    if stuck := [seed for seed, best in zip(found.seeds, found.seed_best, strict=True) if best is None]:
        yield f"without {seed_list(stuck)}: no rate takes the loss below the one at the start"
    if found.at_end:
        end = "lower" if found.at_end == "lowest" else "upper"
        yield f"it is at the {end} end of the range; a better one may lie beyond"


def _distance(found: RateSearch) -> Iterator[str]:
    """Why the suggestion is not the fastest rate."""
    if found.fastest is None or found.suggestion is None or found.fastest <= found.suggestion:
        return
    above = next((own for own in found.short_runs if own.rate > found.fastest), None)
    if above is not None and above.mean_rank is not None:
        yield (
            f"{found.fastest:g} ranks first, but {above.rate:g} ranks {above.mean_rank:.1f}; "
            "the suggestion keeps its distance"
        )


def learning_rates_csv(found: RateSearch) -> str:
    """Every loss: of each short run, at its end, and of each step of the range test.

    Columns: `test` (`short_run` or `range_test`), `seed`, `step` of a range test, `learning_rate`, `solved_epoch` of a
    short run, `loss`, which is empty after a divergence.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["test", "seed", "step", "learning_rate", "solved_epoch", "loss"])
    for own in found.short_runs:
        for seed, epoch, loss in zip(found.seeds, own.solved_epoch, own.loss, strict=True):
            writer.writerow(
                ["short_run", seed, "", own.rate, "" if epoch is None else epoch, "" if loss is None else loss]
            )
    for seed, losses in zip(found.seeds, found.range_test.losses, strict=True):
        for step, (rate, value) in enumerate(zip(found.range_test.rates, losses, strict=True), 1):
            writer.writerow(["range_test", seed, step, rate, "", value if math.isfinite(value) else ""])
    return text.getvalue()
