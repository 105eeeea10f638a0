"""Claims with their verdicts, as text and as Markdown."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence

from nncli.analysis.claim_record import ClaimOutcome
from nncli.analysis.verdict import LEVEL, Judgment, Word
from nncli.report.numbers import count, short

PLURAL: tuple[tuple[Word, str], ...] = (("holds", "hold"), ("fails", "fail"), ("cannot conclude", "cannot conclude"))


def claim_lines(outcome: ClaimOutcome, width: int) -> Iterator[str]:
    """A claim: its verdict and sentence, and below them what was expected and measured."""
    verdict = outcome.verdict.upper() if outcome.verdict != "holds" else outcome.verdict
    head = textwrap.wrap(outcome.sentence, width - 17) or [""]
    yield f"{verdict:16} {head[0]}"
    for line in head[1:]:
        yield f"{'':16} {line}"
    for text, judgment in outcome.expectations:
        for line in textwrap.wrap(text, width - 19):
            yield f"{'':18} {line}"
        if judgment is not None:
            yield f"{'':20} {measured_text(judgment)}"
    if outcome.error is not None:
        yield from textwrap.wrap(outcome.error, width, initial_indent=" " * 19, subsequent_indent=" " * 19)


def measured_text(judgment: Judgment) -> str:
    """What was measured: `0.93 (0.9-0.97), 20 seeds`, or an exact number."""
    value = short(judgment.measured)
    against = "" if judgment.right is None else f", against {short(judgment.right)}"
    if judgment.seeds is None:
        return f"{value}{against}{f': {judgment.reason}' if judgment.reason else ''}"
    ends = f"({short(judgment.low)} to {short(judgment.high)})"
    reason = f": {judgment.reason}" if judgment.reason else ""
    what = "difference " if judgment.paired else ""
    return f"{what}{value} {ends}, {count(judgment.seeds, 'seed')}{against}{reason}"


def summary_of(outcomes: Sequence[ClaimOutcome]) -> list[str]:
    """How many claims hold and fail, and what the intervals are."""
    found = Counter(outcome.verdict for outcome in outcomes)
    told = ", ".join(f"{found[word]} {word if found[word] == 1 else plural}" for word, plural in PLURAL if found[word])
    lines = [f"{count(len(outcomes), 'claim')}: {told}"]
    if any(judgment and judgment.seeds for outcome in outcomes for _, judgment in outcome.expectations):
        lines.append(f"Ranges over seeds are {LEVEL * 100:.0f} % intervals of medians and rates.")
    return lines


def claims_markdown(outcomes: Sequence[ClaimOutcome]) -> str:
    """A page of all claims by chapter, with what was measured."""
    lines = [
        "# Claims",
        "",
        "Sentences of a first chapter on neural networks, each measured by `nncli claims`, which writes this page with",
        f"`--markdown`. Exact numbers stand alone; ranges over seeds are {LEVEL * 100:.0f} % intervals.",
    ]
    chapter = None
    chapters = [*dict.fromkeys(outcome.chapter for outcome in outcomes)]
    for outcome in sorted(outcomes, key=lambda own: chapters.index(own.chapter)):
        if outcome.chapter != chapter:
            chapter = outcome.chapter
            lines += ["", f"## {chapter or 'Other claims'}"]
        lines += ["", f"**{outcome.sentence}** {outcome.verdict.capitalize()}.", ""]
        if outcome.source:
            lines += [f"Source: {outcome.source} · `{outcome.id}`", ""]
        lines += ["| expected | measured | |", "| --- | --- | --- |"]
        for text, judgment in outcome.expectations:
            told = (measured_text(judgment), judgment.verdict) if judgment else (outcome.error or "", "cannot conclude")
            lines.append(f"| `{text}` | {told[0]} | {told[1]} |")
        if outcome.remark:
            lines += ["", outcome.remark]
    return "\n".join(lines) + "\n"
