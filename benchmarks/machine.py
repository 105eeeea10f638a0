"""On what the numbers were measured: without it they mean nothing."""

from __future__ import annotations

import datetime
import importlib.metadata
import os
import platform
from pathlib import Path

DISTRIBUTIONS = ("numpy", "torch", "scikit-learn")


def machine() -> dict[str, str | None]:
    """The day, the processor, how busy it was, and the versions."""
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else None
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "load": load,
        "blas": _blas(),
        "python": platform.python_version(),
        **{name: _version(name) for name in DISTRIBUTIONS},
    }


def heading() -> str:
    """The same as one line."""
    return "   ".join(f"{name} {value}" for name, value in machine().items() if value)


def _blas() -> str | None:
    """Whose kernels NumPy's matrix products run on; `OPENBLAS_CORETYPE` in the environment can force older ones."""
    from threadpoolctl import threadpool_info

    names = (library.get("architecture") for library in threadpool_info() if library["user_api"] == "blas")
    return next(filter(None, names), None)


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
