"""A diagnosis as text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from nncli.analysis.diagnosis_record import Cause, Diagnosis, Fact
from nncli.errors import command
from nncli.report.numbers import count, short


def diagnosis_lines(diagnosis: Diagnosis, width: int, path: str = "") -> Iterator[str]:
    """What was found, as lines.

    Args:
        width: of the terminal.
        path: of the config that a fix is for; without one, the fix stands alone.
    """
    yield from textwrap.wrap(f"goal   {diagnosis.goal}", width, subsequent_indent=" " * 7)
    total = len(diagnosis.seeds)
    if diagnosis.missed:
        yield f"missed by {len(diagnosis.missed)} of {count(total, 'seed')}"
    if not diagnosis.causes:
        yield diagnosis.remark or ("no fault found" if diagnosis.missed else "healthy: nothing to mend")
        return
    for number, cause in enumerate(diagnosis.causes, 1):
        yield ""
        yield f"{number}. {cause.cause.replace('_', ' ')}   {cause.certainty}{_where(cause, total)}"
        yield from textwrap.wrap(cause.explanation + ".", width, initial_indent="   ", subsequent_indent="   ")
        facts = "   ".join(f"{name.replace('_', ' ')} {_text(fact)}" for name, fact in cause.evidence.items())
        yield from textwrap.wrap(facts, width, initial_indent="   ", subsequent_indent="   ")
        if cause.fix:
            yield f"   try   {command('train', path, *cause.fix) if path else ' '.join(cause.fix)}"
    if diagnosis.remark:
        yield ""
        yield diagnosis.remark


def _where(cause: Cause, total: int) -> str:
    parts = [f"in {len(cause.seeds)} of {count(total, 'seed')}"] if total > 1 else []
    if cause.layers:
        parts.append(f"layer{'s' if len(cause.layers) > 1 else ''} {', '.join(map(str, cause.layers))}")
    return "".join(f"   {part}" for part in parts)


def _text(fact: Fact) -> str:
    if isinstance(fact, tuple):
        return ", ".join(map(_text, fact))
    return short(fact) if isinstance(fact, float) else str(fact)
