"""How time and memory grow with seeds, epochs and rows, each in a process of its own: README.md says how to read it."""

from __future__ import annotations

import argparse
import json
import os
import random
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from machine import heading, machine
from processes import ROOT, Usage, usage_of

XOR = str(ROOT / "configs" / "xor.yaml")
SMALL = {
    "seeds": (100, 1_000),
    "epochs": (1_000, 10_000),
    "rows": (1_000, 10_000),
    "trials": (10, 30),
    "runs": (20, 50),
}
FULL = {
    "seeds": (1_000, 10_000, 100_000),
    "epochs": (10_000, 100_000, 1_000_000),
    "rows": (10_000, 100_000, 1_000_000),
    "trials": (100, 1_000, 4_000),
    "runs": (500, 5_000),
}
LIMIT = 300.0
"""The most memory in MB that verify and predict are to take."""

TABLE = """
task: {table: {file: rows.csv, target: y}}
architecture: [8]
training: {epochs: 2, batch_size: 1000, standardize: true}
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a process took.

    Attributes:
        what: its command.
        size: how many seeds, epochs or rows it worked on.
    """

    what: str
    size: int
    usage: Usage


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="How time and memory grow with seeds, epochs, rows, trials and runs.")
    parser.add_argument("only", nargs="*", metavar="WHAT", help=f"some of: {', '.join(WORKLOADS)} (all)")
    parser.add_argument("--full", action="store_true", help="up to 100,000 seeds and a million epochs and rows")
    parser.add_argument("--json", action="store_true", help="one JSON object in place of the table")
    given = parser.parse_args()
    if unknown := sorted({*given.only} - {*WORKLOADS}):
        parser.error(f"unknown workload {unknown[0]}; known: {', '.join(WORKLOADS)}")
    sizes = FULL if given.full else SMALL
    if not given.json:
        print(heading(), "Whole processes.", sep="\n")
    found: dict[str, list[Measured]] = {}
    for name in given.only or WORKLOADS:
        found[name] = []
        if not given.json:
            print(f"\n{name:<16}{'size':>10}{'seconds':>10}{'CPU s':>9}{'µs a piece':>11}{'MB':>7}", flush=True)
        for size in sizes[name]:
            with tempfile.TemporaryDirectory() as folder:
                for row in WORKLOADS[name](Path(folder), size):
                    smaller = [other for other in found[name] if other.what == row.what]
                    found[name].append(row)
                    if not given.json:
                        print(text(row, smaller[-1] if smaller else None), flush=True)
    if given.json:
        rows = {
            name: [{"what": row.what, "size": row.size, **asdict(row.usage)} for row in rows]
            for name, rows in found.items()
        }
        print(json.dumps({"machine": machine(), "rows": rows}, indent=2))


def seeds(folder: Path, size: int) -> Iterator[Measured]:
    """xor for 50 epochs on many seeds, every epoch recorded."""
    short = [f"seeds={size}", "training.epochs=50", "training.log_every=1"]
    yield measured("train", size, folder, "train", XOR, *short, "-q")
    for command in ("show", "verify", "evaluate", "predict", "reproduce"):
        yield measured(command, size, folder, command, "latest")


def epochs(folder: Path, size: int) -> Iterator[Measured]:
    """xor for many epochs, every one recorded."""
    long = [f"training.epochs={size}", "training.log_every=1", "training.stop.solved=false"]
    yield measured("train", size, folder, "train", XOR, *long, "-q")
    yield measured("verify", size, folder, "verify", "latest")


def rows(folder: Path, size: int) -> Iterator[Measured]:
    """A table of four columns."""
    draw = random.Random(0).random
    with open(folder / "rows.csv", "w", encoding="utf-8") as file:
        file.write("a,b,c,y\n")
        for _ in range(size):
            a, b, c = draw(), draw(), draw()
            file.write(f"{a:.6f},{b:.6f},{c:.6f},{a * b - c:.6f}\n")
    (folder / "table.yaml").write_text(TABLE, encoding="utf-8")
    yield measured("train", size, folder, "train", "table.yaml", "-q")
    yield measured("evaluate", size, folder, "evaluate", "latest", "rows.csv")
    for form in ("--csv", "--json", ""):
        yield measured(f"predict {form}", size, folder, "predict", "latest", "rows.csv", *filter(None, [form]))


def trials(folder: Path, size: int) -> Iterator[Measured]:
    """A sweep over learning rates, and the same command again when all is done."""
    axis = f"training.learning_rate=log(1e-4,1,{size})"
    sweep = ["sweep", XOR, axis, "training.epochs=20", "--jobs", "1", "-q"]
    yield measured("sweep", size, folder, *sweep)
    yield measured("sweep again", size, folder, *sweep)


def runs(folder: Path, size: int) -> Iterator[Measured]:
    """A folder of many runs, copied from one."""
    measured("train", 1, folder, "train", XOR, "-q")
    (first,) = (folder / "runs").iterdir()
    for number in range(size - 1):
        copy = first.with_name(f"xor-20260101T000000Z-{number:06x}")
        copy.mkdir()
        for path in first.iterdir():
            os.link(path, copy / path.name)
    yield measured("runs", size, folder, "runs")
    yield measured("show", size, folder, "show", "latest")


WORKLOADS: dict[str, Callable[[Path, int], Iterator[Measured]]] = {
    function.__name__: function for function in (seeds, epochs, rows, trials, runs)
}


def measured(what: str, size: int, folder: Path, *arguments: str) -> Measured:
    """Run a command of nncli in a folder.

    Raises:
        SystemExit: if it fails.
    """
    return Measured(what, size, usage_of(["-m", "nncli", *arguments], folder))


def text(row: Measured, smaller: Measured | None) -> str:
    """A row of the table; the time of one more seed, epoch or row is that beside a smaller size."""
    bounded = row.what.split()[0] in ("verify", "predict")
    verdict = f"  ≤ {LIMIT:.0f}: {'met' if row.usage.MB <= LIMIT else 'missed'}" if bounded else ""
    each = f"{1e6 * (row.usage.cpu - smaller.usage.cpu) / (row.size - smaller.size):.1f}" if smaller else "–"
    seconds = f"{row.usage.seconds:>10.2f}{row.usage.cpu:>9.2f}"
    return f"  {row.what:<14}{row.size:>10}{seconds}{each:>11}{row.usage.MB:>7.0f}{verdict}"


if __name__ == "__main__":
    main()
