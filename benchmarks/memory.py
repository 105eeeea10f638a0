"""The peak resident memory of training a network of 2.9 million parameters: README.md says how to read it."""

from __future__ import annotations

import argparse
import itertools
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from machine import heading, machine

# NumPy stays out of this process: on Linux a child's peak starts at the memory of the process that started it.
ROOT = Path(__file__).parents[1]
UNITS = (784, 1024, 1024, 1024, 10)
BATCH = 256
ROWS = 4 * BATCH
CLI_UNITS = (1, 1200, 1200, 1200, 1)
ENGINE = f"""
from problems import Problem, Unheard, train_in_nncli
train_in_nncli(Problem({UNITS}, "relu", rows={ROWS}, batch_size={BATCH}), 2, Unheard())
"""
CLI = [
    *("-m", "nncli", "train", str(ROOT / "configs" / "sine.yaml"), "--quiet", f"architecture={list(CLI_UNITS[1:-1])}"),
    *(f"task={{function: {{expression: 'sin(3*x)', samples: {ROWS}}}}}", "activation=relu"),
    *("training.epochs=2", f"training.batch_size={BATCH}", "training.learning_rate=1e-4"),
]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="The peak resident memory of training 2.9 million parameters.")
    parser.add_argument("--json", action="store_true", help="one JSON object in place of the table")
    given = parser.parse_args()
    rows = [
        {"what": "import numpy", "MB": peak(["-c", "import numpy"])},
        {"what": "training loop, 784-1024×3-10", "MB": peak(["-c", ENGINE]), "budget": budget(UNITS)},
        {"what": "nncli train, 1-1200×3-1", "MB": peak(CLI), "budget": budget(CLI_UNITS)},
    ]
    if given.json:
        print(json.dumps({"machine": machine(), "rows": rows}, indent=2))
        return
    print(heading(), f"Peak resident memory in MB (10⁶ bytes), batch {BATCH}, float32.", "", *map(text, rows), sep="\n")


def peak(arguments: list[str]) -> float:
    """The most memory in MB that a Python process with these arguments ever held.

    Raises:
        SystemExit: if the process fails.
    """
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "benchmarks")])}
    environment["OPENBLAS_NUM_THREADS"] = "1"
    with tempfile.TemporaryDirectory() as folder:  # where the run goes
        child = subprocess.Popen([sys.executable, *arguments], cwd=folder, env=environment, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"python {' '.join(arguments)} ended with exit code {child.returncode}")
    unit = 1 if sys.platform == "darwin" else 1024
    return usage.ru_maxrss * unit / 1e6


def budget(units: tuple[int, ...]) -> dict[str, float]:
    """What the training may hold, in MB.

    parameters   4 P: theta, its gradient, and Adam's M and V
    batch        2 B Σ units: one activation and one gradient for every input and unit
    process      120: Python, NumPy and nncli themselves, and everything else
    """
    P = sum((n_in + 1) * n_out for n_in, n_out in itertools.pairwise(units))
    return {"parameters": 4 * P * 4 / 1e6, "batch": 2 * BATCH * sum(units) * 4 / 1e6, "process": 120.0}


def text(row: dict[str, Any]) -> str:
    """A row of the table."""
    if "budget" not in row:
        return f"  {row['what']:32}{row['MB']:6.0f}"
    parts, limit = row["budget"], sum(row["budget"].values())
    terms = " + ".join(f"{name} {value:.0f}" for name, value in parts.items())
    verdict = "kept" if row["MB"] <= limit else "broken"
    return f"  {row['what']:32}{row['MB']:6.0f}   budget {limit:.0f} = {terms}: {verdict}"


if __name__ == "__main__":
    main()
