"""When checkpoints are written, and how many are kept."""

from __future__ import annotations

import re

import pytest

from nncli.config.checkpoint_interval import parse_every
from nncli.errors import UserError
from nncli.experiments import recorder as recording
from nncli.experiments import train as experiment
from nncli.experiments.recorder import Silent
from nncli.runs.directory import RunDirectory

CONFIG = "task: xor\narchitecture: [2]\ntraining: {epochs: 12, batch_size: 2, stop: {solved: false}}\n"


class Clock:
    """A clock that advances by a fixed number of seconds at each step, and while a checkpoint is written."""

    def __init__(self, seconds, writing=0.0):
        self.now, self.seconds, self.writing = 0.0, seconds, writing

    def monotonic(self):
        return self.now

    def perf_counter(self):
        return self.now


@pytest.fixture
def steps(write, tmp_path, monkeypatch):
    """The steps after which checkpoints are written, and those that exist at the end of an interrupted run."""

    def train(every, keep=2, clock=None, stop_at=24):
        clock = clock or Clock(0.0)
        written = []
        usual = RunDirectory.write_checkpoint

        def spy(self, step, *arguments):
            written.append(step)
            clock.now += clock.writing
            usual(self, step, *arguments)

        class Listener(Silent):
            def tick(self, epoch, step, loss):
                clock.now += clock.seconds
                return step == stop_at

        monkeypatch.setattr(RunDirectory, "write_checkpoint", spy)
        monkeypatch.setattr(recording, "time", clock)
        overrides = [f"training.checkpoint.every={every}", f"training.checkpoint.keep={keep}"]
        found = experiment.run(write(CONFIG), overrides, runs_dir=tmp_path / "runs", listener=Listener())
        monkeypatch.setattr(RunDirectory, "write_checkpoint", usual)
        kept = [int(re.sub(r"\D", "", path.stem)) for path in RunDirectory.open(found.path).checkpoints()]
        return written, kept

    return train


@pytest.mark.parametrize(
    ("every", "seconds", "writing", "expected"),
    [
        ("never", 100.0, 0.0, []),
        ("30 s", 1.0, 0.0, []),
        ("30 s", 7.0, 0.0, [5, 10, 15, 20]),
        ("1 min", 7.0, 0.0, [9, 18]),
        ("10 s", 7.0, 1.0, [2, 10, 18]),  # a second of writing, and 50 of training
        ("1 epochs", 0.0, 0.0, [3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23]),
        ("5 epochs", 0.0, 0.0, [11, 21]),
        ("12 epochs", 0.0, 0.0, []),
    ],
)
def test_when_one_is_written(every, seconds, writing, expected, steps):
    written, _ = steps(every, clock=Clock(seconds, writing))
    assert written == [*expected, 24]  # the last because it is interrupted


@pytest.mark.parametrize(("keep", "expected"), [(1, [24]), (2, [24, 21]), (9, [24, 21, 11])])
def test_how_many_are_kept(keep, expected, steps):
    assert steps("5 epochs", keep)[1] == expected


def test_none_is_left_of_a_run_that_is_over(steps):
    assert steps("5 epochs", stop_at=None) == ([11, 21], [])


@pytest.mark.parametrize(
    ("text", "seconds", "epochs"),
    [
        ("30 s", 30, None),
        ("5min", 300, None),
        ("2 h", 7200, None),
        ("1 epoch", float("inf"), 1),
        ("7 epochs", float("inf"), 7),
    ],
)
def test_how_often(text, seconds, epochs):
    found = parse_every(text)
    assert (str(found), found.seconds, found.epochs) == (text, seconds, epochs)


@pytest.mark.parametrize("text", ["", "30", "0 s", "-5 s", "1.5 s", "s", "5 steps", "30 S", "²0 s", "9" * 10 + " s"])
def test_what_is_no_span(text):
    with pytest.raises(UserError, match="is not a span of time or of epochs"):
        parse_every(text)
