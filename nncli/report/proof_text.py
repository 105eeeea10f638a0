"""What became of seeds with fixes, as text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from nncli.analysis.proof_record import Proof, ProvedFix, Reached
from nncli.report.diagnosis_text import pasteable
from nncli.report.numbers import count, p_value, percent, rounded_up, seed_list


def proof_lines(proof: Proof, width: int) -> Iterator[str]:
    """Before → after of each fix, with the interval of the difference, a verdict, and the path of the run."""
    for fix in proof.fixes:
        yield ""
        yield f"proof     {' and '.join(fix.causes).replace('_', ' ')}, on the same {count(fix.before.of, 'seed')}"
        if fix.held_out:
            yield f"goal      that of training, and as good on the {fix.held_out} rows"
        yield from pasteable(fix.fix, width, "with      ")
        yield f"before    {_reached(fix.before)}"
        yield f"after     {_reached(fix.after)}"
        if fix.before.of > 1:
            yield f"change    {_change(fix)}"
        yield from textwrap.wrap(f"verdict   {_verdict(fix)}", width, subsequent_indent=" " * 10)
        yield f"run       {fix.path}"


def _reached(reached: Reached) -> str:
    low, high = reached.interval
    text = f"{reached.reached} of {count(reached.of, 'seed')} reach the goal"
    if reached.of == 1:
        return "the seed reaches the goal" if reached.reached else "the seed misses the goal"
    return f"{text}   {percent(reached.share)}   [{100 * low:.1f}, {100 * high:.1f}]"


def _change(fix: ProvedFix) -> str:
    """The paired difference of the shares, in points of a percentage."""
    test = fix.test
    text = f"{100 * (test.difference or 0.0):+.3g} points"
    low, high = test.interval
    if low is not None and high is not None:
        text += f"   [{100 * low:.1f}, {100 * high:.1f}]"
    return f"{text}   p {p_value(test.p_adjusted, '= ')}"


def _verdict(fix: ProvedFix) -> str:
    match fix.verdict:
        case "mended" if fix.after.of == 1:
            return "mended; one seed does not tell how often"
        case "mended":
            sure = fix.test.p_adjusted < 0.05
            return "mended: every seed reaches the goal" + ("" if sure else "; too few seeds changed for a test")
        case "better":
            return f"better: {len(fix.gained)} more seeds reach the goal" + _lost(fix)
        case "worse":
            return f"worse: {seed_list(fix.lost)} reached the goal only before"
        case "no better":
            return "no better" + _lost(fix)
    needed = fix.test.seeds_needed
    more = f"; about {count(rounded_up(needed), 'seed')} would tell" if needed else ""
    return f"cannot conclude{_lost(fix)}{more}"


def _lost(fix: ProvedFix) -> str:
    return f"; {seed_list(fix.lost)} reached it only before" if fix.lost else ""
