"""How often `nncli diagnose` is right: on runs with a known fault, and on healthy ones.

README.md says how to read it; tests/bank holds the runs.
"""

# ruff: noqa: E402

from __future__ import annotations

from nncli.threads import pin_threads

pin_threads()  # before NumPy loads: it looks only once

import argparse
import dataclasses
import json
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from machine import heading, machine

from nncli.analysis.intervals import wilson
from nncli.config.resolve import resolve
from nncli.diagnosis.diagnose import diagnose
from nncli.diagnosis.evidence import Evidence, evidence_of_run
from nncli.experiments.train import run_stack
from nncli.runs.directory import RunDirectory
from nncli.studies.prove import prove

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from bank import Case, bases, built_to_fail, faulty, halves, healthy

HALVES = ("develop", "held_back")
SEEDS_LOST, SCORE_LOST = 3, 0.1
"""A fault harms if at least this many fewer of 10 seeds reach the goal of their run than of the healthy sibling, or if
the median score on held-out rows, an accuracy or R², is at least this much lower. Decided before any diagnosis."""
TOP = 3
DEALS = 1000
"""How often the names are permuted, and the diagnoses dealt to other runs, for the negative controls."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What training brought.

    Attributes:
        reached: how many seeds reached the goal; of how many.
        held_out: the median score on rows held out; NaN if none are.
    """

    reached: int
    of: int
    held_out: float

    def harmed(self, sibling: Outcome) -> bool:
        """Whether this is measurably worse than a healthy run on the same seeds."""
        return sibling.reached - self.reached >= SEEDS_LOST or sibling.held_out - self.held_out >= SCORE_LOST


@dataclass(frozen=True, slots=True)
class Judged:
    """A run of the bank with what was said about it.

    Attributes:
        case, half, kind, fault: where it belongs; no fault for a healthy run.
        right: the names that are right.
        outcome: what training brought.
        named: the causes in their order.
        fixable: whether an override can undo the fault.
        mended: whether the first fix mends it; False if there is none.
        seconds: the time of the diagnosis.
    """

    case: str
    half: str
    kind: str
    fault: str
    right: tuple[str, ...]
    outcome: Outcome
    named: tuple[str, ...]
    fixable: bool
    mended: bool
    seconds: float

    def found(self, top: int) -> bool:
        """Whether a right name is among the first."""
        return not {*self.right}.isdisjoint(self.named[:top])


@dataclass(frozen=True, slots=True)
class Dropped:
    """A fault that did no harm, and so is not counted."""

    case: str
    half: str
    outcome: Outcome
    sibling: Outcome


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="How often is a diagnosis right?")
    parser.add_argument("--half", choices=[*HALVES, "both"], default="develop", help="which half (develop)")
    parser.add_argument("--only", action="append", default=[], metavar="WORD", help="cases with this in their name")
    parser.add_argument("--quick", action="store_true", help="each fault on one base for each kind of task, in turns")
    parser.add_argument(
        "--prove", action="store_true", help="train the first fix on all seeds, instead of a short trial"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object in place of the tables")
    given = parser.parse_args()
    chosen = HALVES if given.half == "both" else (given.half,)
    judged: list[Judged] = []
    dropped: list[Dropped] = []
    for half in chosen:
        for found in measured(half, given.only, quick=given.quick, proving=given.prove):
            if isinstance(found, Judged):
                judged.append(found)
            else:
                dropped.append(found)
            print(".", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    if given.json:
        halves_ = {half: figures([own for own in judged if own.half == half]) for half in chosen}
        rows = {
            "cases": [dataclasses.asdict(own) for own in judged],
            "dropped": [dataclasses.asdict(d) for d in dropped],
        }
        print(json.dumps({"machine": machine(), "figures": halves_, **rows}, indent=2))
        return
    print(heading())
    for half in chosen:
        own = [row for row in judged if row.half == half]
        print("", *lines(half, own, [row for row in dropped if row.half == half]), sep="\n")


def measured(half: str, words: Sequence[str], *, quick: bool, proving: bool) -> Iterator[Judged | Dropped]:
    """All cases of a half, each trained in a temporary folder."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        of_kind = halves()
        siblings: dict[str, Outcome] = {}
        for base in bases():
            if of_kind[base.kind] == half:
                evidence = trained(Case(base.name, half, base.kind, base.document), folder)
                siblings[base.name] = outcome(evidence)
        for case in (*faulty(half, folder, quick=quick), *built_to_fail(half), *healthy(half)):
            if words and not any(word in case.name for word in words):
                continue
            evidence = trained(case, folder)
            own = outcome(evidence)
            if case.base in siblings and case.fault is not None and not own.harmed(siblings[case.base]):
                yield Dropped(case.name, half, own, siblings[case.base])
            else:
                yield judged(case, evidence, own, folder, proving=proving)
            if evidence.run is not None:
                shutil.rmtree(evidence.run.path)


def trained(case: Case, folder: Path) -> Evidence:
    """The evidence about a run."""
    (finished,) = run_stack([resolve(case.document)], runs_dir=folder)
    return evidence_of_run(RunDirectory.open(finished.path))


def outcome(evidence: Evidence) -> Outcome:
    """What training brought, by the records alone."""
    score = evidence.goal.score
    finals = [evidence.final(r) for r in range(len(evidence.seeds))]
    name = next((f"{split}_{score}" for split in ("test", "validation") if f"{split}_{score}" in finals[0]), "")
    values = [found for final in finals if (found := final.get(name)) is not None]
    held_out = float(np.median([*values, *[-np.inf] * (len(finals) - len(values))])) if name else np.nan
    return Outcome(len(evidence.reached), len(evidence.seeds), held_out)


def judged(case: Case, evidence: Evidence, own: Outcome, folder: Path, *, proving: bool) -> Judged:
    """What a diagnosis says about a run."""
    started = time.perf_counter()
    diagnosis = diagnose(evidence)
    seconds = time.perf_counter() - started
    fix = next((cause.fix for cause in diagnosis.causes if cause.fix), ())
    fixable = case.fault is not None and case.fault.fixable
    mended = False
    if fix and fixable:
        if proving:
            mended = prove(evidence, diagnosis, runs_dir=folder).helps
        else:
            again = evidence_of_run(evidence.run) if evidence.run is not None else evidence
            mended = again.helps(*fix) >= 0.5
    return Judged(
        case.name,
        case.half,
        case.kind,
        "" if case.fault is None else case.fault.name,
        case.causes,
        own,
        tuple(cause.cause for cause in diagnosis.causes),
        fixable,
        mended,
        seconds,
    )


def figures(rows: Sequence[Judged]) -> dict[str, Any]:
    """The shares of a half, each as how many of how many with Wilson's 95 % interval."""
    faults, sound = ([row for row in rows if bool(row.fault) is given] for given in (True, False))
    fixable = [row for row in faults if row.fixable]
    return {
        "first": share(sum(row.found(1) for row in faults), len(faults)),
        f"top_{TOP}": share(sum(row.found(TOP) for row in faults), len(faults)),
        "false_alarms": share(sum(bool(row.named) for row in sound), len(sound)),
        "goal_missed_by_healthy": share(sum(row.outcome.reached < row.outcome.of for row in sound), len(sound)),
        "fixed": share(sum(row.mended for row in fixable), len(fixable)),
        "names_permuted": control(faults, permuted),
        "diagnosis_of_another_run": control(faults, dealt),
    }


def share(some: int, of: int) -> dict[str, Any]:
    """How many of how many, with the interval."""
    return {"count": some, "of": of, "interval": list(wilson(some, of)) if of else None}


def control(rows: Sequence[Judged], change: Callable[[Sequence[Judged], random.Random], list[Judged]]) -> float | None:
    """The mean recall at the first rank after a change that destroys what a diagnosis knows."""
    if not rows:
        return None
    drawn = random.Random(0)
    return float(np.mean([[row.found(1) for row in change(rows, drawn)] for _ in range(DEALS)]))


def permuted(rows: Sequence[Judged], drawn: random.Random) -> list[Judged]:
    """Each rule says the name of another."""
    names = sorted({name for row in rows for name in (*row.named, *row.right)})
    others = dict(zip(names, drawn.sample(names, len(names)), strict=True))
    return [dataclasses.replace(row, named=tuple(others[name] for name in row.named)) for row in rows]


def dealt(rows: Sequence[Judged], drawn: random.Random) -> list[Judged]:
    """The evidence of each run is that of another, drawn at random."""
    others = drawn.sample(rows, len(rows))
    return [dataclasses.replace(row, named=other.named) for row, other in zip(rows, others, strict=True)]


def lines(half: str, rows: Sequence[Judged], dropped: Sequence[Dropped]) -> Iterator[str]:
    """The tables of a half."""
    found = figures(rows)
    faults = sorted({row.fault for row in rows if row.fault})
    yield f"{half}: {len(faults)} kinds of faults, {sum(bool(row.fault) for row in rows)} runs with one"
    yield f"  {'fault':30}{'runs':>6}{'first':>8}{'top 3':>8}{'fixed':>8}"
    for fault in faults:
        own = [row for row in rows if row.fault == fault]
        fixable = sum(row.fixable for row in own)
        fixed = f"{sum(row.mended for row in own)}/{fixable}" if fixable else "-"
        first, top = (sum(row.found(rank) for row in own) for rank in (1, TOP))
        yield f"  {fault:30}{len(own):6}{first:8}{top:8}{fixed:>8}"
    for name, title in (
        ("first", "right at first rank"),
        (f"top_{TOP}", "right in the top three"),
        ("fixed", "mended by the first fix"),
        ("false_alarms", "false alarms on healthy runs"),
        ("goal_missed_by_healthy", "healthy runs with a missed seed"),
    ):
        yield f"  {title:34}{text(found[name])}"
    for name, title in (
        ("names_permuted", "control: names permuted"),
        ("diagnosis_of_another_run", "control: another run's evidence"),
    ):
        if found[name] is not None:
            yield f"  {title:34}{found[name]:.1%} right at first rank"
    if half == HALVES[0]:
        yield from wrong(rows)
    yield f"  no harm, so not counted: {len(dropped)}"
    for off in dropped:
        before, after = off.sibling, off.outcome
        yield (
            f"    {off.case:42}{before.reached}/{before.of} to {after.reached}/{after.of}"
            f"{'' if np.isnan(after.held_out) else f', held out {before.held_out:.2f} to {after.held_out:.2f}'}"
        )


def wrong(rows: Sequence[Judged]) -> Iterator[str]:
    """The cases of the half to develop on of which the first name is not right."""
    yield "  not right at first rank, or a false alarm:"
    for row in rows:
        if (row.fault and not row.found(1)) or (not row.fault and row.named):
            right, named = ("/".join(names) or "nothing" for names in (row.right, row.named[:TOP]))
            yield f"    {row.case} ({row.outcome.reached}/{row.outcome.of}): {named}; right: {right}"


def text(part: dict[str, Any]) -> str:
    """A share in words."""
    if not part["of"]:
        return "-"
    low, high = part["interval"]
    return f"{part['count']}/{part['of']} = {part['count'] / part['of']:.1%} [{100 * low:.1f}, {100 * high:.1f}]"


if __name__ == "__main__":
    main()
