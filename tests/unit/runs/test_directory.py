"""The run directory: made once, locked while it is written, its status read from files and lock."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from read_back import read_weights

from nncli.errors import ExitCode, UserError
from nncli.runs.directory import RunDirectory
from nncli.storage.lock import Lock, is_held
from nncli.storage.names import check_name

MOMENT = datetime(2026, 11, 22, 14, 38, tzinfo=UTC)

needs_locks = pytest.mark.skipif(sys.platform == "win32", reason="needs fcntl")


# Making one


def test_a_new_run_is_named_after_the_moment(tmp_path: Path) -> None:
    before = datetime.now(UTC)
    with RunDirectory.create(tmp_path / "new" / "root", "a-b.c") as run:
        assert run.path.parent == tmp_path / "new" / "root"
        assert run.name == "a-b.c"
        assert run.started is not None
        assert timedelta(seconds=-1) < run.started - before < timedelta(seconds=10)


def test_many_at_once_are_all_different(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        runs = list(pool.map(lambda _: RunDirectory.create(tmp_path, "xor"), range(50)))
    assert len({run.path for run in runs}) == len(os.listdir(tmp_path)) == 50
    for run in runs:
        run.close()


def test_a_name_that_is_taken_is_drawn_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    draws = iter([b"\0\0\0", b"\0\0\0", b"\0\0\0", b"\0\0\1", b"\0\0\0", b"\0\0\1", b"\0\0\2"])
    monkeypatch.setattr(os, "urandom", lambda _: next(draws))
    monkeypatch.setattr("nncli.runs.directory._TIME", "20261122T143800Z")
    names = []
    for _ in range(3):
        with RunDirectory.create(tmp_path, "xor") as run:
            names.append(run.path.name[-6:])
    assert names == ["000000", "000001", "000002"]


@pytest.mark.parametrize("name", ["xor", "a", "9", "A.b_c-d", "x" * 80, "console", "com10", "null"])
def test_good_names(name: str) -> None:
    check_name(name)


@pytest.mark.parametrize(
    "name",
    [
        *["", ".", "..", ".hidden", "-x", "_x", "a/b", "a\\b", "a b", "a:b", "ä", "a\n", "a\0", "x" * 81],
        *["con", "NUL", "Aux.txt", "prn", "com1", "lpt9.yaml"],
    ],
)
def test_bad_names(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError, match="cannot name a run") as caught:
        RunDirectory.create(tmp_path / "root", name)
    assert caught.value.code is ExitCode.USAGE
    assert not (tmp_path / "root").exists()


# Opening one


def test_opening_reads_and_does_not_write(run: RunDirectory) -> None:
    reader = RunDirectory.open(run.path)
    assert reader.read_config() == "task: xor\n"
    assert (reader.read_environment(), reader.read_result(), reader.open_metrics().columns) == (None, None, ())
    with pytest.raises(UserError, match=r"weights\.npz: cannot read: No such file") as caught:
        read_weights(reader.path / "weights.npz")
    assert caught.value.code is ExitCode.FILES
    before = sorted(os.listdir(run.path))
    writes: list[Callable[[], None]] = [
        lambda: reader.write_config(""),
        lambda: reader.write_environment({}),
        lambda: reader.write_result({}),
        lambda: reader.append_metrics(["a"], []),
        lambda: reader.write_weights({}, []),
    ]
    for write in writes:
        with pytest.raises(ValueError, match="not open for writing"):
            write()
    assert sorted(os.listdir(run.path)) == before


@pytest.mark.parametrize(("name", "message"), [("missing", "no such folder"), ("", "not a run directory")])
def test_opening_what_is_no_run(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(UserError, match=message) as caught:
        RunDirectory.open(tmp_path / name)
    assert caught.value.code is ExitCode.FILES


@pytest.mark.parametrize(
    ("folder", "name", "started"),
    [
        ("xor-20261122T143800Z-3fa2c1", "xor", MOMENT),
        ("a-20250101T000000Z-ffffff-20261122T143800Z-3fa2c1", "a-20250101T000000Z-ffffff", MOMENT),
        ("the-best-one", "the-best-one", None),
        ("xor-20261399T143800Z-3fa2c1", "xor", None),
    ],
)
def test_name_and_start_come_from_the_folder(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    folder: str,
    name: str,
    started: datetime | None,
    fake_run: Callable[..., Path],
) -> None:
    run = RunDirectory.open(fake_run(tmp_path, folder))
    assert (run.name, run.started) == (name, started)
    monkeypatch.chdir(run.path)
    assert RunDirectory.open(Path(".")).name == name


# Status and lock

WRITER = """
import pathlib, sys
from nncli.storage.lock import Lock
lock = Lock.acquire(pathlib.Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def writer_elsewhere(path: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", WRITER, str(path / "lock")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()


@needs_locks
def test_a_run_is_running_until_its_writer_is_killed(tmp_path: Path, fake_run: Callable[..., Path]) -> None:
    run = RunDirectory.open(fake_run(tmp_path, "xor-20261122T143800Z-3fa2c1"))
    statuses = [run.status]
    with writer_elsewhere(run.path) as process:
        statuses += [run.status, run.status]
        process.kill()
        process.wait()
        statuses += [run.status]
    assert statuses == ["interrupted", "running", "running", "interrupted"]


def test_a_run_of_this_process_is_running_until_it_is_closed(run: RunDirectory) -> None:
    statuses = [run.status]
    run.close()
    statuses += [run.status]
    run.close()
    assert statuses == ["running", "interrupted"]


@needs_locks
def test_a_lock_has_one_holder(run: RunDirectory) -> None:
    assert RunDirectory.open(run.path).status == "running"
    with pytest.raises(UserError, match=rf"process {os.getpid()} on .* is writing here") as caught:
        Lock.acquire(run.path / "lock")
    assert caught.value.code is ExitCode.FILES
    run.close()
    Lock.acquire(run.path / "lock").release()


@needs_locks
@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, None])
def test_where_there_are_no_locks_runs_are_written_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int | None
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(number, "no locks here")

    if number is None:
        monkeypatch.setitem(sys.modules, "fcntl", None)
    else:
        monkeypatch.setattr("fcntl.flock", refuse)
    with RunDirectory.create(tmp_path, "xor") as run:
        run.write_config("")
        assert (run.status, RunDirectory.open(run.path).status) == ("running", "interrupted")


@needs_locks
def test_a_lock_that_fails_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr("fcntl.flock", fail)
    with pytest.raises(UserError, match="lock: cannot lock: Input/output error") as caught:
        RunDirectory.create(tmp_path, "xor")
    assert caught.value.code is ExitCode.FILES


@needs_locks
def test_a_writer_that_ends_while_one_looks_is_not_called_interrupted(
    run: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = RunDirectory.open(run.path)

    def finish_between(path: Path) -> bool:
        held = is_held(path)
        run.write_result({"status": "completed"})
        run.close()
        return held

    monkeypatch.setattr("nncli.runs.directory.is_held", finish_between)
    assert reader.status == "completed"


@needs_locks
@pytest.mark.parametrize("held", [False, True])
@pytest.mark.parametrize(
    ("result", "status"),
    [(json.dumps({"status": word}), word) for word in ("completed", "diverged", "interrupted", "failed")]
    + [(text, None) for text in ('{"status": "running"}', '{"status": "fine"}', '{"status": []}', "{}", "[]", "{torn")],
)
def test_status_is_the_results_word_or_the_locks(tmp_path: Path, result: str, status: str | None, held: bool) -> None:
    with RunDirectory.create(tmp_path, "xor") as run:
        run.write_config("")
        (run.path / "result.json").write_text(result)
        if not held:
            run.close()
        expected = status or ("running" if held else "interrupted")
        assert RunDirectory.open(run.path).status == expected
