"""How much the tests of faults try: all of it with `NNCLI_FAULTS=full`."""

from __future__ import annotations

import os


def count(full: int, reduced: int) -> int:
    """The full count if `NNCLI_FAULTS` asks for it, and otherwise the reduced one."""
    return full if os.environ.get("NNCLI_FAULTS") == "full" else reduced
