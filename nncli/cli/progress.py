"""The live line of a run or a study."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from nncli.cli.console import is_terminal, note
from nncli.cli.signals import StopRequest
from nncli.errors import visible
from nncli.report.numbers import count, duration, grouped, percent, short, sparkline

if TYPE_CHECKING:
    from nncli.nn.arrays import Array

FIRST, BETWEEN = 0.5, 0.1
"""Seconds before the line first appears, and between updates."""

PATIENCE = 2.0
"""Seconds of waiting before a note says so, if there is no line."""

WIDTH = 79
"""The longest line that an 80-column terminal does not wrap."""


class LiveLine:
    """One live line on stderr, if that is a terminal; and whether a signal asked to stop."""

    def __init__(self, *, show: bool) -> None:
        self.show = show and is_terminal(sys.stderr)
        self.stop = StopRequest()
        self._start = time.perf_counter()
        self._next = self._start + FIRST
        self._shown = False

    def due(self) -> float | None:
        """The seconds since the start if it is time to redraw the line, else None."""
        if (now := time.perf_counter()) < self._next:
            return None
        self._next = now + BETWEEN
        return now - self._start

    def draw(self, line: str) -> None:
        """Replace the line."""
        sys.stderr.write(f"\r\x1b[K{visible(line)}")
        sys.stderr.flush()
        self._shown = True

    def erase(self) -> None:
        """Remove the line, if there is one."""
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._shown = False

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Handle signals while the block runs, and erase the line afterwards."""
        with self.stop.handling():
            try:
                yield
            finally:
                self.erase()


@contextmanager
def saying(text: str) -> Iterator[None]:
    """Show a line while the block runs, erased afterwards; signals are not handled, nothing else may be printed."""
    line = LiveLine(show=True)
    if line.show:
        line.draw(text)
    try:
        yield
    finally:
        line.erase()


class Progress(LiveLine):
    """The live line of a run: epoch, steps per second, a small loss curve, time left."""

    def __init__(self, epochs: int, steps: int, *, show: bool) -> None:
        """Args: the maximum number of epochs, the steps per epoch, and whether to show a line at all."""
        super().__init__(show=show)
        self.epochs, self.steps = epochs, epochs * steps
        self._losses: list[float] = []
        self._before: int | None = None  # steps done before a resume

    def tick(self, epoch: int, step: int, loss: Array) -> bool:
        """Redraw if due. Returns: whether a signal asks to stop."""
        if self._before is None:
            self._before = step - 1
        if self.show and (elapsed := self.due()) is not None:
            self._losses.append(float(sorted(loss)[len(loss) // 2]))
            done = step - self._before
            left = elapsed / done * (self.steps - step)
            after = f"   {duration(left)} left" if left > 0 else ""
            rate, last = grouped(round(done / elapsed)), short(self._losses[-1])
            before = f"epoch {epoch}/{self.epochs}   {rate} steps/s   loss {last} "
            self.draw(before + sparkline(self._losses, max(1, min(16, WIDTH - len(before) - len(after)))) + after)
        return self.stop.signal is not None


class SearchProgress(LiveLine):
    """The live line of a search: share done, time left."""

    def __init__(self, steps: int, *, show: bool) -> None:
        """Args: the steps of all replicas together, about, and whether to show a line at all."""
        super().__init__(show=show)
        self.steps, self._done = steps, 0

    def see(self, steps: int) -> bool:
        """Redraw if due. Returns: whether a signal asks to stop."""
        self._done += steps
        if self.show and (elapsed := self.due()) is not None:
            share = min(0.99, self._done / self.steps)
            left = f"   {duration(elapsed / share * (1 - share))} left" if share > 0.01 else ""
            self.draw(f"{percent(round(share, 2))}{left}")
        return self.stop.signal is not None


class HashProgress(LiveLine):
    """The live line for files that take long to hash."""

    def __init__(self, *, show: bool = True) -> None:
        super().__init__(show=show)
        self._done = math.inf  # bytes hashed of the current file

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Show hashing progress while the block runs; signals are not handled."""
        from nncli.storage.files import watched_hashes

        with watched_hashes(self.see):
            try:
                yield
            finally:
                self.erase()

    def see(self, done: int, total: int) -> None:
        """Redraw if due; for a new file, only after a while."""
        if done <= self._done:
            self._next = time.perf_counter() + PATIENCE
        self._done = done
        if done >= total:
            self.erase()
        elif self.show and self.due() is not None:
            self.draw(f"hashing   {done / 1e9:.1f} of {total / 1e9:.1f} GB   {percent(round(done / total, 2))}")


class StudyProgress(LiveLine):
    """The live line of a study: share done, trials failed, time left; or what it is waiting for.

    Without a terminal, a note says what it is waiting for.
    """

    def __init__(self, *, show: bool) -> None:
        super().__init__(show=show)
        self._notes = show and not self.show
        self._awaited, self._since, self._told = "", 0.0, False

    def wait_for(self, what: str) -> bool:
        """Say what the study is waiting for, if due. Returns: whether a signal asks to stop."""
        now = time.perf_counter()
        if what != self._awaited:
            self._awaited, self._since, self._told = what, now, False
        if what and self._notes and not self._told and now >= self._since + PATIENCE:
            self._told = True
            note(f"note: waiting for {what}")
        if what and self.show and self.due() is not None:
            self.draw(f"waiting for {what}"[:WIDTH])
        return self.stop.signal is not None

    def see(self, done: float, finished: int, failed: int, total: int) -> bool:
        """Redraw if due. Returns: whether a signal asks to stop."""
        if self.show and not self._awaited and (elapsed := self.due()) is not None:
            share = done / total
            left = f"   {duration(elapsed / share * (1 - share))} left" if 0.01 < share < 1 else ""
            failures = f"   {grouped(failed)} failed" if failed else ""
            trained = f"{grouped(finished)} of {count(total, 'trial')}"
            self.draw(f"{percent(round(share, 2))}   {trained}{failures}{left}")
        return self.stop.signal is not None
