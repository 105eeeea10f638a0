"""A diagnosis as text."""

from __future__ import annotations

import shlex
import textwrap
from collections.abc import Iterator, Mapping, Sequence

from nncli.analysis.diagnosis_record import Cause, Diagnosis
from nncli.report.metric_text import NAMES
from nncli.report.numbers import NOTHING, count, percent, seed_list

INDENT = "   "

HEALTHY = "no fault found in training: every seed reached the goal"
"""What to say of a run that has nothing to explain."""

EXPECTED, MENDED, TRIED = "expected", "mended", "tried"
"""Names of facts: what was expected of the one before it, the share of tried seeds that a fix mends, their number."""

WORDS = {
    "below_training": "below the training score by",
    "different_units": "different units in a layer",
    "fall_of_loss_in_last_fifth": "fall of the loss in the last fifth of training",
    "first_step_of_weights": "share of the weights that the first step changes",
    "gradient_first_to_last": "gradient of the first layer over that of the last",
    "in_seeds_that_learned": "in seeds that learned",
    "largest_mean_in_std": "largest mean in standard deviations",
    "penalty_of_objective": "share of the penalty in the objective",
    "validation_loss_of_lowest": "last validation loss over the lowest",
}
"""Facts whose names do not say what they are."""


def diagnosis_lines(diagnosis: Diagnosis, width: int, path: str, *, trained: bool) -> Iterator[str]:
    """What was found, as lines.

    Args:
        width: of the terminal.
        path: of the config that a fix is for.
        trained: whether it is of a run.
    """
    yield from _wrapped(f"goal      {diagnosis.goal}", width, " " * 10)
    if trained:
        yield from _wrapped(f"reached   {_reached(diagnosis)}", width, " " * 10)
    if not diagnosis.causes:
        yield ""
        yield from _wrapped(_verdict(diagnosis, trained=trained), width)
    for number, cause in enumerate(diagnosis.causes, 1):
        yield ""
        yield from _cause_lines(number, cause, diagnosis, width, path)
    if diagnosis.remark and diagnosis.causes:
        yield ""
        yield from _wrapped(diagnosis.remark, width)


def _verdict(diagnosis: Diagnosis, *, trained: bool) -> str:
    """What to say where no cause was found."""
    if not trained:
        return diagnosis.remark or "nothing that can be seen before training speaks against this network"
    if diagnosis.missed:
        return "no fault found" + (f"; {diagnosis.remark}" if diagnosis.remark else "")
    return f"{HEALTHY}{f'; {diagnosis.remark}' if diagnosis.remark else ''}"


def _reached(diagnosis: Diagnosis) -> str:
    total, missed = len(diagnosis.seeds), diagnosis.missed
    if total == 1:
        return f"{'not ' if missed else ''}by seed {diagnosis.seeds[0]}"
    text = f"by {total - len(missed)} of {count(total, 'seed')}"
    return f"{text}; missed by {seed_list(missed, 6)}" if 0 < len(missed) < total else text


def _cause_lines(number: int, cause: Cause, diagnosis: Diagnosis, width: int, path: str) -> Iterator[str]:
    total, missed = len(diagnosis.seeds), len(diagnosis.missed)
    title = f"{number}. {cause.cause.replace('_', ' ')}{INDENT}{cause.certainty}"
    yield from _wrapped("".join([title, *(f"{INDENT}{part}" for part in _where(cause, total))]), width)
    yield from _wrapped(f"{INDENT}{cause.explanation}", width)
    yield from parts((f"{name} {text}" for _, name, text in facts_in_words(cause.evidence, missed)), width)
    if cause.fix:
        yield from pasteable(["nncli", "train", path, *cause.fix], width, f"{INDENT}try   ")


def _where(cause: Cause, total: int) -> Iterator[str]:
    if total > 1:
        yield f"in {len(cause.seeds)} of {count(total, 'seed')}"
    if cause.layers:
        yield f"layer{'s' if len(cause.layers) > 1 else ''} {', '.join(map(str, cause.layers))}"


def facts_in_words(evidence: Mapping[str, object], missed: int) -> list[tuple[str, str, str]]:
    """Each fact as its key, its name and what it is, an expected one beside what was measured.

    Args:
        evidence: of a cause, as it is or as in `--json`.
        missed: the number of seeds that missed the goal.
    """
    found: list[tuple[str, str, str]] = []
    tried = evidence.get(TRIED)
    for key, fact in evidence.items():
        if key == EXPECTED and found:
            measured, name, text = found[-1]
            found[-1] = measured, name, f"{text} (expected {_text(fact)})"
        elif key == MENDED and isinstance(fact, (int, float)):
            text = _mended(fact, tried, missed) if isinstance(tried, int) else f"{percent(fact)} of the seeds tried"
            found.append((key, "the change below mends", text))
        elif key != TRIED:
            found.append((key, WORDS.get(key, key.replace("_", " ").replace("r2", NAMES["r2"])), _text(fact)))
    return found


def _mended(share: float, tried: int, missed: int) -> str:
    """How many seeds a change mends, as in `1 of 1 seed tried, of the 4 that missed`."""
    mended = round(share * tried, 6)
    text = f"{mended:g} of {count(tried, 'seed')} tried"
    if mended % 1:
        text += " (half for one that gets half of the way)"
    return f"{text}, of the {missed} that missed" if tried < missed else text


def parts(texts: Iterator[str], width: int) -> Iterator[str]:
    """Texts three spaces apart, as many on a line as fit."""
    line = ""
    for text in texts:
        longer = f"{line}{INDENT}{text}"
        if line and len(longer) > width:
            yield from _wrapped(line, width, INDENT)
            longer = f"{INDENT}{text}"
        line = longer
    if line:
        yield from _wrapped(line, width, INDENT)


def pasteable(words: Sequence[str], width: int, label: str) -> Iterator[str]:
    """A command for the shell; where it is too long for a line, it continues after a backslash."""
    line, start = label, True
    for place, word in enumerate(map(shlex.quote, words)):
        longer = f"{line}{'' if start else ' '}{word}"
        more = 2 if place < len(words) - 1 else 0
        if not start and len(longer) + more > width:
            yield f"{line} \\"
            longer = f"{' ' * len(label)}  {word}"
        line, start = longer, False
    yield line


def _wrapped(text: str, width: int, indent: str = INDENT) -> list[str]:
    return textwrap.wrap(
        text,
        width,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _text(fact: object) -> str:
    if isinstance(fact, (tuple, list)):
        return ", ".join(map(_text, fact))
    if isinstance(fact, bool):
        return "yes" if fact else "no"
    return f"{fact:.4g}" if isinstance(fact, float) else NOTHING if fact is None else str(fact)
