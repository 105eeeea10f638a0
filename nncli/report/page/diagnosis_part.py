"""Why seeds missed their goal, and whether a fix helps them, as a part of a page."""

from __future__ import annotations

from collections.abc import Iterator

from nncli.report.numbers import NOTHING, count, p_value, percent, seed_list
from nncli.report.page.markup import Child, Html, element, joined
from nncli.report.page.parts import Column, cut, facts, sourced, table, value
from nncli.storage.strict_json import PlainObject


def diagnosis_part(plain: PlainObject, source: str) -> Html:
    """A diagnosis.

    Args:
        plain: as `nncli diagnose --json` prints it.
        source: the file or the command that it comes from.
    """
    missed, seeds = plain["missed"], plain["seeds"]
    reached = f"by {len(seeds) - len(missed)} of {count(len(seeds), 'seed')}"
    reached += f"; missed by {seed_list(missed)}" if missed else ""
    known = facts(
        [
            ("Goal", value(plain["goal"], f"{source} goal")),
            ("Reached", value(reached, f"{source} missed", len(seeds) - len(missed))),
        ]
    )
    causes = (
        _cause(number, cause, len(seeds), f"{source} causes[{number - 1}]")
        for number, cause in enumerate(plain["causes"], 1)
    )
    none = [] if plain["causes"] else [element("p", "No fault was found." if missed else "Nothing is wrong.")]
    remark = [sourced("p", plain["remark"], f"{source} remark")] if plain.get("remark") else []
    return joined(known, *none, *causes, *remark, *_proof(plain.get("proof"), f"{source} proof"))


def _cause(number: int, cause: PlainObject, total: int, source: str) -> Html:
    where = [f"in {len(cause['seeds'])} of {count(total, 'seed')}"] if total > 1 else []
    if cause["layers"]:
        where.append(f"layer{'s' if len(cause['layers']) > 1 else ''} {', '.join(map(str, cause['layers']))}")
    title = f"{number}. {cut(cause['cause'].replace('_', ' '))}: {', '.join([cause['certainty'], *where])}"
    evidence = [
        (sourced("span", cut(name.replace("_", " ")), f"{source}.evidence"), _fact(own, f"{source}.evidence.{name}"))
        for name, own in cause["evidence"].items()
    ]
    fix = [element("p", "Change: ", element("code", cause["fix"]))] if cause.get("fix") else []
    told = sourced("h3", title, source), sourced("p", cause["explanation"], f"{source}.explanation")
    return joined(*told, facts(evidence), *fix)


def _fact(fact: object, source: str) -> Html:
    return value(cut(_text(fact)), source, fact if isinstance(fact, float) else None)


def _text(fact: object) -> str:
    if isinstance(fact, list):
        return ", ".join(map(_text, fact))
    if isinstance(fact, bool):
        return "yes" if fact else "no"
    return f"{fact:.4g}" if isinstance(fact, float) else NOTHING if fact is None else str(fact)


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
                value(cut(fix["verdict"]), f"{at}.verdict"),
                value(cut(fix["run"]), f"{at}.run"),
            ]
        )
    headings = ("Change", "Reached before", "Reached after", "Difference", "p", "Verdict", "Run")
    yield table("Seeds that reach the goal", [Column(name, source) for name in headings], rows)


def _reached(own: PlainObject) -> str:
    low, high = own["interval"]
    return f"{own['reached']} of {own['of']}, {percent(own['share'])} [{100 * low:.1f}, {100 * high:.1f}]"
