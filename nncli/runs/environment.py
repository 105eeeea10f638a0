"""The environment of a run: versions, BLAS, processor, commit. Never environment variables, which hold secrets."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

from nncli import __version__
from nncli.storage.strict_json import PlainObject

_HEAD = "# branch.oid "
"""How `git status --porcelain=v2 --branch` begins the line with the commit, or with `(initial)` before the first."""


Environment: TypeAlias = PlainObject
"""Everything that can change the bits of a result, as plain data."""


def describe_environment(threads: int) -> Environment:
    """The environment of this process, for `environment.json`.

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


def _blas(built_with: Mapping[str, object]) -> Environment:
    """NumPy's BLAS as loaded; if it cannot be queried (Accelerate), the one that NumPy was built with."""
    from threadpoolctl import threadpool_info

    loaded = [library for library in threadpool_info() if library["user_api"] == "blas"]
    loaded.sort(key=lambda library: "numpy" not in library["filepath"])  # SciPy may have loaded its own
    blas = loaded[0] if loaded else {}
    return {
        "name": blas.get("internal_api", built_with.get("name")),
        "version": blas.get("version", built_with.get("version")),
        "architecture": blas.get("architecture"),
        "threads": blas.get("num_threads"),
    }


def _git() -> Environment | None:
    """The commit of the current folder (None before the first), and whether tracked files differ from it.

    A checkout may be somebody else's, and its `.git/config` may name programs: filters, monitors, hooks, transports.
    None of them is run. So a touched file is compared as is, without content filters, and changes
    inside a submodule do not count. `dirty` is None if the name of a filter cannot be written on a
    command line. None if the folder is not a checkout or git is missing.
    """
    try:
        here = Path.cwd()
        if "GIT_DIR" not in os.environ and not any(os.path.lexists(own / ".git") for own in (here, *here.parents)):
            return None  # as git itself would say, which takes longer than a short training
        filters = _git_answer("config", "--null", "--name-only", "--get-regexp", r"^filter\.").split("\0")
        settings = {*filter(None, filters)}
        if any("=" in name for name in settings):
            commit = _git_answer("rev-parse", "--verify", "--quiet", "HEAD").strip()
            return {"commit": commit or None, "dirty": None}
        off = [
            word for name in sorted(settings) for word in ("-c", f"{name}=")
        ]  # of `required`, the empty one is false
        status = ["status", "--porcelain=v2", "--branch", "--untracked-files=no", "--ignore-submodules=dirty"]
        lines = _git_answer(*off, *status, required=True).splitlines()
    except (OSError, subprocess.SubprocessError):
        return None
    head = next((line.removeprefix(_HEAD) for line in lines if line.startswith(_HEAD)), "(initial)")
    dirty = any(not line.startswith("#") for line in lines)
    return {"commit": None if head == "(initial)" else head, "dirty": dirty}


_NO_PROGRAMS = {
    "core.fsmonitor": "false",
    "core.hooksPath": os.devnull,
    "status.renames": "false",  # comparing contents may fetch those that a partial clone lacks
}


def _git_answer(*words: str, required: bool = False) -> str:
    """The output of git, run without network access and without locks that could block a concurrent commit.

    Raises: `OSError`, `subprocess.SubprocessError`; a failure gives an empty string unless `required`.
    """
    safe = [word for name, value in _NO_PROGRAMS.items() for word in ("-c", f"{name}={value}")]
    answer = subprocess.run(  # noqa: S603
        ["git", "--no-pager", "--no-optional-locks", *safe, *words],  # noqa: S607
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=2,
        check=required,
        env=os.environ | {"GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "none"},
    )
    return answer.stdout.decode(errors="surrogateescape")


EXACT = ("nncli", "numpy", "blas.name", "blas.version", "blas.architecture", "blas.threads", "cpu_features", "platform")
"""The part of an environment that can change the bits of a result."""


def differences(then: Environment, now: Environment) -> list[str]:
    """The differences between two environments that may change the bits, in words: `numpy 2.1.0, now 2.2.0`."""
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


def _look_up(environment: object, key: str) -> object:
    for name in key.split("."):
        environment = environment.get(name) if isinstance(environment, dict) else None
    return environment
