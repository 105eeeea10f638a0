"""The live line of a training run, and its reaction to signals."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from nncli.cli.console import is_terminal
from nncli.report.numbers import duration, grouped, short, sparkline

FIRST, BETWEEN = 0.5, 0.1
"""Seconds before the line first shows, and between two of its states."""

WIDTH = 79
"""The longest line that a terminal of 80 columns does not wrap."""


class Progress:
    """One line on stderr while it is a terminal: epoch, steps per second, loss as a small curve, time left.

    A first SIGINT or SIGTERM asks the run to stop after its step; a second one stops at once.
    """

    def __init__(self, epochs: int, *, show: bool) -> None:
        self.epochs = epochs
        self.show = show and is_terminal(sys.stderr)
        self.signal: int | None = None
        self._start = time.perf_counter()
        self._next = self._start + FIRST
        self._losses: list[float] = []
        self._shown = False

    def tick(self, epoch: int, step: int, loss: Any) -> bool:
        """Perhaps redraw; whether a signal asks to stop."""
        if self.show:
            now = time.perf_counter()
            if now >= self._next:
                self._next = now + BETWEEN
                self._draw(epoch, step, float(sorted(loss)[len(loss) // 2]), now - self._start)
        return self.signal is not None

    def _draw(self, epoch: int, step: int, loss: float, elapsed: float) -> None:
        self._losses.append(loss)
        left = elapsed / max(epoch, 1) * (self.epochs - epoch)
        before = f"epoch {epoch}/{self.epochs}   {grouped(round(step / elapsed))} steps/s   loss {short(loss)} "
        after = f"   {duration(left)} left"
        curve = sparkline(self._losses, max(1, min(16, WIDTH - len(before) - len(after))))
        sys.stderr.write(f"\r\x1b[K{before}{curve}{after}")
        sys.stderr.flush()
        self._shown = True

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Take signals while the block runs; the line is gone afterwards."""
        before = {number: signal.signal(number, self._on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
            if self._shown:
                sys.stderr.write("\r\x1b[K")
                sys.stderr.flush()

    def _on_signal(self, number: int, _frame: object) -> None:
        if self.signal is not None:
            sys.exit(128 + number)
        self.signal = number
