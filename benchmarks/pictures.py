"""How long each kind of picture and each page takes, as a process of its own: README.md says how to read it."""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from machine import heading, machine
from processes import ROOT, Usage, usage_of

MOST = {"plot": 3.0, "report": 8.0}
"""Seconds that a picture of one kind and that a page of 50 seeds may take."""
BASE = "import matplotlib.figure"


def _config(name: str) -> str:
    return str(ROOT / "configs" / f"{name}.yaml")


def subjects(seeds: int, epochs: int) -> dict[str, list[str]]:
    """The commands that make what is drawn, by name. Args: epochs: of moons, the longest training."""
    many, axis = f"seeds={seeds}", "training.learning_rate=log(1e-3,1,{})"
    recorded = "training.record=[weights,flow]"
    return {
        "moons": ["train", _config("moons"), many, f"training.epochs={epochs}", recorded],
        "sine": ["train", _config("sine"), many, "training.record=[weights]"],
        "xor": ["train", _config("xor"), many, "activation=relu", recorded],
        "construct": ["construct", "sine", "--tolerance", "0.001"],
        "compare": ["compare", _config("xor"), "activation=tanh,relu,gelu", many],
        "sweep": ["sweep", _config("xor"), axis.format(10), "activation=tanh,relu,gelu", many],
        "atlas": ["atlas", _config("xor"), "--x", axis.format(5), "--y", "training.epochs=20,50,100", many],
    }


@dataclass(frozen=True, slots=True)
class Measured:
    """What a process took.

    Attributes:
        subject: of what it made a picture or a page.
        what: the kind of picture, or `report`.
        times: the processor time that importing matplotlib alone took just before.
    """

    subject: str
    what: str
    usage: Usage
    times: float

    @property
    def most(self) -> float:
        """The seconds it may take."""
        return MOST["report" if self.what == "report" else "plot"]


def main() -> None:
    """Measure and print."""
    known = subjects(50, 300)
    parser = argparse.ArgumentParser(description="How long pictures and pages take; all of it takes a few minutes.")
    parser.add_argument("only", nargs="*", metavar="SUBJECT", help=f"some of: {', '.join(known)} (all)")
    parser.add_argument("--smoke", action="store_true", help="only see that it works, in seconds")
    parser.add_argument("--json", action="store_true", help="one JSON object in place of the table")
    given = parser.parse_args()
    if unknown := sorted({*given.only} - {*known}):
        parser.error(f"unknown subject {unknown[0]}; known: {', '.join(known)}")
    chosen = {name: known[name] for name in given.only or known}
    if given.smoke:
        chosen = {"compare": subjects(2, 5)["compare"]}
    if not given.json:
        print(heading(), f"Whole processes, and how much more processor time they take than `{BASE}`.", sep="\n")
        print(f"\n{'subject':<11}{'what':<14}{'seconds':>9}{'CPU s':>7}{'ratio':>7}", flush=True)
    found = []
    for row in measured(chosen, smoke=given.smoke):
        found.append(row)
        if not given.json:
            verdict = "" if given.smoke else f"   ≤ {row.most:g} s: {_verdict(row)}"
            times = f"{row.usage.seconds:9.2f}{row.usage.cpu:7.2f}{row.times:7.1f}"
            print(f"{row.subject:<11}{row.what:<14}{times}{verdict}", flush=True)
    if given.json:
        rows = [{"subject": own.subject, "what": own.what, "ratio": own.times, **asdict(own.usage)} for own in found]
        print(json.dumps({"machine": machine(), "smoke": given.smoke, "rows": rows}, indent=2))


def _verdict(row: Measured) -> str:
    return "met" if row.usage.seconds <= row.most else "missed"


def measured(chosen: dict[str, list[str]], *, smoke: bool) -> Iterator[Measured]:
    """Each kind of picture, of the first subject that it fits, and the page of each subject."""
    drawn: set[str] = set()
    for name, command in chosen.items():
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            usage_of(["-m", "nncli", *command], folder)
            (made,) = (path for path in (folder / "runs").iterdir() if not path.name.startswith("."))
            if not smoke:
                usage_of(["-m", "nncli", "plot", str(made), "--out", "all"], folder)
            kinds = [] if smoke else [p.stem for p in sorted((folder / "all").iterdir(), key=_drawn_at)]
            for kind in kinds:
                if kind not in drawn:
                    drawn.add(kind)
                    yield _row(name, kind, ["plot", str(made), "--kind", kind], folder)
            yield _row(name, "report", ["report", str(made)], folder)


def _drawn_at(path: Path) -> int:
    return path.stat().st_mtime_ns


def _row(subject: str, what: str, command: list[str], folder: Path) -> Measured:
    base = usage_of(["-c", BASE], folder)
    usage = usage_of(["-m", "nncli", *command], folder)
    return Measured(subject, what, usage, usage.cpu / base.cpu)


if __name__ == "__main__":
    main()
