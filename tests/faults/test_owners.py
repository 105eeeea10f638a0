"""A run has one owner: whoever comes second leaves it alone, and whoever is gone does not own it any more."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import threading
import time
from contextlib import contextmanager
from operator import itemgetter

import pytest
from conftest import unfolded
from faults.counts import count
from faults.disturbed import Disturbed, essence, numbered, undisturbed

from nncli.errors import UserError
from nncli.storage.lock import Lock

TOGETHER = """\
import os, sys
from nncli.threads import pin_threads
pin_threads()
import nncli.cli.main, nncli.cli.progress, nncli.experiments.train, nncli.experiments.resume, nncli.runs.listing

draw = os.urandom
os.urandom = lambda size: bytes([draw(1)[0] % 20]).rjust(size)
print("ready", flush=True)
sys.stdin.read()
nncli.cli.main.main()
"""
"""Loads all that `nncli` needs, waits for the others, and then runs it. Its random names are one of twenty."""


@pytest.fixture
def together(start):
    """Starts commands at the same moment: the processes."""

    @contextmanager
    def gate():
        reader, writer = os.pipe()
        try:
            yield reader
        finally:
            os.close(reader)
            os.close(writer)

    def run(commands):
        with gate() as shut:
            processes = [start(*command, program=["-c", TOGETHER], stdin=shut) for command in commands]
            assert [process.stdout.readline() for process in processes] == ["ready\n"] * len(processes)
        return processes

    return run


def end(process):
    """How a process ended: its exit code, stdout and stderr."""
    out, err = process.communicate(timeout=120)
    return process.returncode, out, unfolded(err)


def is_writing(process, path):
    """The sentence for someone else who wants to write a run."""
    host = os.uname().nodename
    return f"{path}: process {process.pid} on {host} is writing here. Wait for it to finish, or stop it.\n"


@pytest.mark.slow
def test_as_many_starts_as_directories(together, xor, tmp_path):
    starts = count(50, 8)
    processes = together([["train", xor, "--name", "same", "training.epochs=20", "--json"]] * starts)
    ends = [end(process) for process in processes]
    assert [(code, err) for code, _, err in ends] == [(0, "")] * starts
    results = [json.loads(out) for _, out, _ in ends]
    assert len({result["run"] for result in results}) == starts
    assert {path.name for path in (tmp_path / "runs").iterdir()} == {result["run"] for result in results}
    one, *others = [essence(tmp_path / "runs" / result["run"]) for result in results]
    assert all(other == one for other in others)


def killed(start, folder, arguments, step):
    """The path of a run that was killed after a step."""
    run = Disturbed(start, folder, arguments)
    run.go_on()
    run.wait_for(step)
    run.process.kill()
    run.process.communicate(timeout=60)
    assert run.check().status == "interrupted"
    return run.path


@pytest.mark.slow
def test_of_two_resumes_one_wins(together, start, tmp_path):
    expected, steps, _ = undisturbed(tmp_path, numbered(1))
    template = killed(start, tmp_path, numbered(1), steps / 3)
    refused, pairs = 0, count(20, 3)
    for pair in range(pairs):
        path = f"{pair}/{template.name}"
        shutil.copytree(template, tmp_path / path)
        two = together([["resume", path, "--json"]] * 2)
        ends = sorted(((process, *end(process)) for process in two), key=itemgetter(1))
        (winner, code, _, err), (_, code_of_other, _, err_of_other) = ends
        assert code == 0, err
        if code_of_other == 4:
            refused += 1
            assert err_of_other == is_writing(winner, path)
        else:  # it came when the first was over
            assert code_of_other == 0
            assert "nothing is left to train" in err + err_of_other
        assert essence(tmp_path / path) == expected
    print(f"{refused} of {pairs} second resumes were refused")


@pytest.mark.slow
def test_a_run_that_is_being_trained_cannot_be_resumed(start, cli, tmp_path):
    expected, _, _ = undisturbed(tmp_path, numbered(4))
    run = Disturbed(start, tmp_path, numbered(4))
    run.go_on()
    run.wait_for(1)
    path = run.path.relative_to(tmp_path)
    assert cli("resume", path) == (4, "", is_writing(run.process, path))
    assert end(run.process)[0] == 0
    assert essence(run.path) == expected


@contextmanager
def locked(path, how, then):
    """The lock is held for an instant, whether exclusively or not; `then` is done at the end of it."""
    with path.open("a") as file:
        fcntl.flock(file, how)

        def wait():
            time.sleep(0.02)
            then(file)

        thread = threading.Thread(target=wait)
        thread.start()
        try:
            yield
        finally:
            thread.join()


def test_who_looks_at_a_run_is_in_nobodys_way(tmp_path):
    path = tmp_path / "lock"
    with locked(path, fcntl.LOCK_SH, lambda file: fcntl.flock(file, fcntl.LOCK_UN)):
        Lock.acquire(path).release()


def test_an_owner_that_has_not_yet_said_who_it_is_is_not_called_by_the_last_ones_name(tmp_path):
    path = tmp_path / "lock"
    path.write_text("process 1 on this\n")
    with (
        locked(path, fcntl.LOCK_EX, lambda _: path.write_text("process 2 on that\n")),
        pytest.raises(UserError) as error,
    ):
        Lock.acquire(path)
    assert error.value.given == "process 2 on that is writing here"
