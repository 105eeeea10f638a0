"""What a bad input may cost."""

from __future__ import annotations

import os
import resource
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

MIB = 1 << 20
MEMORY = 200 * MIB
SECONDS = 1.0
SLACK = 10
"""So much slower, by processor time, may a machine be, or how busy it is."""
STATM = Path("/proc/self/statm")
"""Linux says here how many pages of address space the process has."""


@contextmanager
def bounded() -> Iterator[None]:
    """The block is refused more memory than `MEMORY` beside what there is, and fails if it takes long or forever."""
    before, started = signal.signal(signal.SIGALRM, _took_forever), time.process_time()
    limits = resource.getrlimit(resource.RLIMIT_AS)
    signal.alarm(60)
    try:
        if STATM.exists():
            pages = int(STATM.read_text().split()[0])
            resource.setrlimit(resource.RLIMIT_AS, (pages * os.sysconf("SC_PAGESIZE") + MEMORY, limits[1]))
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, limits)
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    taken = time.process_time() - started
    assert taken < SECONDS * SLACK, f"{taken:.1f} s"


def _took_forever(*_: Any) -> None:
    raise TimeoutError("it waits for something that does not come")
