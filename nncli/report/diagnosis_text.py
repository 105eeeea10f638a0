"""A diagnosis as text."""

from __future__ import annotations

import shlex
import textwrap
from collections.abc import Iterator, Sequence

from nncli.analysis.diagnosis_record import Cause, Diagnosis, Fact
from nncli.report.numbers import NOTHING, count, percent, seed_list

INDENT = "   "

EXPECTED, MENDED = "expected", "mended"
"""The names of two facts: what was expected of the fact before it, and the share of tried seeds that a fix mends."""


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
        yield from _cause_lines(number, cause, len(diagnosis.seeds), width, path)
    if diagnosis.remark and diagnosis.causes:
        yield ""
        yield from _wrapped(diagnosis.remark, width)


def _verdict(diagnosis: Diagnosis, *, trained: bool) -> str:
    """What to say where no cause was found."""
    if not trained:
        return diagnosis.remark or "nothing that can be seen before training speaks against this network"
    if diagnosis.missed:
        return "no fault found" + (f"; {diagnosis.remark}" if diagnosis.remark else "")
    return "healthy" + (f"; {diagnosis.remark}" if diagnosis.remark else "")


def _reached(diagnosis: Diagnosis) -> str:
    total, missed = len(diagnosis.seeds), diagnosis.missed
    if total == 1:
        return f"{'not ' if missed else ''}by seed {diagnosis.seeds[0]}"
    text = f"by {total - len(missed)} of {count(total, 'seed')}"
    return f"{text}; missed by {seed_list(missed, 6)}" if 0 < len(missed) < total else text


def _cause_lines(number: int, cause: Cause, total: int, width: int, path: str) -> Iterator[str]:
    title = f"{number}. {cause.cause.replace('_', ' ')}{INDENT}{cause.certainty}"
    yield from _wrapped("".join([title, *(f"{INDENT}{part}" for part in _where(cause, total))]), width)
    yield from _wrapped(f"{INDENT}{cause.explanation}", width)
    yield from parts(_facts(cause), width)
    if cause.fix:
        yield from pasteable(["nncli", "train", path, *cause.fix], width, f"{INDENT}try   ")


def _where(cause: Cause, total: int) -> Iterator[str]:
    if total > 1:
        yield f"in {len(cause.seeds)} of {count(total, 'seed')}"
    if cause.layers:
        yield f"layer{'s' if len(cause.layers) > 1 else ''} {', '.join(map(str, cause.layers))}"


def _facts(cause: Cause) -> Iterator[str]:
    """Each number with its name, an expected one beside what was measured."""
    found: list[str] = []
    for name, fact in cause.evidence.items():
        if name == EXPECTED and found:
            found[-1] += f" (expected {_text(fact)})"
        elif name == MENDED and isinstance(fact, float):
            found.append(f"the change below mends {percent(fact)} of the seeds it was tried on")
        else:
            found.append(f"{name.replace('_', ' ')} {_text(fact)}")
    yield from found


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


def _text(fact: Fact) -> str:
    if isinstance(fact, tuple):
        return ", ".join(map(_text, fact))
    if isinstance(fact, bool):
        return "yes" if fact else "no"
    return f"{fact:.4g}" if isinstance(fact, float) else NOTHING if fact is None else str(fact)
