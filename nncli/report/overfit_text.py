"""Whether a network can memorize one batch, as text."""

from __future__ import annotations

import statistics
import textwrap
from collections.abc import Iterator
from typing import get_args

from nncli.analysis.overfit_record import BatchFit, FirstLoss, SeedFit, Start
from nncli.report.numbers import count, percent, seed_list, seeds_text, short

INDENT = 12

MOST = 5
"""Up to this number of seeds that fail are described one by one."""


def overfit_lines(found: BatchFit, width: int) -> Iterator[str]:
    """What was trained on, what became of it, how the loss began, and what a failure means; no wider than `width`."""
    for label, text in [*_parts(found)]:
        yield from textwrap.wrap(
            f"{label:<{INDENT}}{text}", width, subsequent_indent=" " * INDENT, break_on_hyphens=False
        )


def _parts(found: BatchFit) -> Iterator[tuple[str, str]]:
    yield "batch", _batch(found)
    if found.switched_off:
        yield "without", f"{', '.join(found.switched_off)}: regularization works against memorizing"
    yield "memorized", _memorized(found)
    failed = [own for own in found.seeds if own.memorized_step is None]
    for own in failed[:MOST]:
        yield "not", f"seed {own.seed}: {_failure(own, found)}"
    if len(failed) > MOST:
        yield "not", seed_list([own.seed for own in failed[MOST:]])
    yield from _first_loss(found)
    if any(own.contradictory for own in failed):
        yield "why", "no network can memorize rows with the same inputs and different targets"
    if not all(own.contradictory for own in failed):
        yield (
            "why",
            "one batch is enough to show it, so the data is not to blame: look at the layers, the "
            "learning rate, the number of steps, the initialization and the output",
        )


def _batch(found: BatchFit) -> str:
    if found.rows == found.of:
        return f"all {count(found.of, 'row')}: this config trains on all of them in each step"
    whose = "the first of epoch 1" + (", of each seed its own" if found.own and len(found.seeds) > 1 else "")
    return f"{found.rows} of {count(found.of, 'row')}, {whose}"


def _memorized(found: BatchFit) -> str:
    steps = [own.memorized_step for own in found.seeds if own.memorized_step is not None]
    if len(found.seeds) == 1:
        text = f"by {seeds_text([found.seeds[0].seed])}" if steps else f"not by seed {found.seeds[0].seed}"
    else:
        text = f"by {len(steps)} of {count(len(found.seeds), 'seed')}"
    if not steps:
        return f"{text} in at most {count(found.most_steps, 'step')}"
    middle = f"{statistics.median(steps):.0f}"
    spread = f" (median; {min(steps)} to {max(steps)})" if len(steps) > 1 else ""
    loose = sum(own.memorized_step is not None and not own.within_tolerance for own in found.seeds)
    off = f"; {loose if len(found.seeds) > 1 else 'it'} with some output off by more than {percent(found.tolerance)}"
    return f"{text} in {middle} of at most {count(found.most_steps, 'step')}{spread}{off if loose else ''}"


def _failure(own: SeedFit, found: BatchFit) -> str:
    if own.contradictory:
        return f"{own.contradictory} rows of the batch share their inputs, but not their target"
    if own.diverged:
        return f"diverged in step {own.steps}"
    score = "" if own.score is None else f", accuracy {percent(own.score)}"
    if found.score != "accuracy":
        known = "" if own.score is None else f", R² {short(own.score)}"
        score = f"{known}, some output is off by more than {percent(found.tolerance)}"
    return f"loss {short(own.loss)} after {count(own.steps, 'step')}{score}"


def _first_loss(found: BatchFit) -> Iterator[tuple[str, str]]:
    first = [own.first for own in found.seeds if own.first is not None]
    if not first or found.uniform is None:
        yield "first loss", f"no expected value: {found.loss} is not a cross entropy"
        return
    verdicts = dict.fromkeys(sorted((own.verdict for own in first), key=get_args(Start).index))
    expected = f"uniform outputs give {found.of_uniform} = {short(found.uniform)}"
    alone = f": {_explanation(first)}" if len(verdicts) == 1 else ""
    yield "first loss", f"{_losses(first)}; {expected}{alone}"
    for verdict in verdicts if len(verdicts) > 1 else ():
        some = [own for own in found.seeds if own.first is not None and own.first.verdict == verdict]
        yield "", f"{seed_list([own.seed for own in some])}: {_explanation([own.first for own in some if own.first])}"


def _losses(first: list[FirstLoss]) -> str:
    losses = [own.loss for own in first]
    if len(losses) == 1:
        return short(losses[0])
    return f"{short(statistics.median(losses))} (median; {short(min(losses))} to {short(max(losses))})"


def _explanation(some: list[FirstLoss]) -> str:
    """What a verdict means, for the seeds that share it."""
    match some[0].verdict:
        case "as expected":
            return "as expected"
        case "with the targets":
            return "the outputs begin close to the targets, by chance or from trained weights"
        case "against the targets":
            return "the outputs happen to begin against the targets, which is not a fault"
    spread = short(statistics.median(own.spread for own in some), 3)
    unrelated = short(statistics.median(own.of_outputs for own in some))
    return (
        f"the outputs begin far from uniform, as their inputs spread by {spread}, which gives {unrelated} whatever "
        "the targets; a smaller output.initializer begins closer"
    )
