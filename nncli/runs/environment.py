"""With what a run was made: versions, BLAS, processor, commit. Never environment variables, which hold secrets."""

from __future__ import annotations

import os
import platform
import subprocess
from typing import Any

from nncli import __version__

_HEAD = "# branch.oid "
"""How `git status --porcelain=v2 --branch` begins the line with the commit, or with `(initial)` before the first."""


def describe_environment(threads: int) -> dict[str, Any]:
    """What can change the bits of a result, as plain data for `environment.json`.

    Args:
        threads: the BLAS threads that the config asks for.
    """
    import numpy as np

    config: Any = np.show_config(mode="dicts")
    simd = config.get("SIMD Extensions", {})
    return {
        "nncli": __version__,
        "python": {"version": platform.python_version(), "implementation": platform.python_implementation()},
        "platform": {"system": platform.system(), "machine": platform.machine()},
        "numpy": np.__version__,
        "blas": _blas(config.get("Build Dependencies", {}).get("blas", {})),
        "cpu_count": os.cpu_count(),
        "cpu_features": [*simd.get("baseline", []), *simd.get("found", [])],
        "threads": threads,
        "git": _git(),
    }


def _blas(built_with: dict[str, Any]) -> dict[str, Any]:
    """NumPy's BLAS as loaded; where it cannot be asked (Accelerate), the one that NumPy was built with."""
    from threadpoolctl import threadpool_info

    loaded = [library for library in threadpool_info() if library["user_api"] == "blas"]
    loaded.sort(key=lambda library: "numpy" not in library["filepath"])  # SciPy may have brought its own
    blas = loaded[0] if loaded else {}
    return {
        "name": blas.get("internal_api", built_with.get("name")),
        "version": blas.get("version", built_with.get("version")),
        "architecture": blas.get("architecture"),
        "threads": blas.get("num_threads"),
    }


def _git() -> dict[str, Any] | None:
    """The commit of the current folder (None before the first), and whether tracked files differ from it.

    None if the folder is no checkout or there is no git.
    """
    # no lock that a commit at the same time would trip over, and no program that the checkout's own settings name
    command = ["git", "--no-optional-locks", "-c", "core.fsmonitor=false", "status", "--porcelain=v2", "--branch"]
    try:
        answer = subprocess.run(  # noqa: S603
            [*command, "--untracked-files=no"], stdin=subprocess.DEVNULL, capture_output=True, timeout=2, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    lines = answer.stdout.decode(errors="replace").splitlines()
    head = next((line.removeprefix(_HEAD) for line in lines if line.startswith(_HEAD)), "(initial)")
    dirty = any(not line.startswith("#") for line in lines)
    return {"commit": None if head == "(initial)" else head, "dirty": dirty}


EXACT = ("nncli", "numpy", "blas.name", "blas.version", "blas.architecture", "blas.threads", "cpu_features", "platform")
"""What of an environment can change the bits of a result."""


def differences(then: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """What may change the bits between two environments, in words: `numpy 2.1.0, now 2.2.0`."""
    found = []
    for key in EXACT:
        old, new = _look_up(then, key), _look_up(now, key)
        if old == new:
            continue
        if isinstance(old, list) and isinstance(new, list):
            old, new = ({*map(str, old)}, {*map(str, new)})
            old, new = (" ".join(sorted(a - b)) or "fewer" for a, b in ((old, new), (new, old)))
        elif isinstance(old, dict) and isinstance(new, dict):
            old, new = (" ".join(map(str, each.values())) for each in (old, new))
        found.append(f"{key.replace('.', ' ').replace('_', ' ')} {old}, now {new}")
    return found


def _look_up(environment: Any, key: str) -> Any:
    for name in key.split("."):
        environment = environment.get(name) if isinstance(environment, dict) else None
    return environment
