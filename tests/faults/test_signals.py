"""SIGINT and SIGTERM, at any moment: the exit code says which, no traceback, and nothing is lost."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path

import psutil
import pytest
from faults.counts import count
from faults.disturbed import Disturbed, moments, numbered, undisturbed

SIGNALS = [signal.SIGINT, signal.SIGTERM]

SECONDS = 2.0
"""Of processor time, in which a process ends that has been told to: waiting for a busy machine does not count."""

STARTUP = 1.0
"""Seconds from the start of a process, within which some signals come: most of them before it trains."""

PROGRAM = """\
import dataclasses, os, signal, sys
from nncli.cli import main

def tell(*_):
    os.kill(os.getpid(), signal.{name})

{place}
main.main()
"""

PLACES = {
    "an import": """\
class Finder:
    find_spec = staticmethod(lambda name, *_: tell() if name == "numpy" else None)
sys.meta_path.insert(0, Finder)
""",
    "the making of a class": "dataclasses.Field.__set_name__ = tell",
    "a destructor": "main.pin_threads = type('Dropped', (), {'__del__': tell})",
}
"""Code that sends the signal from a place where Python makes something else of an exception, or swallows it."""


def wait_until_it_listens(process):
    """Wait until a process takes SIGTERM; before, Python itself is starting, and no program can say how it ends."""
    status = Path(f"/proc/{process.pid}/status")
    while process.poll() is None:
        caught = next((line for line in status.read_text().splitlines() if line.startswith("SigCgt")), "SigCgt: 0")
        if int(caught.split()[1], 16) >> (signal.SIGTERM - 1) & 1:
            return
        time.sleep(0.001)


def processor_seconds(process):
    times = psutil.Process(process.pid).cpu_times()
    return times.user + times.system


def reaped_seconds():
    """Of processor time that all children took which have ended."""
    times = os.times()
    return times.children_user + times.children_system


def tell(process, number):
    """Send a signal: what the process says in the end, and its seconds and processor seconds until then."""
    reaped, before, sent = reaped_seconds(), processor_seconds(process), time.monotonic()
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    return err, time.monotonic() - sent, reaped_seconds() - reaped - before


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("place", PLACES)
def test_before_it_trains_it_ends_at_once(number, place, start, xor, tmp_path):
    program = PROGRAM.format(name=number.name, place=PLACES[place])
    process = start("train", xor, program=["-c", program])
    assert process.communicate(timeout=60) == ("", "")
    assert process.returncode == 128 + number
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("number", range(3, 3 + count(10, 2)))
def test_signals_leave_no_trace(number, start, tmp_path):
    expected, steps, seconds = undisturbed(tmp_path, numbered(number))
    run, dice = Disturbed(start, tmp_path, numbered(number)), random.Random(number)
    signals = count(5, 3)
    said, slowest, busiest, over = 0, 0.0, 0.0, False
    for step in moments(dice, signals, steps):
        before, told = run.steps, dice.choice(SIGNALS)
        run.go_on()
        wait_until_it_listens(run.process)
        if step is None:
            time.sleep(dice.uniform(0, STARTUP))
        else:
            run.wait_for(step)
            time.sleep(dice.uniform(0, 0.05 * seconds))
        if over := run.process.poll() is not None:  # it was quicker than we are
            break
        trained = run.steps > before
        err, wall, processor = tell(run.process, told)
        slowest, busiest = max(slowest, wall), max(busiest, processor)
        assert "Traceback" not in err
        if over := run.process.returncode in (
            0,
            -told,
        ):  # it came after the last step, or while Python was shutting down
            assert run.check().status == "completed"
            break
        assert run.process.returncode == 128 + told, err
        if run.path is not None:
            assert run.check().status == "interrupted"
            assert err.endswith(run.hint) or not trained
        if run.path is not None and err.endswith(run.hint):
            said += 1
            assert run.steps == max(run.result["steps"]) > before
    print(f"seed {number}: {said} of {signals} signals came while it trained{', which then was over' if over else ''}")
    print(f"it ended within {slowest:.2f} s, and {busiest:.2f} s of processor time")
    assert over or said >= signals / 3 or signals < 5  # of a few, all may come too early
    assert busiest <= SECONDS
    assert run.finish() == expected


@pytest.mark.slow
def test_a_second_signal_stops_it_at_once(start, tmp_path):
    """Also what a signal has interrupted before. A process that is halted gets both at one moment, SIGINT first."""
    expected, steps, _ = undisturbed(tmp_path, numbered(4))
    run = Disturbed(start, tmp_path, numbered(4))
    run.go_on()
    run.wait_for(steps / 4)
    assert tell(run.process, signal.SIGTERM)[0] == run.hint
    assert run.process.returncode == 143
    assert run.check().status == "interrupted"
    assert run.steps == run.result["steps"][0]

    run.go_on()
    run.wait_for(steps / 2)
    for number in (signal.SIGSTOP, signal.SIGTERM, signal.SIGINT, signal.SIGCONT):
        run.process.send_signal(number)
    err = run.process.communicate(timeout=60)[1]
    assert err.startswith("note: training continues in epoch ")
    assert (run.process.returncode, err.count("\n")) == (143, 1)
    assert run.result is None
    assert run.check().status == "interrupted"
    assert run.finish() == expected
