"""The machine that the numbers were measured on: without it they mean nothing."""

from __future__ import annotations

import datetime
import importlib.metadata
import os
import platform
import subprocess
import sys
from pathlib import Path

DISTRIBUTIONS = ("numpy", "torch", "jax", "scikit-learn")


def machine() -> dict[str, str | None]:
    """The day, the processor, how busy it was, and the versions."""
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "load": load(),
        "blas": _blas(),
        "python": platform.python_version(),
        **{name: _version(name) for name in DISTRIBUTIONS},
    }


def heading(known: dict[str, str | None] | None = None) -> str:
    """The same as one line."""
    return "   ".join(f"{name} {value}" for name, value in (known or machine()).items() if value)


def load() -> str | None:
    """How many processes wanted to run, on average over the last minute."""
    return f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else None


def stay_on_one_core() -> None:
    """Keep this process, and those that it starts, on one core, where the system can."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def _blas() -> str | None:
    """Whose kernels NumPy's matrix products run on; `OPENBLAS_CORETYPE` in the environment can force older ones.

    Asked of another process: NumPy stays out of one that measures the memory of others.
    """
    ask = "import numpy, threadpoolctl; print(*{i.get('architecture') for i in threadpoolctl.threadpool_info()})"
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=False)
    return done.stdout.strip() or None


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:  # not Linux
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())


def _version(distribution: str) -> str | None:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None
