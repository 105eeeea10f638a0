"""How long whole processes take, from the start of Python to its end: README.md says how to read it."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from machine import heading, machine

ROOT = Path(__file__).parents[1]
NNCLI = ["-m", "nncli"]
XOR = str(ROOT / "configs" / "xor.yaml")
LONG = ["training.epochs=2000", "training.stop.solved=false"]
COMPARE = [*NNCLI, "compare", XOR, *LONG, "--jobs", "1"]
COMMANDS: dict[str, tuple[list[str], float | None]] = {
    "nncli train configs/xor.yaml": ([*NNCLI, "train", XOR], 0.7),
    "nncli compare, 4 activations × 50 seeds × 2000 epochs": (
        [*COMPARE, "activation=sigmoid,tanh,relu,gelu", "seeds=50"],
        1.5,
    ),
    "nncli compare, 10 learning rates × 20 seeds × 2000 epochs": (
        [*COMPARE, "training.learning_rate=log(1e-3,1,10)", "seeds=20"],
        None,
    ),
    "nncli train, 1 of those 200 (times 200 to compare)": ([*NNCLI, "train", XOR, *LONG], None),
    "nncli --help": ([*NNCLI, "--help"], 0.2),
    "python -c pass": (["-c", "pass"], None),
    "import numpy": (["-c", "import numpy"], None),
    "import sklearn.neural_network": (["-c", "import sklearn.neural_network"], None),
    "import torch": (["-c", "import torch"], None),
}
"""What runs, as arguments of Python, and the most seconds that it is to take."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="How long whole processes take.")
    parser.add_argument("--repeat", type=int, default=5, metavar="N", help="turns of every command (5)")
    parser.add_argument("--json", action="store_true", help="one JSON object in place of the table")
    given = parser.parse_args()
    rows = measure(given.repeat)
    if given.json:
        print(json.dumps({"machine": machine(), "rows": rows}, indent=2))
        return
    print(heading(), "Seconds of a whole process, median turn.", "", *map(text, rows), sep="\n")


def measure(repeat: int) -> list[dict[str, Any]]:
    """A row for each command; they take turns."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    turns: dict[str, list[float]] = {name: [] for name in COMMANDS}
    failed = {}
    with tempfile.TemporaryDirectory() as folder:  # where the runs go
        for turn in range(repeat + 1):
            for name, (arguments, _) in COMMANDS.items():
                start = time.perf_counter()
                command = [sys.executable, *arguments]
                done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
                if done.returncode:
                    failed[name] = done.stderr.strip().splitlines()[-1]
                elif turn:  # the first fills the file cache
                    turns[name].append(time.perf_counter() - start)
    rows: list[dict[str, Any]] = []
    for name, (_, limit) in COMMANDS.items():
        if name in failed:
            rows.append({"command": name, "skipped": failed[name]})
            continue
        seconds = statistics.median(turns[name])
        target = {"target": limit, "met": seconds <= limit} if limit is not None else {}
        rows.append({"command": name, "seconds": round(seconds, 4), **target})
    return rows


def text(row: dict[str, Any]) -> str:
    """A row of the table."""
    if "skipped" in row:
        return f"  {row['command']:32} skipped: {row['skipped']}"
    target = f"   target ≤ {row['target']} s: {'met' if row['met'] else 'missed'}" if "target" in row else ""
    return f"  {row['command']:32}{row['seconds']:7.3f}{target}"


if __name__ == "__main__":
    main()
