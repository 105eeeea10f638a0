"""What a whole process takes, from the start of Python to its end: seconds, processor time, memory.

NumPy stays out of the process that measures: on Linux a child's peak memory starts at that of its parent.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from turns import Contender

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process took.

    Attributes:
        seconds: from its start to its end.
        cpu: seconds of processor time, which say more on a busy machine.
        MB: the most memory it ever held, in 10⁶ bytes.
    """

    seconds: float
    cpu: float
    MB: float


def usage_of(arguments: Sequence[str], folder: Path) -> Usage:
    """Run Python with these arguments in a folder.

    Raises:
        SystemExit: if it fails.
    """
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "benchmarks")])}
    with tempfile.TemporaryFile("w+") as errors:
        start = time.perf_counter()
        command = [sys.executable, *arguments]
        child = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=errors)
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            errors.seek(0)
            (*_, last) = errors.read().strip().splitlines() or [""]
            raise SystemExit(f"python {' '.join(arguments)} ended with exit code {child.returncode}: {last}")
    unit = 1 if sys.platform == "darwin" else 1024
    return Usage(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit / 1e6)


def process(
    *arguments: str, needs: str = "", what: Callable[[Usage], float] = lambda usage: usage.seconds
) -> Callable[[], Contender]:
    """How to make a contender that runs a process in an empty folder in each turn.

    Args:
        needs: a library without which the maker raises `ImportError`.
        what: is measured.
    """

    def run(_: int) -> float:
        with tempfile.TemporaryDirectory() as folder:
            return what(usage_of(arguments, Path(folder)))

    def make() -> Contender:
        if needs and importlib.util.find_spec(needs) is None:
            raise ImportError(f"No module named {needs!r}")
        return run

    return make


def peak(*arguments: str, needs: str = "") -> Callable[[], Contender]:
    """The same for the most memory it holds, in MB."""
    return process(*arguments, needs=needs, what=lambda usage: usage.MB)
