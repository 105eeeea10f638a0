"""The names of runs, and of the folder that holds them."""

from __future__ import annotations

import re
from pathlib import Path

from nncli.errors import UserError, quoted

RUNS = Path("runs")
"""The folder of all runs, unless another is given."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_DEVICES = {"con", "prn", "aux", "nul"} | {f"{port}{n}" for port in ("com", "lpt") for n in range(10)}


def check_name(name: str) -> None:
    """Refuse, with a `UserError`, a name that is not a valid folder name on every platform."""
    if not _NAME.fullmatch(name):
        allowed = "A name is up to 80 letters, digits, '.', '_' and '-', and begins with a letter or a digit"
        raise UserError(f"{quoted(name)} cannot name a run", where="name", allowed=allowed)
    if name.split(".", maxsplit=1)[0].casefold() in _DEVICES:
        raise UserError(f"{quoted(name)} cannot name a run: it is a device on Windows", where="name")
