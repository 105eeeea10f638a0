"""Why seeds missed their goal, and whether a fix helps them, as a part of a page."""

from __future__ import annotations

from collections.abc import Iterator

from nncli.report.diagnosis_text import HEALTHY, facts_in_words
from nncli.report.numbers import NOTHING, count, p_value, percent, seed_list
from nncli.report.page.markup import Child, Html, element, joined
from nncli.report.page.parts import Column, cut, facts, sentence, sourced, table, value
from nncli.report.proof_text import verdict_text
from nncli.storage.strict_json import PlainObject


def diagnosis_part(plain: PlainObject, source: str) -> Html:
    """A diagnosis.

    Args:
        plain: as `nncli diagnose --json` prints it.
        source: the file or the command that it comes from.
    """
    missed, seeds = plain["missed"], plain["seeds"]
    of_one = "no" if missed else "yes"
    reached = of_one if len(seeds) == 1 else f"by {len(seeds) - len(missed)} of {count(len(seeds), 'seed')}"
    reached += f"; missed by {seed_list(missed)}" if missed and len(seeds) > 1 else ""
    known = facts(
        [
            ("Goal", value(plain["goal"], f"{source} goal")),
            ("Reached", value(reached, f"{source} missed", len(seeds) - len(missed))),
        ]
    )
    causes = (
        _cause(number, cause, len(seeds), len(missed), f"{source} causes[{number - 1}]")
        for number, cause in enumerate(plain["causes"], 1)
    )
    healthy = f"{sentence(HEALTHY)} This is no proof: where every seed reaches it, most rules look no further."
    none = [] if plain["causes"] else [element("p", "No fault found." if missed else healthy)]
    remark = [sourced("p", sentence(plain["remark"]), f"{source} remark")] if plain.get("remark") else []
    return joined(known, *none, *causes, *remark, *_proof(plain.get("proof"), f"{source} proof"))


def _cause(number: int, cause: PlainObject, total: int, missed: int, source: str) -> Html:
    where = [f"in {len(cause['seeds'])} of {count(total, 'seed')}"] if total > 1 else []
    if cause["layers"]:
        where.append(f"layer{'s' if len(cause['layers']) > 1 else ''} {', '.join(map(str, cause['layers']))}")
    title = f"{number}. {cut(cause['cause'].replace('_', ' '))}: {', '.join([cause['certainty'], *where])}"
    evidence = [
        (
            sourced("span", cut(name), f"{source}.evidence"),
            _fact(text, cause["evidence"][key], f"{source}.evidence.{key}"),
        )
        for key, name, text in facts_in_words(cause["evidence"], missed)
    ]
    fix = [element("p", "Change: ", element("code", cause["fix"]))] if cause.get("fix") else []
    told = sourced("h3", title, source), sourced("p", sentence(cause["explanation"]), f"{source}.explanation")
    return joined(*told, facts(evidence), *fix)


def _fact(text: str, fact: object, source: str) -> Html:
    return value(cut(text), source, fact if isinstance(fact, float) else None)


def _proof(proof: PlainObject | None, source: str) -> Iterator[Html]:
    """What became of the same seeds with the fixes."""
    if proof is None or not proof["fixes"]:
        return
    yield element("h3", "Proof: the same seeds, trained again with the change")
    rows: list[list[Child]] = []
    for place, fix in enumerate(proof["fixes"]):
        at = f"{source}.fixes[{place}]"
        difference, (low, high) = fix["difference"], fix["interval"]
        points = NOTHING if difference is None else f"{100 * difference:+.3g} points"
        interval = "" if low is None or high is None else f" [{100 * low:.1f}, {100 * high:.1f}]"
        p = p_value(fix["p"])
        rows.append(
            [
                element("code", fix["fix"]),
                value(_reached(fix["before"]), f"{at}.before"),
                value(_reached(fix["after"]), f"{at}.after"),
                value(f"{points}{interval}", f"{at}.difference", difference),
                value(p, f"{at}.p", fix["p"]),
                value(cut(verdict_text(fix)), f"{at}.verdict"),
                value(cut(fix["run"]), f"{at}.run"),
            ]
        )
    headings = ("Change", "Reached before", "Reached after", "Difference", "p", "Verdict", "Run")
    yield table("Seeds that reach the goal", [Column(name, source) for name in headings], rows)
    said = "In brackets are 95 % intervals, in percent or points. p is adjusted for all changes that were tried."
    yield sourced("p", said, source)


def _reached(own: PlainObject) -> str:
    low, high = own["interval"]
    return f"{own['reached']} of {own['of']}, {percent(own['share'])} [{100 * low:.1f}, {100 * high:.1f}]"
