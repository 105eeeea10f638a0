"""The live line of a training run."""

from __future__ import annotations

import io
import signal

import numpy as np
import pytest

from nncli.cli import progress
from nncli.cli.progress import HashProgress, Progress, StudyProgress
from nncli.storage.checksums import file_sha256
from nncli.storage.files import PIECE


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def terminal(monkeypatch):
    """Gives a terminal in which every tick is drawn at once; called in the test, after pytest's own capture."""
    monkeypatch.setattr(progress, "FIRST", 0.0)
    monkeypatch.setattr(progress, "BETWEEN", 0.0)

    def replace(stream):
        monkeypatch.setattr("sys.stderr", stream)
        return stream

    return replace


@pytest.mark.parametrize("epochs", [30, 100_000_000])
def test_it_fits_80_columns_whatever_the_numbers(epochs, terminal):
    drawn = terminal(Terminal())
    watcher = Progress(epochs, 1000, show=True)
    with watcher.watching():
        for epoch in range(1, 31):
            assert not watcher.tick(epoch, 1000 * epoch, np.exp(-np.array([0.0, epoch, 99.0])) * 1.2345e-5)
    *states, last = drawn.getvalue().split("\r\x1b[K")[1:]
    assert last == ""
    assert len(states) == 30
    assert max(map(len, states)) < 80
    assert states[-1].startswith(f"epoch 30/{epochs}   ")
    assert "loss 1.16e-18 █" in states[-1]  # the middle one of three
    assert states[0].endswith(" left")
    assert states[-1].endswith(" left") == (epochs > 30)


@pytest.mark.parametrize(("done", "ends"), [(0.0, "of 4 trials"), (1.0, " left"), (4.0, "of 4 trials")])
def test_a_study_says_what_is_left_while_there_is_something(done, ends, terminal):
    drawn = terminal(Terminal())
    StudyProgress(show=True).see(done, int(done), 0, 4)
    assert drawn.getvalue().endswith(ends)


@pytest.mark.parametrize(
    ("stream", "show", "said"),
    [
        (Terminal, True, "\r\x1b[Kwaiting for a worker\r\x1b[Kwaiting for a worker\r\x1b[K50 %   2 of 4 trials"),
        (io.StringIO, True, "note: waiting for a worker\n"),
        (io.StringIO, False, ""),
    ],
)
def test_a_study_says_what_it_waits_for(stream, show, said, terminal, monkeypatch):
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    drawn = terminal(stream())
    watcher = StudyProgress(show=show)
    for what in ("a worker", "a worker", ""):
        assert not watcher.wait_for(what)
        assert not watcher.see(2.0, 2, 0, 4)
    assert drawn.getvalue().split("   0.00 s")[0].split("   under")[0] == said


def test_what_is_not_finite_does_not_hurt(terminal):
    drawn = terminal(Terminal())
    watcher = Progress(10, 1, show=True)
    watcher.tick(1, 1, np.array([np.nan]))
    watcher.tick(2, 2, np.array([np.inf]))
    assert "loss ∞" in drawn.getvalue()


@pytest.mark.parametrize(
    ("stream", "show", "drawn"), [(Terminal, True, True), (Terminal, False, False), (io.StringIO, True, False)]
)
def test_nothing_without_a_terminal_or_a_wish(stream, show, drawn, terminal):
    stderr = terminal(stream())
    Progress(10, 1, show=show).tick(1, 1, np.ones(1))
    assert bool(stderr.getvalue()) == drawn


def test_nothing_drawn_is_obeyed_but_our_own_code(terminal):
    drawn = terminal(Terminal())
    Progress(10, 1, show=True).draw("\x1b[2J\nx")
    assert drawn.getvalue() == "\r\x1b[K\\x1b[2J\\nx"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_first_signal_asks_and_a_second_one_insists(number):
    before = signal.getsignal(number)
    watcher = Progress(10, 1, show=False)
    with watcher.watching():
        assert not watcher.tick(1, 1, np.ones(1))
        signal.raise_signal(number)
        assert watcher.tick(1, 2, np.ones(1))
        with pytest.raises(SystemExit) as end:
            signal.raise_signal(number)
        assert end.value.code == 128 + number
    assert signal.getsignal(number) is before
    assert watcher.stop.signal == number


@pytest.mark.parametrize(
    ("before", "epoch", "step", "left"),
    [
        (0, 1, 10, "   9.00 s left"),
        (0, 1, 1, "   1 min 39 s left"),
        (50, 6, 52, "   24 s left"),
        (0, 10, 99, "   0.10 s left"),
        (0, 10, 100, ""),
    ],
)
def test_the_time_left_counts_steps(before, epoch, step, left, terminal, monkeypatch):
    """10 epochs of 10 steps each, and a clock that says that so far took a second, but for the last steps ten."""
    drawn = terminal(Terminal())
    watcher = Progress(10, 10, show=True)
    watcher.tick(1 + before // 10, before + 1, np.ones(1))
    monkeypatch.setattr(watcher, "due", lambda: 10.0 if step == 99 else 1.0)
    watcher.tick(epoch, step, np.ones(1))
    assert drawn.getvalue().rpartition("\r")[2].endswith(left)
    assert drawn.getvalue().endswith(" left") == bool(left)


@pytest.mark.parametrize(
    ("stream", "patience", "states"), [(Terminal, 0.0, 4), (Terminal, 60.0, 0), (io.StringIO, 0, 0)]
)
def test_a_file_that_takes_long_to_hash_is_watched(stream, patience, states, terminal, monkeypatch, tmp_path):
    """Two files of three pieces each: the last piece ends the line."""
    monkeypatch.setattr(progress, "PATIENCE", patience)
    (tmp_path / "metrics.csv").write_bytes(bytes(3 * PIECE))
    drawn = terminal(stream())
    with HashProgress().watching():
        for _ in range(2):
            file_sha256(tmp_path / "metrics.csv")
    file_sha256(tmp_path / "metrics.csv")
    assert drawn.getvalue().count("hashing   0.0 of 0.0 GB   ") == states
    assert drawn.getvalue().count("33 %") == states / 2
    assert drawn.getvalue().endswith("\r\x1b[K" if states else "")
