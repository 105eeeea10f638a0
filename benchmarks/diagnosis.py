"""How often a diagnosis is right, on networks with known faults and on healthy ones: README.md says how to read it."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from machine import heading, machine

from nncli.analysis.diagnosis_record import Diagnosis
from nncli.analysis.intervals import wilson
from nncli.config.resolve import resolve
from nncli.diagnosis.diagnose import diagnose
from nncli.diagnosis.evidence import Evidence, evidence_of_run
from nncli.diagnosis.held_out import HeldOut
from nncli.errors import UserError
from nncli.experiments.train import run_stack
from nncli.runs.directory import RunDirectory
from nncli.studies.prove import prove

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from bank import Case, Half, faulty, healthy

HARM = 0.5
"""A fault harms if at least this share of the seeds that reach the goal without it miss it with it,"""
WORSE = 0.1
"""or if the median score on held-out rows is this much lower."""
TOP = 3


@dataclass(frozen=True, slots=True)
class Measured:
    """A case and its diagnosis.

    Attributes:
        harmed: the share of the seeds that miss the goal because of the fault.
        lost: how much lower the held-out score is; NaN without held-out rows.
        causes: what was named, ranked.
        fix: that of the first cause.
        proved: whether that fix helps, by `prove`; None if it was not asked, or if there is no fix.
    """

    name: str
    kind: str
    right: tuple[str, ...]
    harmed: float
    lost: float
    causes: tuple[str, ...]
    fix: str
    proved: bool | None = None

    @property
    def fault(self) -> str:
        """The name of the fault."""
        return self.name.partition("/")[2]

    @property
    def counts(self) -> bool:
        """Whether the fault harms."""
        return self.harmed >= HARM or self.lost >= WORSE

    def is_right(self, most: int, causes: Sequence[str] | None = None) -> bool:
        """Whether one of the first causes is a right one."""
        return any(cause in self.right for cause in (self.causes if causes is None else causes)[:most])


def measured(half: Half, *, proving: bool, only: str = "") -> Iterator[Measured]:
    """Train and diagnose the faults of a half whose names contain a word."""
    bases: dict[str, Evidence] = {}
    with tempfile.TemporaryDirectory() as folder:
        for case in faulty(half):
            base = case.name.partition("/")[0]
            if only not in case.name:
                continue
            if base not in bases:
                bases[base] = _trained(Case(base, case.kind, case.config), Path(folder))
            try:
                evidence = _trained(case, Path(folder))
            except UserError as error:
                print(f"{case.name}: {error}", file=sys.stderr)
                continue
            found = diagnose(evidence)
            proved = None
            if proving and found.causes and found.causes[0].fix and found.missed:
                proved = prove(evidence, found, runs_dir=Path(folder)).helps
            yield Measured(
                case.name,
                case.kind,
                case.causes,
                _harmed(bases[base], evidence),
                _held_out(bases[base]) - _held_out(evidence),
                tuple(cause.cause for cause in found.causes),
                " ".join(found.causes[0].fix) if found.causes else "",
                proved,
            )


def false_alarms(half: Half, only: str = "") -> Iterator[tuple[str, Diagnosis]]:
    """The diagnosis of each healthy run of a half."""
    with tempfile.TemporaryDirectory() as folder:
        for case in healthy(half):
            if only in case.name:
                yield case.name, diagnose(_trained(case, Path(folder)))


def _trained(case: Case, folder: Path) -> Evidence:
    (finished,) = run_stack([resolve(case.document)], runs_dir=folder)
    return evidence_of_run(RunDirectory(finished.path))


def _harmed(base: Evidence, own: Evidence) -> float:
    """The share of seeds that reach the goal in the base and miss it with the fault."""
    return len({*base.reached} & {*own.missed}) / max(1, len(base.reached))


def _held_out(evidence: Evidence) -> float:
    """The median score on held-out rows."""
    held = HeldOut.of(evidence)
    if held is None:
        return float("nan")
    scores = [held.score(evidence.final(r)) for r in range(len(evidence.seeds))]
    return float(np.median([0.0 if score is None else score for score in scores]))


def controls(rows: Sequence[Measured], repetitions: int = 200) -> dict[str, float]:
    """Recall at rank 1 if what was named had nothing to do with the network.

    `shuffled`: each diagnosis belongs to another network; `renamed`: the names of all causes are permuted.
    """
    rng = np.random.default_rng(0)
    names = sorted({cause for row in rows for cause in (*row.causes, *row.right)})
    found = defaultdict(list)
    for _ in range(repetitions):
        order = rng.permutation(len(rows))
        found["shuffled"].append(np.mean([row.is_right(1, rows[o].causes) for row, o in zip(rows, order, strict=True)]))
        renamed = dict(zip(names, rng.permutation(names), strict=True))
        found["renamed"].append(np.mean([row.is_right(1, [renamed[c] for c in row.causes]) for row in rows]))
    return {name: float(np.mean(values)) for name, values in found.items()}


def share(hits: Iterable[bool]) -> tuple[int, int, float, float]:
    """Hits, number, and Wilson's interval."""
    each = [*hits]
    low, high = wilson(sum(each), len(each)) if each else (0.0, 1.0)
    return sum(each), len(each), low, high


def _text(found: tuple[int, int, float, float]) -> str:
    hits, n, low, high = found
    return f"{hits:3} of {n:3}   {100 * hits / max(1, n):5.1f} %   [{100 * low:.1f}, {100 * high:.1f}]"


def report(half: Half, rows: Sequence[Measured], alarms: Sequence[tuple[str, Diagnosis]]) -> dict[str, Any]:
    """Print the figures of a half, and give them as plain data."""
    counting = [row for row in rows if row.counts]
    print(f"\n{half}: {len(counting)} faults that harm, {len(rows) - len(counting)} that do not")
    by_fault: dict[str, list[Measured]] = defaultdict(list)
    for row in counting:
        by_fault[row.fault].append(row)
    for fault, own in sorted(by_fault.items()):
        first = sum(row.is_right(1) for row in own)
        others = sorted({row.causes[0] if row.causes else "nothing" for row in own if not row.is_right(1)})
        print(f"  {fault:24} {first:2} of {len(own):2}   {', '.join(others)}")
    summary: dict[str, Any] = {
        "rank_1": share(row.is_right(1) for row in counting),
        "top_3": share(row.is_right(TOP) for row in counting),
        "false_alarms": share(bool(found.causes) for _, found in alarms),
        "fixed": share(bool(row.proved) for row in counting if row.proved is not None),
    }
    for name, found in summary.items():
        print(f"  {name:14} {_text(found)}")
    if counting:
        summary["controls"] = controls(counting)
        for name, value in summary["controls"].items():
            print(f"  {name:14} {100 * value:.1f} % at rank 1, by chance")
    for name, diagnosis in alarms:
        if diagnosis.causes or diagnosis.missed:
            causes = ", ".join(f"{cause.cause} ({cause.certainty})" for cause in diagnosis.causes) or "no cause"
            print(f"  healthy {name}: missed by {len(diagnosis.missed)} of {len(diagnosis.seeds)}: {causes}")
    return summary | {"rows": [asdict(row) for row in rows]}


def main() -> None:
    """Measure one half, or both."""
    parser = argparse.ArgumentParser(description="How often is a diagnosis right?")
    parser.add_argument("--half", choices=("develop", "held_back", "both"), default="both")
    parser.add_argument("--only", default="", metavar="WORD", help="only cases whose names contain a word")
    parser.add_argument("--prove", action="store_true", help="train the first fix of each on the same seeds, too")
    parser.add_argument("--verbose", action="store_true", help="print each case")
    parser.add_argument("--json", metavar="FILE", help="write everything to a file, too")
    given = parser.parse_args()
    print(heading(machine()))
    halves: tuple[Half, ...] = ("develop", "held_back") if given.half == "both" else (given.half,)
    found = {}
    for half in halves:
        rows = []
        for row in measured(half, proving=given.prove, only=given.only):
            rows.append(row)
            if given.verbose:
                mark = "+" if row.is_right(1) else "·" if row.counts else " "
                print(
                    f"{mark} {row.name:40} harmed {row.harmed:.1f}  {', '.join(row.causes[:3])}  {row.proved}",
                    flush=True,
                )
        alarms = [*false_alarms(half, given.only)]
        found[half] = report(half, rows, alarms)
    if given.json:
        Path(given.json).write_text(json.dumps(found, indent=2, allow_nan=True), "utf-8")


if __name__ == "__main__":
    main()
