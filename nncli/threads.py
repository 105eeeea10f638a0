"""The number of BLAS threads: it decides bits as well as speed, so it is set before NumPy loads."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_VARIABLES = (
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OMP_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
_pinned: int | None = None


def pin_threads(threads: int = 1) -> None:
    """Set the threads that NumPy's BLAS starts with, overriding the environment; no effect once NumPy is loaded."""
    global _pinned  # noqa: PLW0603 - the process has one BLAS
    if "numpy" not in sys.modules:
        os.environ.update(dict.fromkeys(_VARIABLES, str(threads)))
        _pinned = threads


@contextmanager
def limited_threads(threads: int) -> Iterator[None]:
    """Run a block with this number of BLAS threads."""
    if threads == _pinned:
        yield
        return
    from threadpoolctl import threadpool_limits

    with threadpool_limits(threads):
        yield
