"""What Ctrl-C, SIGTERM and a closed terminal do: end the program at once, or ask the work to stop after its step."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from nncli.errors import ExitCode, UserError

STOPPING = [number for name in ("SIGINT", "SIGTERM", "SIGHUP") if (number := getattr(signal, name, None)) is not None]
"""Signals that ask a run to stop: Ctrl-C, SIGTERM, a closed terminal."""


def exit_on_signals() -> None:
    """Let Ctrl-C and SIGTERM exit at once, with 130 and 143, wherever no `StopRequest` handles them."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _exit)


def _exit(number: int, _frame: object) -> NoReturn:
    """Exit at once: an import or a destructor would swallow an exception raised here, or print a traceback."""
    os._exit(128 + number)


class StopRequest:
    """A first signal asks the work to stop after its step; a second one exits at once.

    Attributes:
        signal: the signal that asked; None if there was none.
    """

    def __init__(self) -> None:
        self.signal: int | None = None

    @contextmanager
    def handling(self) -> Iterator[None]:
        """Handle signals while the block runs; work interrupted by another signal than Ctrl-C ends with 143."""
        before = {number: signal.signal(number, self._on_signal) for number in STOPPING}
        try:
            yield
        except UserError as error:
            if error.code == ExitCode.INTERRUPTED and self.signal != signal.SIGINT:
                raise error.replaced(code=ExitCode.TERMINATED) from error
            raise
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _on_signal(self, number: int, _frame: object) -> None:
        if self.signal is not None:
            sys.exit(128 + number)
        self.signal = number
