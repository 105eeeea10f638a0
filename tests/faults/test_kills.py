"""A run that is killed at any moment, and resumed as often, ends with the bytes of one that was left alone."""

from __future__ import annotations

import json
import random
import signal
import time

import pytest
from faults.counts import count
from faults.disturbed import FILES, Disturbed, kept_tails, moments, numbered, undisturbed

KILLS = count(10, 4)


@pytest.mark.slow
@pytest.mark.parametrize(("number", "kills"), [(4, 3), *((i, KILLS) for i in range(count(20, 1)))])
def test_kills_leave_no_trace(number, kills, start, cli, tmp_path):
    expected, steps, seconds = undisturbed(tmp_path, numbered(number))
    run, dice = Disturbed(start, tmp_path, numbered(number)), random.Random(number)
    landed = training = 0
    for step in moments(dice, kills, steps):
        before = run.steps
        run.go_on()
        run.wait_for(step or 0)
        time.sleep(dice.uniform(0, 0.05 * seconds))
        run.process.kill()
        _, err = run.process.communicate(timeout=60)
        if run.process.returncode == 0:  # the machine is so slow that it is over
            break
        assert run.process.returncode == -signal.SIGKILL, err
        landed += 1
        training += run.steps > before
        assert run.check().status == "interrupted"
        (listed,) = json.loads(cli("runs", "--json")[1])["runs"]
        assert (listed["run"], listed["status"]) == (run.path.name, "interrupted")
    print(f"seed {number}: {landed} of {kills} kills hit a process that held the run, {training} while it trained")
    assert landed >= 0.8 * kills
    assert training >= kills / 3

    assert run.finish() == expected
    tails = kept_tails(run.path)
    assert {path.name for path in run.path.iterdir()} == FILES | set(tails)
