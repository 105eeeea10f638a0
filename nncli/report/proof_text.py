"""What became of seeds with fixes, as text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from nncli.analysis.proof_record import Proof, ProvedFix, Reached
from nncli.report.diagnosis_text import pasteable
from nncli.report.numbers import count, p_value, percent, rounded_up, seed_list
from nncli.storage.strict_json import PlainObject


def proof_lines(proof: Proof, width: int) -> Iterator[str]:
    """Before → after of each fix, with the interval of the difference, a verdict, and the path of the run."""
    for fix in proof.fixes:
        yield ""
        causes = " and ".join(dict.fromkeys(fix.causes)).replace("_", " ")
        yield f"proof     {causes}, on the same {count(fix.before.of, 'seed')}"
        if fix.held_out:
            yield f"goal      that of training, and as good on the {fix.held_out} rows"
        yield from pasteable(fix.fix, width, "with      ")
        yield f"before    {_reached(fix.before)}"
        yield f"after     {_reached(fix.after)}"
        if fix.before.of > 1:
            yield f"change    {_change(fix)}"
        yield from textwrap.wrap(f"verdict   {verdict_text(fix.as_plain())}", width, subsequent_indent=" " * 10)
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


def verdict_text(fix: PlainObject) -> str:
    """The verdict on a fix, with the seeds it lost. Args: fix: as in `--json`."""
    gained, lost, needed = fix["gained"], fix["lost"], fix["seeds_needed"]
    also = f"; {seed_list(lost)} reached it only before" if lost else ""
    match fix["verdict"]:
        case "mended" if fix["after"]["of"] == 1:
            return "mended; one seed does not tell how often"
        case "mended":
            return "mended: every seed reaches the goal" + (
                "" if fix["p"] < 0.05 else "; too few seeds changed for a test"
            )
        case "better":
            return f"better: {len(gained)} more seeds reach the goal{also}"
        case "worse":
            return f"worse: {seed_list(lost)} reached the goal only before"
        case "no better":
            return f"no better{also}"
    more = f"; about {count(rounded_up(needed), 'seed')} would tell" if needed else ""
    return f"cannot conclude{also}{more}"
